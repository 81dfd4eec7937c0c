"""The outbox of one home: events are appended here, and wait."""

from __future__ import annotations

import os
import threading
import time
import weakref
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import msgspec

from clew import events
from clew.errors import OutboxFull
from clew.outbox import database
from clew.outbox.sql import sql
from clew.outbox.turn import Turn

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

PORTION = 2 * 1024**2
"""Bytes of events that are appended in one transaction, about; so many are in memory at once."""
RESERVE = 0.1
"""Share of the limit that is kept for runs that were accepted before the limit was reached."""
ROW_BYTES = database.PAGE + 512
"""What an event may take on disk beside its body, at most: the unused end of a page, its row, its places in the indexes."""


class Outbox:
    """Events on disk that are not yet delivered. May be shared by threads, and survives a fork."""

    def __init__(self, home: Path, *, limit: int = 1024**3, for_relay: bool = False) -> None:
        self.home = home
        self.file = home / database.FILE
        self.limit = limit
        self._for_relay = for_relay
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._turn: Turn | None = None
        self._inode: tuple[int, int] | None = None
        _opened.add(self)

    def append(self, bodies: Iterable[bytes], *, all_or_none: bool = False) -> int:
        """Append encoded events and return how many there were; they are durable when this returns.

        Args:
            bodies: the events; as many as fit into a portion are one transaction.
            all_or_none: keep none of them where there is no room for all, for somebody who keeps them and comes back.

        Raises:
            OutboxFull: events of new runs were left out, since the limit is reached; all others are in.
            OutboxBroken: the file cannot be used.
            OutboxUnwritable: the place cannot be used, or is full.
        """
        count = left_out = 0
        for portion in [list(bodies)] if all_or_none else _portions(bodies):
            rows = [_row(body, time.time()) for body in portion]
            with self.writing() as connection:
                missing = _insert(connection, rows, self.limit)
                if missing and all_or_none:
                    raise self._full(len(rows), len(rows))
            count += len(rows)
            left_out += missing
            portion.clear()  # the next one is made while this name still holds it
            rows.clear()
        if left_out:
            raise self._full(left_out, count)
        return count

    def _full(self, left_out: int, count: int) -> OutboxFull:
        return OutboxFull(
            f"{self.file} has reached its limit of {self.limit:,} bytes: {left_out} of {count} events were not kept. "
            "`clew outbox` tells why nothing is delivered; CLEW_OUTBOX_LIMIT gives more room."
        )

    def is_empty(self) -> bool:
        """Tell whether nothing waits; what was refused does not count."""
        with self.reading() as connection:
            return not connection.execute(sql("is_waiting")).fetchone()[0]

    def wait_until_empty(self, seconds: float) -> bool:
        """Wait until nothing waits any more, at most for so many seconds; tell whether that came true."""
        deadline = time.monotonic() + seconds
        while not self.is_empty():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        return True

    def ids(self, state: str) -> list[int]:
        """List the events of a state, `waiting` or `refused`."""
        with self.reading() as connection:
            return [seq for (seq,) in connection.execute(sql("seqs"), {"state": state})]

    def retry(self, ids: Sequence[int]) -> int:
        """Let refused events wait again, last in line; return how many there were."""
        with self.writing() as connection:
            return sum(_moved(connection, seq) for seq in ids)

    def drop(self, ids: Sequence[int]) -> int:
        """Forget events for good; return how many there were."""
        with self.writing() as connection:
            return sum(connection.execute(sql("drop"), {"seq": seq}).rowcount for seq in ids)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Hold the file for one transaction that writes."""
        with self.reading() as connection:
            assert self._turn is not None  # noqa: S101  it comes and goes with the connection
            with database.transaction(connection, self._turn):
                yield connection

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Hold the connection; errors of SQLite become ours."""
        with self._lock, database.translated(self.file):
            yield self._connected()

    def close(self) -> None:
        """Close the file; it opens again when it is needed."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            if self._turn is not None:
                self._turn.close()
            self._connection = self._turn = None

    def _connected(self) -> sqlite3.Connection:
        if self._connection is not None and self._inode != _inode(self.file):
            self.close()  # somebody moved the file away: what we would append there, nobody would find
        if self._connection is None:
            self._connection = database.connect(self.home, for_relay=self._for_relay)
            self._turn = Turn(self.home)
            self._inode = _inode(self.file)
        return self._connection


_opened: weakref.WeakSet[Outbox] = weakref.WeakSet()


def _portions(bodies: Iterable[bytes]) -> Iterator[list[bytes]]:
    portion: list[bytes] = []
    size = 0
    for body in bodies:
        portion.append(body)
        size += len(body)
        if size >= PORTION:
            yield portion
            portion, size = [], 0
    if portion:
        yield portion


def _insert(connection: sqlite3.Connection, rows: list[dict[str, Any]], limit: int) -> int:
    """Insert what there is room for; return how many were left out."""
    if database.bytes_used(connection) + sum(map(_size, rows)) <= limit:
        connection.executemany(sql("append"), rows)
        return 0
    return sum(not _insert_one(connection, row, limit) for row in rows)


def _insert_one(connection: sqlite3.Connection, row: dict[str, Any], limit: int) -> bool:
    """Insert an event if the limit leaves room for it, or the reserve where its run was accepted before; tell whether it did."""
    accepted = row["run"] and connection.execute(sql("is_accepted_run"), row).fetchone()[0]
    if database.bytes_used(connection) + _size(row) > limit * (1 + RESERVE if accepted else 1):
        return False
    connection.execute(sql("append"), row)
    return True


def _row(body: bytes, now: float) -> dict[str, Any]:
    """Return an event's row. What is no OpenLineage event is kept, refused from the start, for somebody to look at."""
    row = {"state": "waiting", "reason": "", "appended_at": now, "body": body}
    try:
        head = events.head(body)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        head, row["state"], row["reason"] = events.Head(), "refused", f"no OpenLineage event: {error}"
    namespace, name = head.subject
    return {**row, "type": head.event_type, "run": head.run_id, "namespace": namespace, "name": name, "parent_run": head.parent_run_id}


def _size(row: dict[str, Any]) -> int:
    return len(row["body"]) + ROW_BYTES


def _moved(connection: sqlite3.Connection, seq: int) -> int:
    moved = connection.execute(sql("retry"), {"seq": seq}).rowcount
    if moved:
        connection.execute(sql("drop"), {"seq": seq})
    return moved


def _inode(file: Path) -> tuple[int, int] | None:
    try:
        found = file.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


_forking = threading.Lock()
_held: list[Outbox] = []


def _before_fork() -> None:
    """Close every connection before the process forks.

    SQLite keeps book of its locks per process, in memory that a fork copies while the locks themselves stay with the parent: a child
    that opened the same file would believe to hold what it does not. So no connection is ever open while the process forks.
    """
    _forking.acquire()
    _held.extend(_opened)
    for outbox in _held:
        outbox._lock.acquire()  # noqa: SLF001  an append of another thread ends first
        outbox.close()


def _after_fork() -> None:
    while _held:
        _held.pop()._lock.release()  # noqa: SLF001
    _forking.release()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork)
