"""Namespaces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clew.server.calls import Refusal, Reply
from clew.server.times import iso

if TYPE_CHECKING:
    from clew.server.calls import Request
    from clew.server.store import Row, Session


def page(db: Session, request: Request) -> Reply:
    """Answer a page of namespaces by name."""
    return Reply(value={"namespaces": [shape(r) for r in db.all("namespaces.page", **request.page())]})


def one(db: Session, request: Request) -> Reply:
    """Answer a namespace."""
    return Reply(value=shape(found(db, request)))


def found(db: Session, request: Request) -> Row:
    """Return the namespace of the request's path.

    Raises:
        Refusal: 404, there is none.
    """
    row = db.one("namespaces.by_name", name=request.path["namespace"])
    if row is None:
        raise Refusal(404, f"Namespace '{request.path['namespace']}' not found.")
    return row


def shape(row: Row) -> dict[str, Any]:
    """Return a namespace as the API shows it."""
    return {
        "name": row["name"],
        "createdAt": iso(row["created_at"]),
        "updatedAt": iso(row["updated_at"]),
        "ownerName": row["owner"],
        "description": row["description"],
        "isHidden": bool(row["hidden"]),
    }
