"""The log of a store: what came in, in order of arrival. Everything else in the store follows from it."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clew.server.store import Row, Session

_PAGE = 500
"""Entries that are read at once."""


class Entry(Struct, frozen=True, kw_only=True):
    """An event, or a change that was made through the API.

    Attributes:
        number: its place in the order of arrival.
        received_at: when it arrived, in microseconds since 1970, as is `event_time`.
        kind: RUN, JOB, DATASET, or CHANGE.
        type: the type of a run's event.
        packed: what was sent, as it is kept.
    """

    number: int
    received_at: int
    event_time: int
    kind: str
    type: str | None
    packed: bytes

    def body(self) -> bytes:
        """Return what was sent; of a change, its method and path, a line feed, and the body.

        Raises:
            zlib.error: it is damaged.
        """
        return zlib.decompress(self.packed)

    def request(self) -> tuple[str, str, bytes]:
        """Return the method, the target and the body of a change."""
        line, _, body = self.body().partition(b"\n")
        method, _, target = line.decode().partition(" ")
        return method, target, body


def entries(db: Session, *, after: int = 0) -> Iterator[Entry]:
    """Read the entries above a number, in order of arrival."""
    while rows := db.all("log.page", after=after, limit=_PAGE):
        yield from map(_entry, rows)
        after = rows[-1]["id"]


def one(db: Session, number: int) -> Entry:
    """Read one entry."""
    return _entry(db.needed("log.page", after=number - 1, limit=1))


def _entry(row: Row) -> Entry:
    return Entry(
        number=row["id"],
        received_at=row["received_at"],
        event_time=row["event_time"],
        kind=row["kind"],
        type=row["type"],
        packed=row["body"],
    )


def size(db: Session, *, after: int = 0) -> int:
    """Return how many entries there are above a number."""
    found: int = db.value("log.size", after=after)
    return found


def newest(db: Session) -> int:
    """Return the number of the last entry."""
    found: int = db.value("log.newest")
    return found


def bodies_at(db: Session, event_time: int) -> Iterator[bytes]:
    """Return what was sent of the entries of a time."""
    return (zlib.decompress(row["body"]) for row in db.all("log.bodies_at", event_time=event_time))
