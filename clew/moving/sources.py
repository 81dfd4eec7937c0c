"""Where items come from: the store of an embedded backend, or any backend that speaks Marquez' API."""

from __future__ import annotations

from hashlib import blake2b
from itertools import takewhile
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import msgspec

from clew.errors import Refused
from clew.moving.items import BEGINNING, Change, Event, Item, Made, Place, time_of
from clew.server.ingest import identities
from clew.server.store import Session
from clew.server.times import instant, iso
from clew.server.upkeep import log, place

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from clew.events import Json
    from clew.marquez import Marquez
    from clew.server.upkeep.log import Entry

_PAGE = 100
"""Events that a backend is asked for at once; more only where as many have the same time."""
_END_OF_TIME = "2999-01-01T00:00:00Z"


def of_store(path: Path, after: Place = BEGINNING, *, since: int | None = None, changes: bool = False) -> Iterator[Item]:
    """Read the log of a store in order of arrival, up to what is its last entry now; a server may have it open.

    Args:
        path: the store.
        after: how far it was read before.
        since: what is of an earlier time is left out; microseconds since 1970.
        changes: whether changes made through the API are read, too.
    """
    with place.opened(path) as connection:
        db = Session(connection)
        last = log.newest(db)
        for entry in takewhile(lambda each: each.number <= last, log.entries(db, after=after.number)):
            if entry.kind == "CHANGE":
                if changes and (since is None or entry.received_at >= since):
                    yield Made(change=_change(entry), place=Place(number=entry.number))
            elif since is None or entry.event_time >= since:
                yield Event(body=entry.body(), place=Place(number=entry.number))


def count(path: Path, after: Place = BEGINNING) -> int:
    """Return how many entries the log of a store has behind a place."""
    with place.opened(path) as connection:
        return log.size(Session(connection), after=after.number)


def of_backend(marquez: Marquez, after: Place = BEGINNING, *, since: int | None = None) -> Iterator[Event]:
    """Read the events of a backend in order of their time. Marquez gives out events of runs alone.

    Events that came at the same time have no order there, so the last moment of a page is read again and what was seen is left out.
    """
    reached, seen, limit = instant(after.time) if after.time else since or 0, set(after.seen), _PAGE
    while True:
        page, new = _page(marquez, reached, limit), 0
        for event in page:
            body = msgspec.json.encode(_without_nulls(event))
            digest, at = blake2b(body, digest_size=12).hexdigest(), time_of(body) or reached
            if at > reached:
                reached, seen = at, set()
            if digest not in seen:
                new += 1
                seen.add(digest)
                yield Event(body=body, place=Place(time=iso(reached) or "", seen=tuple(sorted(seen))))
        if len(page) < limit:
            return
        limit = _PAGE if new else limit * 2


def _page(marquez: Marquez, after: int, limit: int) -> list[Json]:
    found = marquez.get("events", "lineage", after=iso(after), before=_END_OF_TIME, sortDirection="asc", limit=limit)
    if found is None:
        raise Refused("There is no /api/v1/events/lineage. Is the URL that of a Marquez?", status=404)
    page: list[Json] = found["events"]
    return page


def _without_nulls(value: Any) -> Any:
    """Leave out what a backend gives back as null: it was not sent, or says nothing."""
    if isinstance(value, dict):
        return {k: _without_nulls(v) for k, v in value.items() if v is not None}
    return [_without_nulls(v) for v in value] if isinstance(value, list) else value


def _change(entry: Entry) -> Change:
    method, target, body = entry.request()
    return Change(
        method=method, target=target, body=_with_run_id(entry, target, body).decode("utf-8", "replace"), at=iso(entry.received_at) or ""
    )


def _with_run_id(entry: Entry, target: str, body: bytes) -> bytes:
    """Name a run that was made without an id: elsewhere it would get another one, and what follows would not find it."""
    parts = target.partition("?")[0].split("/")
    if parts[3:4] != ["namespaces"] or parts[5:6] != ["jobs"] or parts[7:] != ["runs"]:
        return body
    said = msgspec.json.decode(body or b"{}")
    job = identities.row_id("job", unquote(parts[4]), unquote(parts[6]))
    return msgspec.json.encode({**said, "id": said.get("id") or identities.row_id("run", job, str(entry.number), str(entry.received_at))})
