"""What an event does to its run and to the run's parent.

Source: marquez/db/OpenLineageDao.java (updateBaseMarquezModel, findParentJobRow, createParentJobRunRecord).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from clew.server.ingest import identities, jobs
from clew.server.ingest.contents import kept
from clew.server.ingest.datasets import RunRef
from clew.server.ingest.progress import Progress, after

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clew.server.ingest.datasets import Moment
    from clew.server.ingest.events import RunEvent
    from clew.server.ingest.jobs import JobRef, ParentJob
    from clew.server.store import Row, Session

_ONCE = frozenset({"spark.logicalPlan"})
"""Facets that are large and the same in every event of a run: the first one is kept."""
_EVER = -(2**62)


class _Told(msgspec.Struct, frozen=True, kw_only=True):
    """What an event tells of a run, or of the parent of one (`inferred`)."""

    uuid: str
    parent_uuid: str | None = None
    state: str | None
    starts: bool = False
    inferred: bool = False
    nominal_start: int | None
    nominal_end: int | None
    location: str | None
    args: dict[str, str] = msgspec.field(default_factory=dict)


def see(db: Session, event: RunEvent, job: JobRef, moment: Moment) -> RunRef:
    """Record a run, its state, times and facets, and those of its job as it tells of them."""
    run = event.run
    told = _Told(
        uuid=run.id,
        parent_uuid=identities.parent_run_id(run.parent.namespace, run.parent.name, run.parent.run) if run.parent else None,
        state=run.state,
        starts=run.starts,
        nominal_start=run.nominal_start,
        nominal_end=run.nominal_end,
        location=job.location,
        args=run.args,
    )
    ref = _put(db, job, told, moment)
    for subject, facets in (("RUN", run.facets), ("JOB", event.job.facets)):
        for name, content in kept(db, facets):
            # The oldest time there is: what stands there already is never replaced.
            at = _EVER if name in _ONCE else moment.at
            newest = db.put_off("runs.put_facet", (ref.id, subject, name), run_id=ref.id, subject=subject, name=name)
            if at >= newest.get("event_time", at):
                newest.update(event_time=at, content_id=content)
    return ref


def parent_job(db: Session, event: RunEvent, namespace_id: int, moment: Moment) -> ParentJob | None:
    """Return the job of the run's parent; a parent that is not known yet is made, in the child's namespace."""
    parent = event.run.parent
    if parent is None:
        return None
    uuid, name = identities.parent_run_id(parent.namespace, parent.name, parent.run), _parent_name(event)
    known = _job_of_run(db, uuid)
    if known is None:
        return _infer(db, event, namespace_id, uuid, moment)
    if known[:2] == (parent.namespace, name):
        return jobs.ParentJob(known[2], name)
    # Two jobs claim one run id: an old Airflow integration gave DAGs of the same name in two namespaces the same run ids.
    return _infer(db, event, namespace_id, identities.other_parent_run_id(parent.namespace, name, uuid), moment)


def _job_of_run(db: Session, uuid: str) -> tuple[str, str, int] | None:
    """Return namespace, name and id of the job of a run, which stay what they are; None where it is hidden."""
    key = ("job of run", uuid)
    found: tuple[str, str, int] | None = db.remembered.get(key)
    if found is None:
        db.settle("jobs.change")
        row = db.one("jobs.of_run", run=uuid)
        if row is not None:
            found = row["namespace"], row["name"], row["id"]
            db.remembered.put(key, found)
    return found


def _parent_name(event: RunEvent) -> str:
    name = event.run.parent.name if event.run.parent else ""
    return identities.parent_name(name) if name == event.job.name else name


def progress_of(row: Row) -> Progress:
    """Read the progress of a run from its row."""
    return Progress(
        state=row["state"],
        updated_at=row["updated_at"],
        transitioned_at=row["transitioned_at"],
        started_at=row["started_at"],
        start_known=bool(row["start_known"]),
        ended_at=row["ended_at"],
        inferred=bool(row["inferred"]),
    )


def _infer(db: Session, event: RunEvent, namespace_id: int, uuid: str, moment: Moment) -> ParentJob:
    run = event.run
    told_job = msgspec.structs.replace(event.job, name=_parent_name(event), description=None, tags=None, facets={})
    job = jobs.see(db, told_job, namespace_id, moment)
    told = _Told(
        uuid=uuid, state=run.state, inferred=True, nominal_start=run.nominal_start, nominal_end=run.nominal_end, location=job.location
    )
    _put(db, job, told, moment)
    jobs.write(db, job)
    return jobs.ParentJob(job.id, job.name)


def _put(db: Session, job: JobRef, told: _Told, moment: Moment) -> RunRef:
    known = _known(db, told.uuid)
    before = known.progress if known else Progress(updated_at=moment.at, transitioned_at=moment.at, inferred=told.inferred)
    progress = after(before, told.state, moment.at, starts=told.starts, inferred=told.inferred)
    values = msgspec.structs.asdict(progress)
    for name, value in (("nominal_start", told.nominal_start), ("nominal_end", told.nominal_end), ("location", told.location)):
        if value is not None or known is None:
            values[name] = value
    if known is None:
        args = msgspec.json.encode(told.args).decode()
        row_id = db.add("runs.add", uuid=told.uuid, job_id=job.id, parent_uuid=told.parent_uuid, at=moment.at, args=args, **values)
        now = _Known(row_id, job.id, told.parent_uuid, progress)
    else:
        row_id, now = known.id, _Known(known.id, known.job_id, known.parent_uuid or told.parent_uuid, progress)
        _change(db, told.uuid, known, now, values)
    db.remembered.put(("run", told.uuid), now)
    jobs.remember_run(db, row_id, progress)
    if now.job_id != job.id:
        jobs.point_other_to_run(db, now.job_id, row_id, progress)
    jobs.point_to_run(job, row_id, progress)
    return RunRef(row_id, told.uuid)


class _Known(msgspec.Struct, frozen=True):
    id: int
    job_id: int
    parent_uuid: str | None
    progress: Progress


def _known(db: Session, uuid: str) -> _Known | None:
    known: _Known | None = db.remembered.get(("run", uuid))
    if known is None:
        if db.is_put_off("runs.change", uuid):
            db.settle("runs.change")
        row = db.one("runs.by_uuid", uuid=uuid)
        known = _Known(row["id"], row["job_id"], row["parent_uuid"], progress_of(row)) if row is not None else None
    return known


def _change(db: Session, uuid: str, known: _Known, now: _Known, values: Mapping[str, Any]) -> None:
    """Change a run; where it started and under which parent, which indexes order it by, is mostly known from its first event."""
    db.put_off("runs.change", uuid, id=known.id, **values)
    if (now.progress.started_at, now.parent_uuid) != (known.progress.started_at, known.parent_uuid):
        db.run("runs.set_origin", id=known.id, started_at=now.progress.started_at, parent_uuid=now.parent_uuid)
