"""Namespaces as events bring them into being."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clew.server.store import Session

ANONYMOUS = "anonymous"


def namespace_id(db: Session, name: str, at: int) -> int:
    """Return the id of a namespace; make it where it is new, show it where it was deleted."""
    key = ("namespace", name)
    found: int | None = db.remembered.get(key)
    if found is None:
        found = _shown(db, name, at)
        db.remembered.put(key, found)
    return found


def _shown(db: Session, name: str, at: int) -> int:
    known = db.one("namespaces.by_name", name=name)
    if known is None:
        return db.add("namespaces.add", name=name, at=at, owner=ANONYMOUS, description=None)
    if known["hidden"]:
        db.run("namespaces.show", id=known["id"])
    return int(known["id"])
