"""Prove that a store follows from its log: derive it anew in a scratch file, and compare table by table, row by row."""

from __future__ import annotations

import sqlite3
import zlib
from contextlib import closing
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from clew.server.store import Session
from clew.server.store.packing import unpacked
from clew.server.upkeep import log, place
from clew.server.upkeep.derive import Unfit, derive

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    Report = Callable[[str, int, int], None]

_EXAMPLES = 5
"""Rows of a table that are shown."""
_BESIDE = frozenset({"event", "last_edges"})
"""The log itself, and what only saves work: nothing shows it, and a store that an older Clew made lacks it."""


class Difference(Struct, frozen=True, kw_only=True):
    """A row that is not what the log says.

    Attributes:
        key: what names the row.
        stored: columns as they are in the store; None where there is no such row.
        derived: columns as they should be; None where there should be no such row.
    """

    key: dict[str, Any]
    stored: dict[str, Any] | None = None
    derived: dict[str, Any] | None = None


class Compared(Struct, kw_only=True):
    """A table, and what differs in it; `examples` are the first few of its differences."""

    rows: int = 0
    differences: int = 0
    examples: list[Difference] = field(default_factory=list)


class Findings(Struct, frozen=True, kw_only=True):
    """What a check has found.

    Attributes:
        entries: how many events and changes the log has.
        damage: what SQLite says of the file; empty where it is sound.
        unfit: entries of the log that give no more what they once gave.
        tables: every derived table that was compared.
    """

    entries: int
    damage: list[str]
    unfit: list[Unfit]
    tables: dict[str, Compared]

    @property
    def clean(self) -> bool:
        """Whether all is as it should be."""
        return not self.damage and not self.unfit and not any(t.differences for t in self.tables.values())


def check(path: Path, *, scratch: Path | None = None, report: Report = lambda *_: None) -> Findings:
    """Check a store, at one moment of it; a server may go on writing meanwhile.

    Args:
        path: the store.
        scratch: folder for the scratch file, which grows nearly as large as the store; the store's own unless told otherwise.
        report: is told what is being done, how much of it is done, and how much there is.

    Raises:
        StoreError: there is no store, or one that cannot be read at all.
    """
    beside = (scratch or path.parent) / f".{path.name}.check"
    with place.moment(path) as live:
        damage = _damage(live, report)
        with place.aside(beside, path.stat().st_size), closing(place.scratch(beside, place.born(live))) as derived:
            try:
                db = Session(live)
                entries = log.size(db)
                unfit = derive(log.entries(db), derived, keep_log=False, report=lambda done: report("deriving", done, entries))
                tables = {name: _compared(name, live, derived, report) for name in _tables(derived) if name not in _BESIDE}
            except sqlite3.DatabaseError as error:
                if not damage:
                    raise
                return Findings(entries=0, damage=[*damage, str(error)], unfit=[], tables={})
    return Findings(entries=entries, damage=damage, unfit=unfit, tables=tables)


def _damage(live: sqlite3.Connection, report: Report) -> list[str]:
    report("looking for damage", 0, 0)
    try:
        said = [row[0] for row in live.execute("PRAGMA integrity_check")]
        torn = [f"{table}: row {row} points to no {parent}" for table, row, parent, _ in live.execute("PRAGMA foreign_key_check")]
    except sqlite3.DatabaseError as error:
        return [str(error)]
    return [line for line in said if line != "ok"] + torn


def _tables(connection: sqlite3.Connection) -> list[str]:
    rows = connection.execute("PRAGMA table_list").fetchall()
    return sorted(r["name"] for r in rows if r["schema"] == "main" and r["type"] == "table" and not r["name"].startswith("sqlite_"))


def _compared(table: str, live: sqlite3.Connection, derived: sqlite3.Connection, report: Report) -> Compared:
    report(f"comparing {table}", 0, 0)
    columns = derived.execute(f"PRAGMA table_info({table})").fetchall()
    key = [c["name"] for c in sorted((c for c in columns if c["pk"]), key=lambda c: c["pk"])]
    others = [c["name"] for c in columns if not c["pk"]]
    found = Compared()
    for stored, should in _paired(*(_rows(c, table, key, others) for c in (live, derived)), width=len(key)):
        found.rows += stored is not None
        if stored != should and _plain(stored) != _plain(should):
            found.differences += 1
            if len(found.examples) < _EXAMPLES:
                found.examples.append(_difference(key, others, stored, should))
    return found


def _rows(connection: sqlite3.Connection, table: str, key: Sequence[str], others: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    order = ", ".join(key)
    for row in connection.execute(f"SELECT {', '.join((*key, *others))} FROM {table} ORDER BY {order}"):  # noqa: S608  our own tables
        yield tuple(row)


def _paired(
    left: Iterator[tuple[Any, ...]], right: Iterator[tuple[Any, ...]], *, width: int
) -> Iterator[tuple[tuple[Any, ...] | None, tuple[Any, ...] | None]]:
    """Pair the rows of two ordered tables by the first `width` columns; None stands for a row that only the other has."""
    a, b = next(left, None), next(right, None)
    while a is not None or b is not None:
        if b is None or (a is not None and a[:width] < b[:width]):
            yield a, None
            a = next(left, None)
        elif a is None or b[:width] < a[:width]:
            yield None, b
            b = next(right, None)
        else:
            yield a, b
            a, b = next(left, None), next(right, None)


def _plain(row: tuple[Any, ...] | None) -> tuple[Any, ...] | None:
    """Unpack what a row holds: two versions of zlib may deflate the same to other bytes."""
    return row and tuple(map(_unpacked, row))


def _unpacked(value: Any) -> Any:
    try:
        return unpacked(value) if isinstance(value, bytes) else value
    except zlib.error:
        return value


def _difference(key: Sequence[str], others: Sequence[str], stored: tuple[Any, ...] | None, should: tuple[Any, ...] | None) -> Difference:
    row = stored or should or ()
    names = dict(zip(key, map(_shown, row), strict=False))
    if stored is None or should is None:
        values = dict(zip(others, map(_shown, row[len(key) :]), strict=True))
        return Difference(key=names, stored=values if stored else None, derived=values if should else None)
    pairs = [(n, a, b) for n, a, b in zip(others, stored[len(key) :], should[len(key) :], strict=True) if a != b]
    return Difference(key=names, stored={n: _shown(a) for n, a, _ in pairs}, derived={n: _shown(b) for n, _, b in pairs})


def _shown(value: Any) -> Any:
    value = _unpacked(value)
    if not isinstance(value, bytes):
        return value
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.hex()
