"""Make and change tags."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clew.server.calls import Reply
from clew.server.changes import bodies

if TYPE_CHECKING:
    from clew.server.calls import Request
    from clew.server.store import Session


def put(db: Session, request: Request) -> Reply:
    """Make a tag, or describe it."""
    said = bodies.body(request, bodies.Tag)
    bodies.moment(db, request)
    name = request.path["tag"]
    return Reply(value={"name": name, "description": db.value("tags.put", name=name, description=said.description)})
