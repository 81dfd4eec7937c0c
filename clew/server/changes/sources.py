"""Make and change sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clew.server.answers import sources
from clew.server.changes import bodies

if TYPE_CHECKING:
    from clew.server.calls import Reply, Request
    from clew.server.store import Session


def put(db: Session, request: Request) -> Reply:
    """Make a source, or change it."""
    said, moment = bodies.body(request, bodies.Source), bodies.moment(db, request)
    db.value(
        "sources.put",
        name=request.path["source"],
        type=said.type,
        at=moment.at,
        connection_url=said.connection_url,
        description=said.description,
    )
    return sources.one(db, request)
