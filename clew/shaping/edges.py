"""Edges of a job: Marquez takes them from its latest event, so none may come without inputs and outputs that are known.

An event with no inputs removes the job's inputs, one with no outputs its outputs. What a run has not told (yet) is borrowed:
from its earlier events, else from the job's last run that told. What is only borrowed from another run is marked as such, in
`inputFacets` or `outputFacets`, by `clew_borrowed`, and is never remembered as told.
A job that ended well so many times without telling any (SILENT_ENDS) has none any more, and nothing is borrowed for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from clew import facets
from clew.shaping import reading
from clew.shaping.known import merged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clew.events import Json
    from clew.shaping.known import Known

SILENT_ENDS = 3
MARK = "clew_borrowed"
SIDES = (("inputs", "inputFacets"), ("outputs", "outputFacets"))


def told_by(event: Json) -> Json:
    """Return the event without the datasets that it borrowed."""
    return {**event, **{side: [d for d in event[side] if MARK not in reading.at(d, own)] for side, own in SIDES}}


def complete(event: Json, known: Known) -> Json:
    """Return the event with all inputs and outputs that are known of its run, or else of its job."""
    return {**event, **{side: _side(event[side], side, own, known) for side, own in SIDES}}


def _side(datasets: list[Json], side: str, own: str, known: Known) -> list[Json]:
    of_run = reading.objects(known.run.told, side) if known.run else []
    # Facets of one event (row counts, assertions) are not said twice, those of the dataset are.
    union = merged(({k: v for k, v in d.items() if k != own} for d in of_run), datasets)
    if union or known.job is None or _silent(known, side) >= SILENT_ENDS:
        return union
    return [_borrowed(d, own) for d in _of_job(known, side)]


def _of_job(known: Known, side: str) -> Sequence[Json]:
    if known.job is None:
        return ()
    return known.job.inputs if side == "inputs" else known.job.outputs


def _silent(known: Known, side: str) -> int:
    if known.job is None:
        return 0
    return known.job.silent_inputs if side == "inputs" else known.job.silent_outputs


def _borrowed(dataset: Json, own: str) -> Json:
    return {**dataset, own: {MARK: facets.ours("borrowed", reason="not told by this run (yet); as in the job's last run that told")}}
