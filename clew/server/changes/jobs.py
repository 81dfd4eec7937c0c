"""Make, change, tag and delete jobs.

Source: marquez/service/JobService.java, marquez/db/JobDao.java (upsertJobMeta).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from clew.server.answers import jobs, namespaces
from clew.server.answers.runs import found as found_run
from clew.server.calls import Refusal, Reply
from clew.server.changes import bodies
from clew.server.changes.runs import read_current_versions
from clew.server.ingest import identities
from clew.server.ingest.namespaces import namespace_id

if TYPE_CHECKING:
    from clew.server.calls import Request
    from clew.server.store import Session

_TYPES = ("BATCH", "STREAM", "SERVICE")


def put(db: Session, request: Request) -> Reply:
    """Make a job, or change it; a run that is named reads the inputs."""
    namespaces.found(db, request)
    said = bodies.body(request, bodies.Job)
    if said.type not in _TYPES:
        raise Refusal(422, f"$.type: expected one of {', '.join(_TYPES)}, got {said.type!r}")
    run = found_run(db, said.run_id) if said.run_id else None
    if run is not None and (run["namespace"], run["job_name"]) != (request.path["namespace"], request.path["job"]):
        raise Refusal(404, f"Run '{said.run_id}' not found.")
    for each in (*said.inputs, *said.outputs):
        row = db.one("datasets.by_name", namespace=each.namespace, name=each.name)
        if row is None or row["hidden"]:
            raise Refusal(404, f"Dataset '{each.name}' not found.")
    _put(db, request, said)
    if run is not None:
        read_current_versions(db, run["id"], said.inputs)
    return jobs.one(db, request)


def delete(db: Session, request: Request) -> Reply:
    """Hide a job until an event names it again; answers how it was."""
    row = jobs.found(db, request)
    bodies.moment(db, request)
    db.run("jobs.hide", id=row["id"])
    return Reply(value=jobs.bare(db, row))


def tag(db: Session, request: Request) -> Reply:
    """Tag a job."""
    row, name = jobs.found(db, request), request.path["tag"]
    bodies.moment(db, request)
    db.run("tags.put_unless_there", name=name)
    db.run("jobs.add_tag", job_id=row["id"], tag=name, told=0)
    return Reply(value=jobs.bare(db, row))


def untag(db: Session, request: Request) -> Reply:
    """Take a tag from a job."""
    row = jobs.found(db, request)
    bodies.moment(db, request)
    db.run("jobs.remove_tag", job_id=row["id"], tag=request.path["tag"])
    return Reply(value=jobs.bare(db, row))


def _put(db: Session, request: Request, said: bodies.Job) -> None:
    moment, namespace, name = bodies.moment(db, request), request.path["namespace"], request.path["job"]
    ns = namespace_id(db, namespace, moment.at)
    told: dict[str, Any] = {
        "simple_name": name,
        "type": said.type,
        "description": said.description,
        "location": said.location,
        "current_inputs": msgspec.json.encode(said.inputs).decode(),
    }
    known = db.one("jobs.in_namespace", namespace_id=ns, name=name)
    if known is None:
        db.add("jobs.add", uuid=identities.row_id("job", namespace, name), namespace_id=ns, name=name, parent_id=None, at=moment.at, **told)
    else:
        db.run("jobs.see", id=known["id"], updated_at=moment.received, **told)
