"""Record an event: the raw event, and everything that follows from it, in the transaction of the session."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from clew.server.ingest import datasets, jobs, runs
from clew.server.ingest.datasets import Moment
from clew.server.ingest.events import DatasetEvent, JobEvent, RunEvent
from clew.server.ingest.namespaces import namespace_id
from clew.server.ingest.progress import OVER
from clew.server.times import day

if TYPE_CHECKING:
    from clew.server.ingest.events import Event
    from clew.server.store import Session

_KINDS = {RunEvent: "RUN", JobEvent: "JOB", DatasetEvent: "DATASET"}


def record(db: Session, event: Event, body: bytes, *, received: int) -> None:
    """Record an event.

    Args:
        db: a session that writes.
        event: what was decoded.
        body: what it was decoded from; kept as it is.
        received: when it arrived, in microseconds since 1970.
    """
    event_type = event.type if isinstance(event, RunEvent) else None
    kind = _KINDS[type(event)]
    number = db.add("events.add", received_at=received, event_time=event.at, kind=kind, type=event_type, body=zlib.compress(body, 1))
    happened = day(event.at)
    of_day = db.put_off("events.add_to_day", happened, day=happened)
    of_day["events"] = of_day.get("events", 0) + 1
    moment = Moment(at=event.at, received=received, event=number)
    if isinstance(event, RunEvent):
        _run_event(db, event, moment)
    elif isinstance(event, JobEvent):
        _job_event(db, event, moment)
    else:
        seen = datasets.see(db, event.dataset, "OUTPUT", None, moment)
        # Who describes a dataset without a run has not written it, and says nothing of what it was made of.
        datasets.set_current(db, seen.dataset_id, seen.version, moment.at)


def _run_event(db: Session, event: RunEvent, moment: Moment) -> None:
    ns = namespace_id(db, event.job.namespace, moment.at)
    parent = runs.parent_job(db, event, ns, moment)
    job = jobs.see(db, event.job, ns, moment, parent=parent, inputs=event.inputs)
    run = runs.see(db, event, job, moment)
    for dataset in event.inputs:
        datasets.see(db, dataset, "INPUT", run, moment)
    for dataset in event.outputs:
        datasets.see(db, dataset, "OUTPUT", run, moment)
    written = db.all("versions.outputs_of_run", run_id=run.id) if event.job.streaming or event.run.state in OVER else []
    if not event.job.streaming:
        if event.run.state in OVER:
            jobs.version_on_end(db, job, run.id, moment.at, written)
    elif event.run.state not in OVER or event.inputs or event.outputs:
        jobs.version_on_streaming(db, job, run.id, moment.at, written)
    jobs.write(db, job)
    if event.run.state == "COMPLETED" or (event.job.streaming and event.run.state is not None):
        for row in written:
            datasets.make_current(db, row, moment.at)


def _job_event(db: Session, event: JobEvent, moment: Moment) -> None:
    ns = namespace_id(db, event.job.namespace, moment.at)
    job = jobs.see(db, event.job, ns, moment)
    inputs = [datasets.see(db, d, "INPUT", None, moment) for d in event.inputs]
    outputs = [datasets.see(db, d, "OUTPUT", None, moment) for d in event.outputs]
    jobs.version_without_run(db, job, event.job.facets, inputs=inputs, outputs=outputs, at=moment.at)
    jobs.write(db, job)
    # As in Marquez, a job that is described anew is shown without a run in the lineage graph until its next one.
    jobs.forget_latest_run(db, job)
