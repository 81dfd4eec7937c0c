"""Derive a store anew from its log, aside, and put it in the place of the old one; or write it anew without what was freed."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from msgspec import Struct

from clew.errors import StoreBroken
from clew.server.store import Session
from clew.server.upkeep import log, place
from clew.server.upkeep.derive import Unfit, derive

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Container
    from pathlib import Path

    Report = Callable[[str, int, int], None]


class Rebuilt(Struct, frozen=True, kw_only=True):
    """What became of a store.

    Attributes:
        entries: how many events and changes its log has now.
        unfit: those of them that nothing could be derived from.
        bytes_before: how large the file was.
        bytes_after: how large it is.
    """

    entries: int
    unfit: list[Unfit]
    bytes_before: int
    bytes_after: int


def rebuild(path: Path, report: Report = lambda *_: None) -> Rebuilt:
    """Derive a store anew. Whenever this breaks off, the file is the old one or the new one, whole.

    Raises:
        StoreInUse: a server has it open.
        StoreUnwritable: there is no room for a second one.
        StoreBroken: what came of it is damaged; the old one stays.
    """
    with place.alone(path) as old:
        return anew(path, old, None, report)


def anew(path: Path, old: sqlite3.Connection, dropped: Container[int] | None, report: Report) -> Rebuilt:
    """Derive a store that is had alone from its log without the entries that are `dropped`."""
    db, before = Session(old), path.stat().st_size
    entries = log.size(db)
    kept = (e for e in log.entries(db) if dropped is None or e.number not in dropped)
    with place.aside(path.with_name(f".{path.name}.anew"), before) as new:
        with closing(place.scratch(new, place.born(old))) as connection:
            unfit = derive(kept, connection, keep_log=True, report=lambda done: report("deriving", done, entries))
            if dropped is not None:  # a change whose subject is gone goes with it
                Session(connection).run_many("log.drop", [{"id": each.number} for each in unfit])
            left = log.size(Session(connection))
            _sound(connection, path)
        after = new.stat().st_size
        place.put(new, path)
    return Rebuilt(entries=left, unfit=unfit, bytes_before=before, bytes_after=after)


def vacuum(path: Path, report: Report = lambda *_: None) -> tuple[int, int]:
    """Write a store anew without the pages that are free; return its bytes before and after.

    Raises:
        StoreInUse: a server has it open.
        StoreUnwritable: there is no room for a second one.
    """
    with place.alone(path) as old:
        report("writing", 0, 0)
        before = path.stat().st_size
        with place.aside(path.with_name(f".{path.name}.anew"), before) as new:
            old.execute("VACUUM INTO ?", (str(new),))
            new.chmod(0o600)
            after = new.stat().st_size
            place.put(new, path)
    return before, after


def _sound(connection: sqlite3.Connection, path: Path) -> None:
    said = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if said != "ok":
        raise StoreBroken(f"What was derived from {path} is damaged ({said}); the old file stays as it was. Is the disk in order?")
