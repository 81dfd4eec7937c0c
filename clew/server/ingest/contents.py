"""JSON that is kept once however often it comes: facets and lists of columns."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clew.server.ingest.wire import RawFacets
    from clew.server.store import Session


def content_id(db: Session, json: bytes) -> int:
    """Return the id under which the JSON is kept; keep it where it is new."""
    digest = blake2b(json, digest_size=16).digest()
    known: int | None = db.value("content.by_digest", digest=digest)
    return known if known is not None else db.add("content.add", digest=digest, json=json)


def kept(db: Session, facets: RawFacets) -> Iterator[tuple[str, int]]:
    """Keep facets; give each one's name and the id of its content."""
    for name, raw in facets.items():
        yield name, content_id(db, bytes(raw))
