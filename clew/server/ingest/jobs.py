"""What an event does to its job: the job itself, its versions, and the edges of the lineage graph.

Source: marquez/db/OpenLineageDao.java (buildJobFromEvent), JobVersionDao.java, the trigger rewrite_jobs_fqn_table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from clew.server.ingest import identities
from clew.server.ingest.contents import kept

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from clew.server.ingest.contents import Facets
    from clew.server.ingest.datasets import Moment, Seen
    from clew.server.ingest.events import Dataset, Job
    from clew.server.ingest.progress import Progress
    from clew.server.store import Row, Session

RANKS = {"FAILED": 0, "ABORTED": 1, "RUNNING": 2, "NEW": 3, "COMPLETED": 4}
"""Of jobs that changed at the same time, what ended worst comes first."""


class ParentJob(msgspec.Struct, frozen=True):
    """The job of a parent run."""

    id: int
    name: str


class JobRef(msgspec.Struct, frozen=True, kw_only=True):
    """A job in the store.

    Attributes:
        location: of its code, as the event says or as was known.
        changes: what the event changes of the job; written once, in the end, since two indexes order jobs by their changes.
        latest: the run that changed last so far, and when that changed and started.
    """

    id: int
    namespace: str
    name: str
    location: str | None
    created_at: int
    parent_id: int | None
    changes: dict[str, Any] = msgspec.field(default_factory=dict)
    latest: tuple[int | None, int, int] = (None, 0, 0)


def see(
    db: Session, job: Job, namespace_id: int, moment: Moment, *, parent: ParentJob | None = None, inputs: Iterable[Dataset] = ()
) -> JobRef:
    """Record a job, and what is yet to be written of it; below a parent its name starts with the parent's."""
    simple = job.name.removeprefix(f"{parent.name}.") if parent else job.name
    name = f"{parent.name}.{simple}" if parent else job.name
    parent_id = parent.id if parent else None
    told = {
        "simple_name": simple,
        "type": "STREAM" if job.streaming else "BATCH",
        "current_inputs": _ids_json(inputs),
    }
    said = {name: value for name, value in (("description", job.description), ("location", job.location)) if value is not None}
    known, changed = _known(db, namespace_id, name)
    if known is None:
        uuid = identities.row_id("job", job.namespace, name)
        values = told | {"description": job.description, "location": job.location}
        row_id = db.add("jobs.add", uuid=uuid, namespace_id=namespace_id, name=name, parent_id=parent_id, at=moment.at, **values)
        _tags(db, job, row_id)
        known, updated_at = _Known(row_id, job.location, moment.at, parent_id, None), moment.at
        db.remembered.put(("job", namespace_id, name), row_id)
    else:
        if parent_id is not None and known.parent_id is None:
            # Not with the rest: a column that refers to its own table makes SQLite write every index of the row anew.
            db.run("jobs.set_parent", id=known.id, parent_id=parent_id)
        _tags(db, job, known.id)
        updated_at = moment.received
    return JobRef(
        id=known.id,
        namespace=job.namespace,
        name=name,
        location=job.location or known.location,
        created_at=known.created_at,
        parent_id=parent_id if known.parent_id is None else known.parent_id,
        changes=told | said | {"updated_at": updated_at},
        latest=(known.latest_run_id, *changed),
    )


def write(db: Session, job: JobRef) -> None:
    """Write what an event changes of its job, in the end of the transaction: its runs and their events mostly follow each other."""
    db.put_off("jobs.change", job.id, id=job.id, **job.changes)
    location = job.changes.get("location", job.location)
    latest = job.changes.get("latest_run_id", job.latest[0])
    db.remembered.put(("job", job.id), _Known(job.id, location, job.created_at, job.parent_id, latest))


def forget_latest_run(db: Session, job: JobRef) -> None:
    """Show a job without a run in the lineage graph until its next one."""
    db.settle("jobs.change")
    db.run("jobs.forget_latest_run", id=job.id)
    db.remembered.forget(("job", job.id))


def remember_run(db: Session, run_id: int, progress: Progress) -> None:
    """Remember when a run changed last and when it started: it may be the latest of its job."""
    db.remembered.put(("changed", run_id), (progress.transitioned_at or 0, progress.started_at or 0))


class _Known(msgspec.Struct, frozen=True, gc=False):
    id: int
    location: str | None
    created_at: int
    parent_id: int | None
    latest_run_id: int | None


def _known(db: Session, namespace_id: int, name: str) -> tuple[_Known | None, tuple[int, int]]:
    """Return what is known of a job, and when its latest run changed last and started."""
    job_id: int | None = db.remembered.get(("job", namespace_id, name))
    known: _Known | None = None if job_id is None else db.remembered.get(("job", job_id))
    changed: tuple[int, int] | None = None if known is None else db.remembered.get(("changed", known.latest_run_id))
    if known is not None and changed is not None:
        return known, changed
    row = db.one("jobs.in_namespace", namespace_id=namespace_id, name=name)
    if row is None:
        return None, (0, 0)
    if db.is_put_off("jobs.change", row["id"]) or db.is_put_off("runs.change", row["latest_run"]):
        db.settle("jobs.change", "runs.change")
        return _known(db, namespace_id, name)
    db.remembered.put(("job", namespace_id, name), row["id"])
    known = _Known(row["id"], row["location"], row["created_at"], row["parent_id"], row["latest_run_id"])
    return known, (row["changed_at"], row["started_at"])


def point_to_run(job: JobRef, run_id: int, progress: Progress) -> None:
    """Make the run the job's latest one, unless another changed later."""
    latest, *changed = job.latest
    if latest in {None, run_id} or (progress.transitioned_at or 0, progress.started_at or 0) >= tuple(changed):
        job.changes.update(latest_run_id=run_id, state=progress.state, rank=RANKS[progress.state])


def point_other_to_run(db: Session, job_id: int, run_id: int, progress: Progress) -> None:
    """Make the run the latest one of a job that it once said to be of, unless another changed later."""
    db.settle("jobs.change", "runs.change")
    db.remembered.forget(("job", job_id))
    db.run(
        "jobs.point_to_run",
        id=job_id,
        run_id=run_id,
        state=progress.state,
        rank=RANKS[progress.state],
        transitioned_at=progress.transitioned_at,
        started_at=progress.started_at,
    )


def version_on_end(db: Session, job: JobRef, run_id: int, at: int, outputs: list[Row]) -> None:
    """Make the job's version of what the run has read and written (`outputs`) in all its events; it becomes the current one."""
    inputs = _inputs_of_run(db, run_id)
    edges = _Edges(inputs=frozenset(r["dataset_id"] for r in inputs), outputs=frozenset(r["dataset_id"] for r in outputs))
    version_id = _put_version(db, job, _version_of(job, inputs, outputs), edges, at=at, run_id=run_id)
    db.put_off("runs.link_version", run_id, id=run_id, version_id=version_id)
    db.settle("runs.put_facet")
    db.run("jobs.put_version_facets_of_run", version_id=version_id, run_id=run_id)
    job.changes.update(version_id=version_id, updated_at=at)
    if inputs or outputs:
        # A run that told of no dataset at all takes nothing away.
        _set_edges(db, job.id, edges)


def version_on_streaming(db: Session, job: JobRef, run_id: int, at: int, outputs: list[Row]) -> None:
    """Make the version of a streaming job while it runs, as soon as its datasets are others."""
    inputs = _inputs_of_run(db, run_id)
    if db.value("jobs.version_exists", version=_version_of(job, inputs, outputs)) is None:
        version_on_end(db, job, run_id, at, outputs)


def version_without_run(db: Session, job: JobRef, facets: Facets, *, inputs: Sequence[Seen], outputs: Sequence[Seen], at: int) -> None:
    """Make the version of a job that is described without a run."""
    version = identities.job_version(job.namespace, job.name, _names(inputs), _names(outputs), job.location)
    edges = _Edges(inputs=frozenset(d.dataset_id for d in inputs), outputs=frozenset(d.dataset_id for d in outputs))
    version_id = _put_version(db, job, version, edges, at=job.created_at)
    # An event that tells of no inputs, or of no outputs, takes none away.
    now = _edges_now(db, job.id)
    _set_edges(db, job.id, _Edges(inputs=edges.inputs or now.inputs, outputs=edges.outputs or now.outputs))
    for name, content in kept(db, facets):
        db.run("jobs.put_version_facet", version_id=version_id, name=name, event_time=at, content_id=content)
    job.changes.update(version_id=version_id, updated_at=job.created_at)


def _inputs_of_run(db: Session, run_id: int) -> list[Row]:
    db.settle("runs.add_input")
    return db.all("versions.inputs_of_run", run_id=run_id)


def _names(datasets: Sequence[Seen]) -> list[tuple[str, str]]:
    return [(d.id.namespace, d.id.name) for d in datasets]


def _version_of(job: JobRef, inputs: list[Row], outputs: list[Row]) -> str:
    read, written = ([(r["namespace"], r["name"]) for r in rows] for rows in (inputs, outputs))
    return identities.job_version(job.namespace, job.name, read, written, job.location)


def _put_version(db: Session, job: JobRef, version: str, edges: _Edges, *, at: int, run_id: int | None = None) -> int:
    """Return the id of a version; make it where it is new. What it reads and writes follows from what it is."""
    known: int | None = db.value("jobs.version_exists", version=version)
    if known is not None:
        if run_id is not None:
            db.put_off("jobs.set_version_run", known, id=known, run_id=run_id)
        return known
    uuid = identities.row_id("job version", version)
    row_id = db.add("jobs.add_version", uuid=uuid, version=version, job_id=job.id, at=at, location=job.location, run_id=run_id)
    db.run_many("jobs.add_version_io", [{"version_id": row_id, "io": io, "dataset_id": d} for io, d in edges.pairs()])
    return row_id


class _Edges(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The datasets that a job reads and writes."""

    inputs: frozenset[int]
    outputs: frozenset[int]

    def pairs(self) -> Iterator[tuple[str, int]]:
        yield from (("INPUT", d) for d in sorted(self.inputs))
        yield from (("OUTPUT", d) for d in sorted(self.outputs))


def _edges_now(db: Session, job_id: int) -> _Edges:
    known: _Edges | None = db.remembered.get(("edges of job", job_id))
    if known is None:
        rows = db.all("jobs.edges_now", job_id=job_id)
        inputs, outputs = (frozenset(r["dataset_id"] for r in rows if r["io"] == io) for io in ("INPUT", "OUTPUT"))
        known = _Edges(inputs=inputs, outputs=outputs)
        db.remembered.put(("edges of job", job_id), known)
    return known


def _set_edges(db: Session, job_id: int, edges: _Edges) -> None:
    """Make these the edges of the job in the lineage graph; mostly they are already."""
    now = _edges_now(db, job_id)
    for io, before, after in (("INPUT", now.inputs, edges.inputs), ("OUTPUT", now.outputs, edges.outputs)):
        if before != after:
            db.run("jobs.clear_edges_of", job_id=job_id, io=io)
            db.run_many("jobs.add_edge", [{"job_id": job_id, "io": io, "dataset_id": d} for d in sorted(after)])
            db.remembered.forget(("edges of job", job_id))


def _tags(db: Session, job: Job, job_id: int) -> None:
    if job.tags is None:
        return
    db.run("jobs.forget_told_tags", job_id=job_id)
    for tag in job.tags:
        db.run("jobs.add_tag", job_id=job_id, tag=tag, told=1)


def _ids_json(datasets: Iterable[Dataset]) -> str:
    return msgspec.json.encode([{"namespace": d.id.namespace, "name": d.id.name} for d in datasets]).decode()
