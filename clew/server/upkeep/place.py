"""A store as its keeper has it: one moment of it beside a server that runs, or the file alone; and what is made beside it."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from clew.errors import StoreBroken, StoreInUse, StoreUnwritable
from clew.server.store import Session, Store, file, lock
from clew.server.store.store import make_private

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """Read a store beside a server that may go on writing.

    Raises:
        StoreError: there is none that this Clew can read.
    """
    _bring_up(_found(path))
    descriptor = lock.share(path)
    try:
        with file.told(path), _reading(path) as connection:
            yield connection
    finally:
        os.close(descriptor)


@contextmanager
def moment(path: Path) -> Iterator[sqlite3.Connection]:
    """Read one moment of a store; a server may go on writing meanwhile.

    Raises:
        StoreError: there is none that this Clew can read.
    """
    with opened(path) as connection:
        connection.execute("BEGIN")
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()  # the moment is that of the first reading
        yield connection


@contextmanager
def alone(path: Path) -> Iterator[sqlite3.Connection]:
    """Have a store alone: everything stands in the one file while this lasts.

    Raises:
        StoreInUse: somebody has it open.
        StoreError: there is none that this Clew can use.
    """
    _bring_up(_found(path))
    with lock.alone(path), file.told(path):
        _fold(path)
        with _reading(path) as connection:
            yield connection


@contextmanager
def aside(path: Path, needed: int) -> Iterator[Path]:
    """Give a place for a file that is made beside a store; what is left there in the end is removed.

    Args:
        path: the file, which must not be there.
        needed: bytes that it will need, about.

    Raises:
        StoreUnwritable: there is no room for it.
    """
    _remove(path)
    try:
        free = shutil.disk_usage(path.parent).free
    except OSError as error:
        raise StoreUnwritable(f"{path.parent} cannot be used: {error.strerror}. Choose another place.") from error
    if free < needed:
        raise StoreUnwritable(
            f"{path.parent} has {free / 1024**2:,.0f} MB of room, and about {needed / 1024**2:,.0f} MB are needed for a while. Make room."
        )
    try:
        yield path
    finally:
        _remove(path)


def scratch(path: Path, born: int) -> sqlite3.Connection:
    """Make an empty store that is not durable yet; `born` is the time of what every store has from the start."""
    make_private(path)
    connection = file.connect(path)
    # A scratch file is whole in the end or thrown away, so nothing waits for the disk meanwhile.
    connection.executescript("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA cache_size = -65536; PRAGMA foreign_keys = ON")
    file.make(connection, born)
    return connection


def put(new: Path, path: Path) -> None:
    """Put a file in the place of a store that is had alone; until the new one is on the disk, the old one is there."""
    _sync(new)
    new.replace(path)
    _sync(path.parent)


def born(connection: sqlite3.Connection) -> int:
    """Return when a store was made, in microseconds since 1970."""
    row = Session(connection).one("namespaces.by_name", name="default")
    return 0 if row is None else int(row["created_at"])


def _found(path: Path) -> Path:
    if not path.is_file():
        raise StoreUnwritable(f"There is no store at {path}. `clew up` makes one; --store FILE names another.")
    return path


def _bring_up(path: Path) -> None:
    """Bring a store of an older Clew up to date, as every opening does; leave any other as it is."""
    with file.told(path), _reading(path) as connection:
        older = connection.execute("PRAGMA user_version").fetchone()[0] < file.version()
    if older:
        Store(path).close()


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None, timeout=10)
    connection.row_factory = sqlite3.Row
    try:
        found = file.recognised(connection, path)
        if found is None:
            raise StoreBroken(f"{path} is empty. `clew up --store {path}` makes a store of it.")
        yield connection
    finally:
        connection.close()


def _fold(path: Path) -> None:
    """Bring what stands in the write-ahead log into the file; SQLite does so only for whoever has the file alone."""
    connection = file.connect(path, wait=0)
    try:
        file.recognised(connection, path)
        connection.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.OperationalError as error:
        if "locked" not in str(error):
            raise
        raise StoreInUse(f"{path} is in use by another program. Close it first.") from error
    finally:
        connection.close()


def _remove(path: Path) -> None:
    for suffix in ("", "-journal", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
