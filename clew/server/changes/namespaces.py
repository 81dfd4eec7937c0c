"""Make, change and delete namespaces."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clew.server.answers import namespaces
from clew.server.calls import Reply
from clew.server.changes import bodies
from clew.server.ingest.namespaces import namespace_id

if TYPE_CHECKING:
    from clew.server.calls import Request
    from clew.server.store import Session


def put(db: Session, request: Request) -> Reply:
    """Make a namespace, or change its owner and description."""
    said, moment = bodies.body(request, bodies.Namespace), bodies.moment(db, request)
    row_id = namespace_id(db, request.path["namespace"], moment.at)
    db.run("namespaces.describe", id=row_id, at=moment.at, owner=said.owner_name, description=said.description)
    return namespaces.one(db, request)


def delete(db: Session, request: Request) -> Reply:
    """Hide a namespace with its jobs and datasets, until an event names them again; answers how it was."""
    row = namespaces.found(db, request)
    bodies.moment(db, request)
    for sentence in ("namespaces.hide_datasets", "namespaces.hide_jobs", "namespaces.hide"):
        db.run(sentence, id=row["id"])
    return Reply(value=namespaces.shape(row))
