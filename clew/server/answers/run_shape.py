"""How a run looks in every answer that shows one. Many runs cost as many queries as one.

Structs are what an answer is made of where it has thousands of parts, as a page of jobs has: one is made, and written, in a third of a
dictionary's time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from msgspec import Raw, Struct
from msgspec.json import Decoder

from clew.server.answers.shapes import Identity, VersionIdentity, ids
from clew.server.store.packing import unpacked
from clew.server.times import iso

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from clew.server.store import Session

Subject = Literal["RUN", "JOB"]
_decode = Decoder(list[list[int]]).decode


class RunVersion(Struct, frozen=True, gc=False):
    """A version of a dataset that a run has read or written, and what the run said of it."""

    datasetVersionId: VersionIdentity  # noqa: N815
    facets: dict[str, Raw]


class RunShape(Struct, frozen=True, gc=False, rename="camel"):
    """A run as the API shows it."""

    id: str
    created_at: str | None
    updated_at: str | None
    nominal_start_time: str | None
    nominal_end_time: str | None
    state: str
    started_at: str | None
    ended_at: str | None
    duration_ms: int | None
    args: Raw
    job_version: VersionIdentity | None
    input_dataset_versions: list[RunVersion]
    output_dataset_versions: list[RunVersion]
    facets: dict[str, Raw]

    def inputs(self) -> list[Identity]:
        """Return which datasets the run has read; each once, whatever versions of it."""
        return _datasets(self.input_dataset_versions)

    def outputs(self) -> list[Identity]:
        """Return which datasets the run has written."""
        return _datasets(self.output_dataset_versions)


def run_shape(db: Session, run_id: int) -> RunShape:
    """Return a run as the API shows it."""
    return run_shapes(db, [run_id])[0]


def run_shapes(db: Session, run_ids: Sequence[int], *, subject: Subject = "RUN", dataset_facets: bool = True) -> list[RunShape]:
    """Return runs as the API shows them, in the order of their ids.

    Args:
        db: the session.
        run_ids: which runs; they are there.
        subject: whose facets are shown: a job version shows its job's.
        dataset_facets: show what the runs said of the datasets that they read and wrote.
    """
    runs = ids(run_ids)
    rows = db.tuples("runs.shown", runs=runs)
    read, written = (_decode(f"[{','.join([row[n] for row in rows])}]") for n in (1, 2))
    unsaid = _unsaid(db, {version for versions in (*read, *written) for version in versions})
    said = _said(db, runs, unsaid) if dataset_facets else {}
    facets: dict[int, dict[str, Raw]] = {}
    for run, name, json in db.tuples("runs.facets_of_runs", runs=runs, subject=subject):
        facets.setdefault(run, {})[name] = Raw(unpacked(json))
    shown = {}
    for row, read_versions, written_versions in zip(rows, read, written, strict=True):
        run = row[0]
        inputs = _versions(read_versions, said.get(("INPUT", run)), unsaid)
        outputs = _versions(written_versions, said.get(("OUTPUT", run)), unsaid)
        shown[run] = _shape(row, inputs, outputs, facets.get(run, {}))
    return [shown[run] for run in run_ids]


def _unsaid(db: Session, versions: Iterable[int]) -> dict[int, RunVersion]:
    """Return dataset versions of which nothing was said. Runs read what others wrote, over and over: each is looked up once."""
    rows = db.tuples("versions.names", versions=ids(sorted(versions)))
    return {v: RunVersion(VersionIdentity(namespace, name, version), {}) for v, version, namespace, name in rows}


def _said(db: Session, runs: str, unsaid: Mapping[int, RunVersion]) -> dict[tuple[str, int], dict[int, RunVersion]]:
    """Return the dataset versions of which runs said something as they read (INPUT) or wrote (OUTPUT) them."""
    said: dict[tuple[str, int], dict[int, RunVersion]] = {}
    for run, version, io, name, json in db.tuples("runs.dataset_facets", runs=runs):
        versions = said.setdefault((io, run), {})
        if version not in versions:
            versions[version] = RunVersion(unsaid[version].datasetVersionId, {})
        versions[version].facets[name] = Raw(unpacked(json))
    return said


def _versions(versions: list[int], said: Mapping[int, RunVersion] | None, unsaid: Mapping[int, RunVersion]) -> list[RunVersion]:
    return [said.get(v) or unsaid[v] for v in versions] if said else [unsaid[v] for v in versions]


def _shape(row: tuple[Any, ...], inputs: list[RunVersion], outputs: list[RunVersion], facets: dict[str, Raw]) -> RunShape:
    _, _, _, uuid, created, updated, nominal_start, nominal_end, state, started, ended, args, namespace, job, version = row
    return RunShape(
        id=uuid,
        created_at=iso(created),
        updated_at=iso(updated),
        nominal_start_time=iso(nominal_start),
        nominal_end_time=iso(nominal_end),
        state=state,
        started_at=iso(started),
        ended_at=iso(ended),
        duration_ms=None if started is None or ended is None else (ended - started) // 1000,
        args=Raw(args),
        job_version=VersionIdentity(namespace, job, version) if version else None,
        input_dataset_versions=inputs,
        output_dataset_versions=outputs,
        facets=facets,
    )


def _datasets(versions: Iterable[RunVersion]) -> list[Identity]:
    named = (v.datasetVersionId for v in versions)
    return list(dict.fromkeys(Identity(n.namespace, n.name) for n in named))
