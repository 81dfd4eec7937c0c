"""The one who writes: one part at a time, and those who wait for each other share a transaction."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from clew.server.recent import Recent
from clew.server.store.session import Session

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST = 64
"""How many parts share a transaction at most; the first of them waits for the last."""

_CACHE = 32 * 1024
"""KiB of pages that are kept in memory: with a million events, those that each event reads and writes."""

_REMEMBERED = 32 * 1024
"""How many things the writer remembers; a few hundred bytes each."""


class Writer:
    """Writes through one connection.

    Each part is there as a whole or not at all, whatever becomes of the others. While the disk takes the transaction before, more
    parts come to wait; they go into the next one together, and the last of them commits for all. Nobody's part returns before
    that.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        # A checkpoint writes each page once, however often it was written since the last one: 16 MiB of them save most writes.
        connection.execute("PRAGMA wal_autocheckpoint = 4000")
        connection.execute(f"PRAGMA cache_size = -{_CACHE}")
        # Parts that share a transaction can be taken back alone: what for is kept in memory, else a file took more writes than the store.
        connection.execute("PRAGMA temp_store = MEMORY")
        self._connection = connection
        self._remembered: Recent[Any, Any] = Recent(_REMEMBERED)
        self._version = 0
        self._turn = threading.Lock()
        self._counting = threading.Lock()
        self._waiting = 0
        self._open: _Transaction | None = None

    @contextmanager
    def part(self) -> Iterator[Session]:
        """Write a part; when this returns, what was written survives a loss of power."""
        self._take_turn()
        try:
            mine, first = self._open or _Transaction(), self._open is None
            try:
                with self._begun(mine) if first else Session(self._connection, self._remembered).part() as session:
                    yield session
            except BaseException as error:
                self._end(mine, error)
                raise
            self._end(mine)
        finally:
            self._turn.release()
        mine.wait()

    def close(self) -> None:
        """Close the connection when nobody writes."""
        with self._turn:
            self._connection.close()

    def _take_turn(self) -> None:
        with self._counting:
            self._waiting += 1
        self._turn.acquire()
        with self._counting:
            self._waiting -= 1

    @contextmanager
    def _begun(self, mine: _Transaction) -> Iterator[Session]:
        """Begin a transaction and write its first part; where that fails, there is nothing else to lose."""
        self._connection.execute("BEGIN IMMEDIATE")
        (version,) = self._connection.execute("PRAGMA data_version").fetchone()
        if version != self._version:
            # Somebody else has changed the file: another process, or a tool.
            self._remembered.clear()
            self._version = version
        session = Session(self._connection, self._remembered)
        try:
            yield session
            session.settle()
        except BaseException:
            self._roll_back()
            raise
        self._open = mine

    def _end(self, mine: _Transaction, error: BaseException | None = None) -> None:
        """Commit for all, unless somebody waits who can do it as well."""
        if self._open is None:
            return
        mine.parts += 1
        if not self._connection.in_transaction:
            # What went wrong was so bad that SQLite has rolled everything back: a disk that is full, say.
            self._close(error or sqlite3.OperationalError("the transaction was rolled back"))
        elif self._waiting == 0 or mine.parts >= _MOST:
            self._commit()

    def _commit(self) -> None:
        try:
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            self._roll_back()
            self._close(error)
        else:
            self._close(None)

    def _close(self, error: BaseException | None) -> None:
        if self._open is not None:
            self._open.end(error)
            self._open = None

    def _roll_back(self) -> None:
        self._remembered.clear()
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")


class _Transaction:
    """A transaction that parts share, and what became of it."""

    def __init__(self) -> None:
        self.parts = 0
        self._ended = threading.Event()
        self._error: BaseException | None = None

    def end(self, error: BaseException | None) -> None:
        self._error = error
        self._ended.set()

    def wait(self) -> None:
        """Wait until everything is durable.

        Raises:
            sqlite3.Error: it was not to be.
        """
        self._ended.wait()
        if self._error is not None:
            raise type(self._error)(*self._error.args) from self._error
