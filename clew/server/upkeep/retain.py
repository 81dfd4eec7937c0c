"""Let go what is old, and nothing that the questions about change need.

What is dropped are entries of the log: all events of a run, or none. The rest of the store is derived anew from those that are left,
so that it follows from its log as before. Runs are kept for these reasons:

- they are young; or the last success, the last failure, or the latest run of their job, or the one that its edges come from;
- they wrote what one of those has read;
- they are the parent of one that is kept;
- they wrote what is current of a dataset that is kept, or what a kept run would else be shown to have read in an older version;
- a change that somebody made through the API needs them: such changes are kept, and must find what they were made to.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from msgspec import Struct

from clew.server.store import Session
from clew.server.store.sentences import named
from clew.server.upkeep import log, place
from clew.server.upkeep.rebuild import Rebuilt, anew
from clew.server.upkeep.subjects import Asked, Key, asked_of, run_of, subject, subjects_of

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from clew.server.upkeep.log import Entry

    Report = Callable[[str, int, int], None]

_CORE = ("last_of_each_job", "shown_by_each_job")
_ONCE = ("edges_of_each_job", "writers_of_what_was_read")
_GROWING = (
    "parents",
    "writers_of_what_is_current",
    "writers_that_an_older_one_would_stand_for",
    "writers_that_a_starting_one_would_stand_for",
)


class Retained(Struct, frozen=True, kw_only=True):
    """What is let go, or would be.

    Attributes:
        entries: events and changes before.
        dropped: those of them that go.
        runs: runs before.
        runs_kept: those that stay.
        rebuilt: what became of the store; None where nothing was done.
    """

    entries: int
    dropped: int
    runs: int
    runs_kept: int
    rebuilt: Rebuilt | None = None


def retain(path: Path, before: int, *, dry_run: bool = False, report: Report = lambda *_: None) -> Retained:
    """Drop what is older than a time, in microseconds since 1970, and derive the store anew from the rest.

    Raises:
        StoreInUse: a server has it open; a dry run does not mind.
        StoreUnwritable: there is no room for a second file.
    """
    with place.moment(path) if dry_run else place.alone(path) as old:
        choice = _Choice(old, before, report)
        dropped = choice.dropped()
        kept, runs = choice.runs()
        found = {"entries": choice.entries, "dropped": len(dropped), "runs": runs, "runs_kept": kept}
        return Retained(**found, rebuilt=None if dry_run or not dropped else anew(path, old, dropped, report))


class _Choice:
    """What is kept of a store."""

    def __init__(self, old: sqlite3.Connection, before: int, report: Report) -> None:
        self._old, self._before, self._report = old, before, report
        self._db = Session(old)
        self.entries = log.size(self._db)
        self._needs: set[int] = set()

    def dropped(self) -> set[int]:
        """Return the entries that go."""
        changes = self._read()
        self._run("recent", before=self._before)
        for name in _CORE:
            self._run(name)
        for uuid in self._needed_by(changes):
            self._run("one", uuid=uuid)
        for name in _ONCE:
            self._run(name)
        while any(self._run(name) for name in _GROWING):
            self._report("choosing runs", self.runs()[0], 0)
        return {row["number"] for row in self._old.execute(_sentences()["going"])} | set(self._descriptions_that_go())

    def runs(self) -> tuple[int, int]:
        """Return how many runs are kept, and how many there are."""
        kept, runs = self._old.execute(_sentences()["count"]).fetchone()
        return kept, runs

    def _run(self, name: str, **values: object) -> int:
        return self._old.execute(_sentences()[name], values).rowcount

    def _read(self) -> dict[int, Asked]:
        """Read the whole log once: which run each entry is about, and what changes are tied to."""
        for table in ("keep", "entry", "arrival"):
            self._run(table)
        changes: dict[int, Asked] = {}
        for entry in self._entries("reading the log"):
            if entry.kind == "CHANGE":
                changes[entry.number] = asked_of(entry)
            run = changes[entry.number].makes if entry.kind == "CHANGE" else run_of(entry) if entry.kind == "RUN" else None
            if run:
                self._run("put_entry", number=entry.number, uuid=run, completes=_completes(entry, run))
        self._run("put_arrivals")
        return changes

    def _needed_by(self, changes: dict[int, Asked]) -> set[str]:
        """Return the runs that changes need: those that spoke last of what a change is made to, and first of what it hid."""
        ties, runs = _Ties(changes), {a.names for a in changes.values() if a.names}
        if not ties:
            return runs
        for entry in self._entries("reading what changes need"):
            if entry.kind == "CHANGE":
                found = ties.change(changes[entry.number])
            else:
                run = run_of(entry) if entry.kind == "RUN" else None
                found = ties.event(entry.number, run, subjects_of(entry, self._job_of(run)))
            runs |= {run for _, run in found if run}
            self._needs |= {number for number, run in found if not run}
        return runs

    def _job_of(self, run: str | None) -> tuple[str, str] | None:
        row = run and self._old.execute(_sentences()["job_of_run"], {"uuid": run}).fetchone()
        return (row["namespace"], row["name"]) if row else None

    def _descriptions_that_go(self) -> Iterator[int]:
        """Give the older events without a run that go: of each thing, the last one stays."""
        last: dict[Key, int] = {}
        for row in self._old.execute(_sentences()["descriptions"]).fetchall():
            entry = log.one(self._db, row["id"])
            key = subject(entry)
            if key in last:
                yield last.pop(key)
            if entry.event_time < self._before and entry.number not in self._needs:
                last[key] = entry.number

    def _entries(self, what: str) -> Iterator[Entry]:
        for count, entry in enumerate(log.entries(self._db), 1):
            self._report(what, count, self.entries)
            yield entry


def _completes(entry: Entry, run: str) -> bool:
    if entry.kind == "CHANGE":
        return entry.request()[1].partition("?")[0].endswith(f"{run}/complete")
    return (entry.type or "").upper() == "COMPLETE"


class _Ties:
    """Follows the log and finds what ties changes to events."""

    def __init__(self, changes: dict[int, Asked]) -> None:
        self._needed = {key for a in changes.values() for key in a.needs}
        self._hides = any(a.hides for a in changes.values())
        self._given: dict[Key, tuple[int, str | None]] = {}
        self._hidden: dict[Key, set[Key]] = {}

    def __bool__(self) -> bool:
        return bool(self._needed) or self._hides

    def event(self, number: int, run: str | None, subjects: frozenset[Key]) -> set[tuple[int, str | None]]:
        """Take note of an event; return it where it is the first to show again what was hidden."""
        shows = False
        for key in subjects:
            if key in self._needed:
                self._given[key] = number, run
            for hidden, seen in self._hidden.items():
                if key not in seen and hidden[1:] == key[1 : len(hidden)] and key[0] in {"dataset", "job", "namespace"}:
                    seen.add(key)
                    shows = True
        return {(number, run)} if shows else set()

    def change(self, asked: Asked) -> set[tuple[int, str | None]]:
        """Take note of a change; return the events that it needs."""
        if asked.hides:
            self._hidden[asked.hides] = set()
        return {self._given[key] for key in asked.needs if key in self._given}


@cache
def _sentences() -> dict[str, str]:
    return named(files(__package__).joinpath("retain.sql").read_text(encoding="utf-8"))
