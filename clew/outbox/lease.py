"""The right to deliver: one owner at a time, for a time. All that a relay reads and writes in the outbox goes through it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from clew import events
from clew.outbox import database, known
from clew.outbox.order import Place
from clew.outbox.sql import sql

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from clew.outbox.outbox import Outbox
    from clew.shaping import Keys, Known

SECONDS = 60.0
"""How long a lease lasts unless it is renewed."""


class LeaseLost(Exception):
    """Another relay delivers now."""


@dataclass(frozen=True, kw_only=True)
class Delivered:
    """The backend has accepted the event.

    Attributes:
        seq: the event.
        keys: what had to be known of it.
        before: what the outbox knew.
        after: what is known now.
    """

    seq: int
    keys: Keys
    before: Known
    after: Known


@dataclass(frozen=True, kw_only=True)
class Postponed:
    """The event will be sent again."""

    seq: int
    attempts: int
    due_at: float
    reason: str


@dataclass(frozen=True, kw_only=True)
class Aside:
    """The event is refused for good."""

    seq: int
    attempts: int
    reason: str


class Lease:
    """A lease on an outbox."""

    def __init__(self, outbox: Outbox, owner: str) -> None:
        self._outbox = outbox
        self.owner = owner
        self.until = 0.0

    def take(self, now: float, predecessor: str = "") -> bool:
        """Take the lease where it is free; tell whether it is ours.

        Args:
            now: seconds since the epoch.
            predecessor: an owner that the lock proves dead, whose lease is void.
        """
        values = {"owner": self.owner, "predecessor": predecessor, "until": now + SECONDS, "now": now}
        with self._outbox.writing() as connection:
            if connection.execute(sql("take_lease"), values).rowcount != 1:
                return False
        self.until = now + SECONDS
        return True

    def give_back(self) -> None:
        """End the lease."""
        with self._outbox.writing() as connection:
            connection.execute(sql("give_lease_back"), {"owner": self.owner})

    def next_places(self, after: int, count: int) -> list[Place]:
        """Read the next waiting events, as the order needs them."""
        with self._outbox.reading() as connection:
            return [_place(row) for row in connection.execute(sql("heads"), {"after": after, "count": count})]

    def event(self, seq: int) -> tuple[bytes, int] | None:
        """Read an event's body and its attempts; None when somebody dropped it."""
        with self._outbox.reading() as connection:
            row: tuple[bytes, int] | None = connection.execute(sql("event"), {"seq": seq}).fetchone()
        return row

    def known(self, keys: Keys) -> Known:
        """Read what is known under an event's keys."""
        with self._outbox.reading() as connection:
            return known.read(connection, keys)

    def settle(self, outcomes: Sequence[Delivered | Postponed | Aside], now: float) -> None:
        """Write down what became of events, in one transaction, and renew the lease.

        Raises:
            LeaseLost: nothing was written, since another relay delivers now.
        """
        with self._outbox.writing() as connection:
            if connection.execute(sql("renew_lease"), {"owner": self.owner, "until": now + SECONDS}).rowcount != 1:
                raise LeaseLost
            for outcome in outcomes:
                _settle_one(connection, outcome, now)
            delivered = sum(isinstance(outcome, Delivered) for outcome in outcomes)
            connection.execute(sql("count_delivered"), {"count": delivered})
        self.until = now + SECONDS

    def note_trouble(self, reason: str, since: float) -> None:
        """Remember for people why nothing is accepted, and since when."""
        with self._outbox.writing() as connection:
            connection.execute(sql("note_trouble"), {"trouble": reason, "since": since})

    def tidy(self, now: float) -> None:
        """Forget what was not heard of for long."""
        with self._outbox.writing() as connection:
            known.forget(connection, self._outbox.limit, now)

    def is_crowded(self) -> bool:
        """Tell whether the file is more than half full."""
        with self._outbox.reading() as connection:
            return database.bytes_used(connection) > self._outbox.limit / 2

    def shrink(self) -> None:
        """Give empty pages back to the disk, a few at a time, so that no append has to wait for long."""
        with self._outbox.reading() as connection:
            while connection.execute("PRAGMA freelist_count").fetchone()[0] > _PAGES_KEPT:
                connection.execute(f"PRAGMA incremental_vacuum({_PAGES_AT_ONCE})").fetchall()


def _place(row: tuple[int, str, str, str, str, str, float, bytes]) -> Place:
    seq, kind, run, namespace, name, parent_run, due_at, body = row
    reads, writes = events.read_and_written(body)
    return Place(seq=seq, type=kind, run=run, job=(namespace, name), parent_run=parent_run, reads=reads, writes=writes, due_at=due_at)


_PAGES_KEPT = 512
_PAGES_AT_ONCE = 256


def _settle_one(connection: sqlite3.Connection, outcome: Delivered | Postponed | Aside, now: float) -> None:
    if isinstance(outcome, Delivered):
        connection.execute(sql("delivered"), {"seq": outcome.seq})
        known.store(connection, outcome.keys, outcome.before, outcome.after, now)
    elif isinstance(outcome, Postponed):
        values = {"seq": outcome.seq, "attempts": outcome.attempts, "due_at": outcome.due_at, "reason": outcome.reason}
        connection.execute(sql("postpone"), values)
    else:
        connection.execute(sql("refuse"), {"seq": outcome.seq, "attempts": outcome.attempts, "reason": outcome.reason})
