"""Derive a store anew: what came in comes in once more, at the times at which it came."""

from __future__ import annotations

import sqlite3
import zlib
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from clew.server.calls import Refusal
from clew.server.dispatch import asked
from clew.server.ingest.events import decode
from clew.server.ingest.record import record
from clew.server.recent import Recent
from clew.server.store import Session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from clew.server.upkeep.log import Entry

_TOGETHER = 1000
"""Entries of one transaction. A scratch file that breaks off is thrown away, so this is about speed alone."""


_REMEMBERED = 100_000
"""Ids of names and contents that are kept in mind."""


class Unfit(Struct, frozen=True, kw_only=True):
    """An entry of the log that does not give what it once gave.

    Attributes:
        number: its place in the log.
        reason: what is wrong with it.
    """

    number: int
    reason: str


def derive(log: Iterable[Entry], into: sqlite3.Connection, *, keep_log: bool, report: Callable[[int], None]) -> list[Unfit]:
    """Derive an empty store from a log; return what could not be derived.

    Args:
        log: what came in, in order of arrival.
        into: a store that was just made.
        keep_log: whether the entries go into its log, too, under the numbers that they have.
        report: is told how many entries are done.
    """
    db, unfit = _Again(into, keep_log=keep_log), []
    into.execute("BEGIN")
    for count, entry in enumerate(log, 1):
        reason = db.take(entry)
        if reason:
            unfit.append(Unfit(number=entry.number, reason=reason))
        if count % _TOGETHER == 0:
            into.execute("COMMIT")
            into.execute("BEGIN")
            report(count)
    into.execute("COMMIT")
    return unfit


class _Again(Session):
    """A session in which what comes in has its place in the log already."""

    def __init__(self, connection: sqlite3.Connection, *, keep_log: bool) -> None:
        super().__init__(connection, Recent(_REMEMBERED))
        self._keep_log = keep_log
        self._entry: Entry | None = None
        self._seen: dict[str, Any] = {}

    def take(self, entry: Entry) -> str:
        """Let an entry come in once more; return what is wrong with it, or an empty text."""
        self._entry, self._seen = entry, {}
        if self._keep_log:
            self.run(
                "log.put",
                id=entry.number,
                received_at=entry.received_at,
                event_time=entry.event_time,
                kind=entry.kind,
                type=entry.type,
                body=entry.packed,
            )
        try:
            with self.part():
                _come_in(self, entry)
        except (Refusal, LookupError, sqlite3.IntegrityError, zlib.error, UnicodeError) as error:
            return f"{type(error).__name__}: {error}" if not isinstance(error, Refusal) else f"refused ({error.status}): {error}"
        return "; ".join(
            f"{name} is {getattr(entry, name)!r} and should be {value!r}"
            for name, value in self._seen.items()
            if getattr(entry, name) != value
        )

    def add(self, sentence: str, **values: Any) -> int:
        """Insert a row and return its id; an entry of the log is there and has its number."""
        if sentence != "events.add" or self._entry is None:
            return super().add(sentence, **values)
        self._seen = {name: values[name] for name in ("kind", "type", "event_time")}
        return self._entry.number


def _come_in(db: Session, entry: Entry) -> None:
    if entry.kind == "CHANGE":
        route, request = asked(*entry.request(), entry.received_at)
        route.handler(db, request)
    else:
        body = entry.body()
        record(db, decode(body), body, received=entry.received_at)
