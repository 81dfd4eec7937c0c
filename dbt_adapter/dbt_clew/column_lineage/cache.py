"""Lineage that was found before, on disk: by the content that it was found from, so nothing in it can be out of date."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import time
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

import msgspec

from dbt_clew.column_lineage.lineage import Lineage

if TYPE_CHECKING:
    from pathlib import Path

    from typing_extensions import Self

    from dbt_clew.column_lineage.lineage import Table

FILE = "column_lineage.db"
_RULES = "2"
"""Of our own rules; raised with every change of what is found."""
_LARGEST = 64 * 1024 * 1024
"""Bytes that the file may take; above it the entries that were not used for longest are forgotten."""
_DAY = 86_400

_SCHEMA = """
create table if not exists lineage (
    key blob primary key,
    found blob not null,
    used_on integer not null  -- day since 1970
) without rowid
"""
_FIND = "select found, used_on from lineage where key = ?"
_KEEP = "insert or replace into lineage (key, found, used_on) values (?, ?, ?)"
_USED = "update lineage set used_on = ? where key = ?"
_FORGET = "delete from lineage where key in (select key from lineage order by used_on limit (select count(*) / 2 from lineage))"

_decoder = msgspec.msgpack.Decoder(Lineage | str)
_encoder = msgspec.msgpack.Encoder()


def key(sql: str, dialect: str, tables: tuple[Table, ...]) -> bytes:
    """Return what lineage is kept under: all that it depends on."""
    content = _encoder.encode((_RULES, _reader(), dialect, sql, tables))
    return hashlib.blake2b(content, digest_size=20).digest()


def _reader() -> str:
    global _version  # noqa: PLW0603  asked for once, since it is read from disk
    if _version is None:
        try:
            _version = version("sqlglot")
        except PackageNotFoundError:
            _version = ""
    return _version


_version: str | None = None


class Cache:
    """A file of lineage. Whatever is wrong with it, it is as if it were empty.

    Any number of processes may use it at the same time. What one of them cannot write because another does is not kept. It makes no
    home: where there is none yet, nothing is kept.
    """

    def __init__(self, home: Path) -> None:
        self._file = home / FILE
        self._database: sqlite3.Connection | None = None
        self._today = int(time.time() // _DAY)
        self._kept: dict[bytes, bytes] = {}
        self._used: list[bytes] = []

    def __enter__(self) -> Self:
        """Open the file."""
        with suppress(OSError, sqlite3.Error):
            self._database = self._opened()
        return self

    def __exit__(self, *_: object) -> None:
        """Write what is to be remembered, and let go of the file."""
        self._save()
        if self._database is not None:
            self._database.close()
            self._database = None

    def _opened(self) -> sqlite3.Connection:
        os.close(os.open(self._file, os.O_RDWR | os.O_CREAT, 0o600))
        try:
            return _connect(self._file)
        except sqlite3.DatabaseError as error:
            if "not a database" not in str(error) and "malformed" not in str(error):
                raise
            self._file.unlink()
            os.close(os.open(self._file, os.O_RDWR | os.O_CREAT, 0o600))
            return _connect(self._file)

    def find(self, key: bytes) -> Lineage | str | None:
        """Return what was found before: lineage, or why there is none; None where nothing is known, or the file is not open."""
        if self._database is None:
            return None
        try:
            row = self._database.execute(_FIND, (key,)).fetchone()
            found = _decoder.decode(row[0]) if row else None
        except (sqlite3.Error, msgspec.DecodeError):
            return None
        if row and row[1] != self._today:
            self._used.append(key)
        return found

    def keep(self, key: bytes, found: Lineage | str) -> None:
        """Remember what was found, or why nothing was; on disk when the file is let go."""
        self._kept[key] = _encoder.encode(found)

    def _save(self) -> None:
        if self._database is None or not (self._kept or self._used):
            return
        with suppress(sqlite3.Error), self._database:
            self._database.executemany(_KEEP, [(key, found, self._today) for key, found in self._kept.items()])
            self._database.executemany(_USED, [(self._today, key) for key in self._used])
            self._forget()
        self._kept, self._used = {}, []

    def _forget(self) -> None:
        assert self._database is not None  # noqa: S101  _save() asked
        (pages,), (free,), (size,) = (
            self._database.execute(f"pragma {name}").fetchone() for name in ("page_count", "freelist_count", "page_size")
        )
        if (pages - free) * size > _LARGEST:
            self._database.execute(_FORGET)


def _connect(file: Path) -> sqlite3.Connection:
    database = sqlite3.connect(file, timeout=1.0, check_same_thread=False)
    try:
        database.execute("pragma journal_mode = wal")
        database.execute("pragma synchronous = off")  # what a power cut takes is found again
        database.execute(_SCHEMA)
    except sqlite3.Error:
        database.close()
        raise
    return database
