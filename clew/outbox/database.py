"""The file of the outbox: made whole or not at all, opened durable, shared only by versions that understand it."""

from __future__ import annotations

import os
import secrets
import shutil
import sqlite3
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING

from clew.errors import NoRoom, OutboxBroken, OutboxError, OutboxUnwritable
from clew.outbox import place
from clew.outbox.sql import sql

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from clew.outbox.turn import Turn

FILE = "outbox.db"
APPLICATION = 0x434C4557
"""`CLEW`, SQLite's `application_id`: tells an outbox from a database of somebody else."""
SCHEMA = 1
"""Schema that this version writes (SQLite's `user_version`)."""
SHARED_FROM = 1
"""Oldest schema whose versions of Clew may use a file of this schema at the same time."""

BUSY_SECONDS = 10.0
"""How long to wait for other writers. An append takes milliseconds, one of 10,000 events about a second."""
PAGE = 8192
"""Bytes of a page of a new file: with the usual 4096 a large project takes twice the calls to write, and one event no fewer."""
RELAY_LOG_PAGES, LOG_PAGES = 250, 2000
"""Pages of the write-ahead log at which a relay, or an append where no relay runs, moves them into the file."""


def connect(home: Path, *, for_relay: bool = False) -> sqlite3.Connection:
    """Open the outbox of a home; make it where there is none.

    Args:
        home: folder of the outbox.
        for_relay: what a relay forgets when the power fails it delivers again, so its commits need not wait for the disk; it moves
            the write-ahead log into the file early, so that no append has to; and it never makes an outbox that somebody removed.

    Raises:
        OutboxUnwritable: the folder cannot be used.
        OutboxBroken: the file cannot be used.
    """
    file = home / FILE
    if not for_relay:
        place.prepare(home)
    elif not file.exists():
        raise OutboxUnwritable(f"{file} is gone; what waited in it is not delivered. The next event makes a new one.")
    with translated(file):
        if not for_relay and not file.exists():
            _create(file)
        connection = _open(file)
        try:
            _check_version(connection, file)
            connection.execute(f"PRAGMA synchronous = {'NORMAL' if for_relay else 'FULL'}")
            connection.execute(f"PRAGMA wal_autocheckpoint = {RELAY_LOG_PAGES if for_relay else LOG_PAGES}")
            connection.execute(f"PRAGMA journal_size_limit = {16 * 1024**2}")
        except BaseException:
            connection.close()
            raise
    return connection


@contextmanager
def translated(file: Path) -> Iterator[None]:
    """Turn SQLite's errors into ours, which name the file and the next step."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise _ours(file, error) from error


@contextmanager
def transaction(connection: sqlite3.Connection, turn: Turn) -> Iterator[None]:
    """Write in one transaction, which starts as a writer: a reader that turns writer could not wait for others."""
    connection.execute("PRAGMA busy_timeout = 0")
    if not turn.take(lambda: _begun(connection), BUSY_SECONDS):
        raise sqlite3.OperationalError("database is locked")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    finally:
        connection.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000:.0f}")


def _begun(connection: sqlite3.Connection) -> bool:
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            return False
        raise
    return True


def bytes_used(connection: sqlite3.Connection) -> int:
    """Return the bytes of the file that hold something."""
    pages, free, size = (connection.execute(f"PRAGMA {what}").fetchone()[0] for what in ("page_count", "freelist_count", "page_size"))
    return int((pages - free) * size)


def _open(file: Path) -> sqlite3.Connection:
    # check_same_thread: an Outbox has a lock of its own. uri with mode=rw: never make an empty file by accident.
    return sqlite3.connect(f"{file.as_uri()}?mode=rw", uri=True, isolation_level=None, timeout=BUSY_SECONDS, check_same_thread=False)


def _create(file: Path) -> None:
    """Make the file aside and link it into place, so that nobody ever meets half an outbox and the first one wins."""
    scratch = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    os.close(os.open(scratch, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        with closing(_open(scratch)) as connection:
            connection.execute(f"PRAGMA page_size = {PAGE}")
            connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
            connection.executescript("BEGIN;" + sql("create"))  # one transaction: each that is alone waits for the disk four times
            connection.execute("INSERT INTO meta VALUES ('shared_from', ?)", (SHARED_FROM,))
            connection.execute(f"PRAGMA application_id = {APPLICATION}")
            connection.execute(f"PRAGMA user_version = {SCHEMA}")
            connection.execute("COMMIT")
            connection.execute("PRAGMA journal_mode = WAL")
        with suppress(FileExistsError):
            os.link(scratch, file)
    finally:
        scratch.unlink()
    _sync_folder(file.parent)


def _sync_folder(folder: Path) -> None:
    """Make the name of a new file durable; its content alone would not survive the loss of power."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _check_version(connection: sqlite3.Connection, file: Path) -> None:
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    if application != APPLICATION:
        raise OutboxBroken(f"{file} is a database, but no outbox. Move it away, or set CLEW_HOME to another folder.")
    schema = connection.execute("PRAGMA user_version").fetchone()[0]
    if schema == SCHEMA:
        return
    shared_from = connection.execute("SELECT value FROM meta WHERE key = 'shared_from'").fetchone()[0]
    if shared_from > SCHEMA:
        raise OutboxBroken(
            f"{file} was made by a newer Clew (its schema is {schema}, this version knows {SCHEMA}). "
            "Update Clew here, or give it a CLEW_HOME of its own."
        )


_REASONS: tuple[tuple[tuple[str, ...], type[OutboxError], str], ...] = (
    (("malformed", "not a database"), OutboxBroken, "is damaged. Stop what uses it, move it away (a new one is made), and keep it for repair"),
    (("no such table", "no such column"), OutboxBroken, "is no outbox of this version. Move it away, or set CLEW_HOME to another folder"),
    (("disk is full", "No space left", "quota"), NoRoom, "could not grow: the disk is full. Make room, or set CLEW_HOME to another disk"),
    (("readonly", "Read-only", "unable to open", "Permission denied", "not permitted"), OutboxUnwritable, "cannot be written. Mend its permissions, or set CLEW_HOME to a folder that can be"),
    (("locked", "busy"), OutboxUnwritable, f"was in use by another process for more than {BUSY_SECONDS:.0f} seconds"),
)  # fmt: skip


_LEAST_ROOM = 64 * 1024
"""Bytes; where SQLite does not get the half of them for its index of the log, it speaks of an I/O error."""


def _is_full(folder: Path) -> bool:
    try:
        return shutil.disk_usage(folder).free < _LEAST_ROOM
    except OSError:
        return False


def _ours(file: Path, error: Exception) -> OutboxError:
    text = str(error)
    if "disk I/O" in text and _is_full(file.parent):
        text += ": No space left on device"
    for parts, kind, what in _REASONS:
        if any(part in text for part in parts):
            return kind(f"{file} {what} ({text}).")
    return OutboxUnwritable(f"{file} could not be used ({text}). See whether its disk is well, or set CLEW_HOME to another one.")
