"""JSON that is kept once however often it comes: facets and lists of columns."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

from msgspec import Struct

from clew.server.store.packing import packed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clew.server.store import Session


class Content(Struct, frozen=True, gc=False):
    """JSON, and what tells it from any other."""

    digest: bytes
    json: bytes


Facets = dict[str, Content]


def content(json: bytes) -> Content:
    """Give JSON the digest under which it is kept."""
    return Content(blake2b(json, digest_size=16).digest(), json)


def content_id(db: Session, found: Content) -> int:
    """Return the id under which the JSON is kept; keep it where it is new."""
    known: int | None = db.remembered.get(found.digest)
    if known is None:
        known = db.value("content.by_digest", digest=found.digest)
        if known is None:
            known = db.add("content.add", digest=found.digest, json=packed(found.json))
        db.remembered.put(found.digest, known)
    return known


def kept(db: Session, facets: Mapping[str, Content]) -> list[tuple[str, int]]:
    """Keep facets; give each one's name and the id of its content."""
    return [(name, content_id(db, found)) for name, found in facets.items()]
