"""The file of the store: how it is made, recognised, opened and shared by threads."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from clew.errors import StoreBroken, StoreError, StoreUnwritable
from clew.server.store.sentences import schema
from clew.server.store.session import Session

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

APPLICATION_ID = 0x436C6577
"""`Clew` in SQLite's header: tells our files from others."""

VERSION = 1
"""The version of the schema, SQLite's user_version."""


OLDEST_SQLITE = (3, 37)
"""The first SQLite that knows STRICT tables."""

_DEFAULT_NAMESPACE = "The default global namespace for dataset, job, and run metadata not belonging to a user-specified namespace."


class Store:
    """An open store.

    Writing goes through one connection, one transaction at a time. Each thread reads through a connection of its own and sees
    one moment of the store per transaction, so readers and the writer never wait for each other.
    """

    def __init__(self, path: Path) -> None:
        """Open the store at `path`, or make it.

        Raises:
            StoreUnwritable: the place cannot be written.
            StoreBroken: the file is damaged, is something else, or was made by a newer Clew.
            StoreError: the SQLite of this Python is too old.
        """
        if sqlite3.sqlite_version_info < OLDEST_SQLITE:
            raise StoreError(f"The backend needs SQLite 3.37 or newer; this Python has {sqlite3.sqlite_version}. Use a newer Python.")
        self.path = path
        self._lock = threading.Lock()
        self._local = threading.local()
        self._connections: list[sqlite3.Connection] = []
        _make_private(path)
        try:
            self._writer = self._connect()
            _prepare(self._writer, path)
        except sqlite3.OperationalError as error:
            self.close()
            raise StoreUnwritable(f"{path} cannot be used as a store: {error}. Choose another with --store FILE.") from error
        except sqlite3.DatabaseError as error:
            self.close()
            raise StoreBroken(f"{path} is damaged or no store of Clew ({error}). Move it away, or choose another with --store.") from error
        except StoreBroken:
            self.close()
            raise

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Read one moment of the store."""
        connection = self._reader()
        connection.execute("BEGIN")
        try:
            yield Session(connection)
        finally:
            connection.execute("COMMIT")

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Write in one transaction; when this returns, what was written survives a loss of power."""
        with self._lock:
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield Session(self._writer)
                self._writer.execute("COMMIT")
            except BaseException:
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """Close every connection; the store can be opened again."""
        with self._lock:
            for connection in self._connections:
                connection.close()
            self._connections.clear()

    def _reader(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = self._connect()
            connection.execute("PRAGMA query_only = ON")
        return connection

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, isolation_level=None, timeout=10, check_same_thread=False, cached_statements=512)
        self._connections.append(connection)
        connection.row_factory = sqlite3.Row
        return connection


def _make_private(path: Path) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise StoreUnwritable(f"{path} cannot be written: {error.strerror}. Choose another place with --store FILE.") from error


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if tables and application != APPLICATION_ID:
        raise StoreBroken(f"{path} is a database of something else. Choose another file with --store.")
    if version > VERSION:
        raise StoreBroken(f"{path} was made by a newer Clew (schema {version}, this one knows {VERSION}). Upgrade Clew.")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    if not tables:
        _make(connection)


def _make(connection: sqlite3.Connection) -> None:
    connection.executescript(f"BEGIN IMMEDIATE; {schema()}")
    now = time.time_ns() // 1000
    Session(connection).add("namespaces.add", name="default", at=now, owner="anonymous", description=_DEFAULT_NAMESPACE)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {VERSION}")
    connection.execute("COMMIT")
