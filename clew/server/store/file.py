"""The file of a store: how it is recognised, made, and brought up to the schema that this Clew knows."""

from __future__ import annotations

import re
import sqlite3
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from clew.errors import StoreBroken, StoreError, StoreUnwritable
from clew.server.store import lock
from clew.server.store.packing import packed
from clew.server.store.sentences import schema
from clew.server.store.session import Session

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

APPLICATION_ID = 0x436C6577
"""`Clew` in SQLite's header: tells our files from others."""

OLDEST_SQLITE = (3, 37)
"""The first SQLite that knows STRICT tables."""

_DEFAULT_NAMESPACE = "The default global namespace for dataset, job, and run metadata not belonging to a user-specified namespace."


@cache
def migrations() -> dict[int, str]:
    """Return the statements that lead from each version of the schema to the next, by the version that they lead to."""
    folder = files(__package__).joinpath("migrations")
    found = folder.iterdir() if folder.is_dir() else ()
    return {int(match[1]): f.read_text(encoding="utf-8") for f in found if (match := re.fullmatch(r"(\d{4})-.+\.sql", f.name))}


def version() -> int:
    """Return the version of the schema, SQLite's user_version."""
    return max(migrations(), default=1)


def connect(path: Path, *, wait: float = 10) -> sqlite3.Connection:
    """Open the file; it is made where it is not there, and recognised by nobody yet."""
    connection = sqlite3.connect(path, isolation_level=None, timeout=wait, check_same_thread=False, cached_statements=512)
    connection.row_factory = sqlite3.Row
    return connection


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Turn what SQLite says of a file into what is to be done.

    Raises:
        StoreUnwritable: the place cannot be written, or has no room.
        StoreBroken: the file is damaged, or is something else.
    """
    try:
        yield
    except sqlite3.OperationalError as error:
        if "full" in str(error):
            raise StoreUnwritable(f"There is no room for {path}: {error}. Make room, then try again; nothing is half-written.") from error
        raise StoreUnwritable(f"{path} cannot be used as a store: {error}. Choose another with --store FILE.") from error
    except sqlite3.DatabaseError as error:
        if type(error) is not sqlite3.DatabaseError:
            raise  # a mistake of ours, not of the file
        raise StoreBroken(f"{path} is damaged or no store of Clew ({error}). Move it away, or choose another with --store.") from error


def prepare(connection: sqlite3.Connection, path: Path, *, shared: int, now: int) -> None:
    """Make the store where the file is empty, bring an older one up to the schema of today, and see that what is written is durable.

    Args:
        connection: to the file.
        path: names the file in errors.
        shared: the lock that the store is shared by.
        now: microseconds since 1970; the time of what every store has from the start.

    Raises:
        StoreBroken: it is a database of something else, or was made by a newer Clew.
        StoreInUse: it must be brought up to date, and somebody else has it open.
        StoreError: the SQLite of this Python is too old.
    """
    found = recognised(connection, path)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    # What is written refers to what was just read or written: to look for each row again took a tenth of an event's time. `check` proves it.
    connection.execute("PRAGMA foreign_keys = OFF")
    if found is None:
        make(connection, now)
    elif found < version():
        with lock.upgraded(path, shared):
            upgrade(connection, found, migrations())


def recognised(connection: sqlite3.Connection, path: Path) -> int | None:
    """Return the version of the store's schema; None where the file is empty.

    Raises:
        StoreBroken: it is a database of something else, or was made by a newer Clew.
        StoreError: the SQLite of this Python is too old.
    """
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise StoreError(f"The backend needs SQLite 3.37 or newer; this Python has {sqlite3.sqlite_version}. Use a newer Python.")
    application, found = (connection.execute(f"PRAGMA {p}").fetchone()[0] for p in ("application_id", "user_version"))
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if not tables:
        return None
    if application != APPLICATION_ID:
        raise StoreBroken(f"{path} is a database of something else. Choose another file with --store.")
    if found > version():
        raise StoreBroken(f"{path} was made by a newer Clew (schema {found}, this one knows {version()}). Upgrade Clew.")
    return int(found)


def make(connection: sqlite3.Connection, now: int) -> None:
    """Make an empty store, with what every Marquez has from the start."""
    connection.executescript(f"BEGIN IMMEDIATE; {schema()}")
    Session(connection).add("namespaces.add", name="default", at=now, owner="anonymous", description=_DEFAULT_NAMESPACE)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {version()}")
    connection.execute("COMMIT")


def upgrade(connection: sqlite3.Connection, found: int, steps: dict[int, str]) -> None:
    """Take the steps above the version that was found, each in a transaction of its own."""
    connection.create_function("packed", 1, packed, deterministic=True)
    for number in sorted(n for n in steps if n > found):
        _step(connection, f"BEGIN IMMEDIATE; {steps[number]}; PRAGMA user_version = {number}; COMMIT")


def _step(connection: sqlite3.Connection, script: str) -> None:
    try:
        connection.executescript(script)
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
