"""An open store, shared by threads: one writer, any number of readers."""

from __future__ import annotations

import os
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from clew.errors import StoreError, StoreUnwritable
from clew.server.recent import Recent
from clew.server.store import file, lock
from clew.server.store.session import Session
from clew.server.store.writer import Writer

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from pathlib import Path

    from msgspec import Raw

_SHAPES = 5 * 1024**2 // 2
"""Bytes of how things look, and of what that is made of, that are kept for readers, twice over: a page of a hundred jobs shows 2 MB of runs."""


class Store:
    """An open store.

    Writing goes through one connection; who writes at the same time shares a transaction. Each thread reads through a connection of its own and sees
    one moment of the store per transaction, so readers and the writer never wait for each other.
    """

    def __init__(self, path: Path) -> None:
        """Open the store at `path`, or make it.

        Raises:
            StoreUnwritable: the place cannot be written.
            StoreBroken: the file is damaged, is something else, or was made by a newer Clew.
            StoreInUse: somebody puts another file in its place just now.
            StoreError: the SQLite of this Python is too old.
        """
        self.path = path
        self._writer: Writer | None = None
        self._local = threading.local()
        self._shapes: Recent[str, Raw] = Recent(_SHAPES)
        self._connections: list[sqlite3.Connection] = []
        make_private(path)
        self._shared: int | None = (shared := lock.share(path))
        try:
            with file.told(path):
                connection = self._connect()
                file.prepare(connection, path, shared=shared, now=time.time_ns() // 1000)
                self._writer = Writer(connection)
        except StoreError:
            self.close()
            raise

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Read one moment of the store."""
        connection = self._reader()
        connection.execute("BEGIN")
        try:
            yield Session(connection, shapes=self._shapes)
        finally:
            connection.execute("COMMIT")

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Write in one transaction; when this returns, what was written survives a loss of power."""
        if self._writer is None:
            raise StoreError(f"{self.path} is closed.")
        with self._writer.part() as session:
            yield session

    def close(self) -> None:
        """Close every connection; the store can be opened again."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        for connection in self._connections:
            connection.close()
        self._connections.clear()
        if self._shared is not None:
            os.close(self._shared)
            self._shared = None

    def _reader(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = self._connect()
            connection.execute("PRAGMA query_only = ON")
        return connection

    def _connect(self) -> sqlite3.Connection:
        connection = file.connect(self.path)
        self._connections.append(connection)
        return connection


def make_private(path: Path) -> None:
    """Make an empty file that is its user's alone, unless there is one.

    Raises:
        StoreUnwritable: the place cannot be written.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise StoreUnwritable(f"{path} cannot be written: {error.strerror}. Choose another place with --store FILE.") from error
