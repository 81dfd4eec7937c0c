"""The life of a run without events.

As in Marquez, these runs are not what the lineage graph shows as a job's latest run, nor what jobs are filtered by.
Source: marquez/service/RunService.java, marquez/db/RunDao.java (upsertRunMeta).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from clew.server.answers import jobs, runs
from clew.server.answers.run_shape import run_shape
from clew.server.calls import Refusal, Reply
from clew.server.changes import bodies
from clew.server.ingest import identities
from clew.server.ingest.datasets import make_current
from clew.server.ingest.jobs import JobRef, version_on_end
from clew.server.ingest.progress import OVER, after
from clew.server.ingest.runs import progress_of
from clew.server.times import instant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from clew.server.calls import Request
    from clew.server.store import Row, Session

STATES = {"start": "RUNNING", "complete": "COMPLETED", "fail": "FAILED", "abort": "ABORTED"}
"""What the last part of the path makes of a run."""


def create(db: Session, request: Request) -> Reply:
    """Make a run of a job; it reads the current versions of the job's inputs."""
    job, said = jobs.found(db, request), bodies.body(request, bodies.Run)
    run = identities.run_id(said.id) if said.id else None
    if run is not None and db.one("runs.by_uuid", uuid=run) is not None:
        raise Refusal(400, f"Run '{run}' already exists.")
    moment = bodies.moment(db, request)
    # Not drawn by lot: deriving the store anew gives the run the same id.
    run = run or identities.row_id("run", job["uuid"], str(moment.event), str(moment.received))
    row_id = db.add(
        "runs.add",
        uuid=run,
        job_id=job["id"],
        parent_uuid=None,
        at=moment.at,
        updated_at=moment.at,
        state="NEW",
        transitioned_at=moment.at,
        started_at=None,
        start_known=False,
        ended_at=None,
        nominal_start=_time("nominalStartTime", said.nominal_start_time),
        nominal_end=_time("nominalEndTime", said.nominal_end_time),
        args=msgspec.json.encode(bodies.words(said.args)).decode(),
        location=job["location"],
        inferred=False,
    )
    read_current_versions(db, row_id, msgspec.json.decode(job["current_inputs"], type=list[bodies.Identity]))
    return Reply(status=201, value=run_shape(db, row_id))


def mark_as(action: str) -> Callable[[Session, Request], Reply]:
    """Return the handler that starts or ends a run, at the time `at` of the query or now."""

    def mark(db: Session, request: Request) -> Reply:
        """Start or end a run, at the time `at` of the query or now."""
        row = runs.found(db, request.path["run"])
        at = _time("at", request.text("at")) or request.now
        bodies.moment(db, request)
        state = STATES[action]
        # Who drives a run by hand means what he says: unlike an event, which may be late, a mark always counts.
        progress = after(msgspec.structs.replace(progress_of(row), state="NEW"), state, at, starts=action == "start")
        db.run("runs.set_progress", id=row["id"], **msgspec.structs.asdict(progress) | {"updated_at": at})
        if state in OVER:
            _end(db, row, at)
        return runs.one(db, request)

    return mark


def read_current_versions(db: Session, run_id: int, inputs: Iterable[bodies.Identity]) -> None:
    """Let a run read the current versions of datasets."""
    for each in inputs:
        dataset = db.one("datasets.by_name", namespace=each.namespace, name=each.name)
        if dataset is not None and dataset["current_version_id"] is not None:
            db.run("runs.add_input", run_id=run_id, version_id=dataset["current_version_id"])


def _end(db: Session, row: Row, at: int) -> None:
    job = db.needed("jobs.by_id", id=row["job_id"])
    ref = JobRef(
        id=job["id"],
        namespace=row["namespace"],
        name=job["name"],
        location=job["location"],
        created_at=job["created_at"],
        parent_id=job["parent_id"],
    )
    written = db.all("versions.outputs_of_run", run_id=row["id"])
    version_on_end(db, ref, row["id"], at, written)
    db.run("jobs.end", id=job["id"], version_id=ref.changes["version_id"], at=at)
    for output in written:
        make_current(db, output, at)
    db.settle()


def _time(place: str, text: str | None) -> int | None:
    try:
        return None if text is None else instant(text.replace(" ", "+"))
    except (ValueError, OverflowError) as error:
        raise Refusal(400, f"{place}: {error}") from None
