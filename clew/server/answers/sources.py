"""Sources: where datasets are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clew.server.calls import Refusal, Reply
from clew.server.times import iso

if TYPE_CHECKING:
    from clew.server.calls import Request
    from clew.server.store import Row, Session


def page(db: Session, request: Request) -> Reply:
    """Answer a page of sources by name."""
    return Reply(value={"sources": [shape(r) for r in db.all("sources.page", **request.page())]})


def one(db: Session, request: Request) -> Reply:
    """Answer a source."""
    row = db.one("sources.by_name", name=request.path["source"])
    if row is None:
        raise Refusal(404, f"Source '{request.path['source']}' not found.")
    return Reply(value=shape(row))


def shape(row: Row) -> dict[str, Any]:
    """Return a source as the API shows it."""
    return {
        "type": row["type"],
        "name": row["name"],
        "createdAt": iso(row["created_at"]),
        "updatedAt": iso(row["updated_at"]),
        "connectionUrl": row["connection_url"],
        "description": row["description"],
    }
