"""Parents: a job is named below its parent, for which the parent's run must be known before the child's.

Marquez makes an unseen parent itself, in the namespace of the *child*, with the child's state (a failed child fails it), and the
parent's own events never move it from there. So an unseen parent's START is sent first. Marquez finds a parent only when the
facet names the parent's job as it is shown, below its own parent; another name makes a second parent. And the parent that a run
had with its first event is its parent for good.
Source: OpenLineageDao.findParentJobRow and createParentJobRunRecord.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from clew.events import RUN_EVENT_SCHEMA
from clew.shaping import reading
from clew.shaping.known import KnownJob, KnownRun, shown

if TYPE_CHECKING:
    from collections.abc import Callable

    from clew.events import Json
    from clew.shaping.known import Known

    Warn = Callable[[str], None]


def kept(event: Json, known: Known, warn: Warn) -> Json:
    """Return the event with the parent that its run has, named as Marquez names it."""
    first = _first(known)
    parent = first or _as_shown(reading.parent(event), known)
    if reading.text(parent, "run", "runId") == event["run"]["runId"]:
        warn("the run is named as its own parent; that is left out")
        parent = {}
    others = {k: v for k, v in reading.at(event, "run", "facets").items() if k != "parent"}
    return {**event, "run": {**event["run"], "facets": {**others, "parent": parent} if parent else others}}


def _first(known: Known) -> Json:
    """Return the parent facet that was sent with the run's earlier events."""
    return reading.parent(known.run.told) if known.run else {}


def _as_shown(parent: Json, known: Known) -> Json:
    """Return the facet with the name that the parent's job has in Marquez."""
    if not parent or known.parent_run is None:
        return parent
    grandparent = reading.name(reading.at(reading.parent(known.parent_run.told), "job"))
    name = known.parent_run.shown or shown(reading.name(parent["job"]), grandparent)
    return {**parent, "job": {**parent["job"], "namespace": name[0], "name": name[1]}} if name else parent


def start_of_unseen(event: Json, known: Known) -> Json | None:
    """Return a START of the parent's run where nothing is known of it, to be sent before the child's event.

    It carries what is known of the parent's job, so that nothing of it is cleared. None where the parent is known, or where
    Marquez would give its run another id than the facet does, since that is no UUID.
    """
    parent = reading.parent(event)
    if not parent or _first(known) or known.parent_run is not None or not _is_uuid(parent["run"]["runId"]):
        return None
    job = known.parent_job or KnownJob()
    return {
        "eventType": "START",
        "eventTime": event["eventTime"],
        "run": {"runId": parent["run"]["runId"], "facets": {}},
        "job": {"namespace": parent["job"]["namespace"], "name": parent["job"]["name"], "facets": job.facets},
        "inputs": list(job.inputs),
        "outputs": list(job.outputs),
        "producer": event.get("producer"),
        "schemaURL": RUN_EVENT_SCHEMA,
    }


def assumed(start: Json) -> KnownRun:
    """Return what is known of a parent whose START was ours; its own START may still come and says when it began."""
    return KnownRun(shown=shown(reading.name(start["job"]), None), started=start["eventTime"], assumed=True)


def _is_uuid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True
