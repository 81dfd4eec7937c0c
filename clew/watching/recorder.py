"""What is kept of what was seen: each thing once, and never more than a bound."""

from __future__ import annotations

from threading import RLock
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from clew.guard import guard
from clew.sql.statements import LONG, LONGEST, compacted
from clew.watching.seen import Later, Seen, Statement

if TYPE_CHECKING:
    from collections.abc import Callable

    from clew.watching.seen import Database, Thing

MOST = 10_000
"""Things of a kind that are kept of one run."""
MANY = 1_000
"""Statements after which those that differ in their values alone become one."""


class Recorder:
    """Keeps what was seen; many threads may tell it at once."""

    def __init__(self, tell: Callable[[Thing], None] | None = None) -> None:
        """Keep what is seen.

        Args:
            tell: hears of each thing that adds to what is known, for a process that must hand it over as it goes.
        """
        self._tell = tell
        self._lock = RLock()  # collecting garbage may close, and so write, a file while it is held
        self._datasets: dict[tuple[str, str, str], Seen] = {}
        self._statements: dict[tuple[Database, str], Statement] = {}
        self._compact_at = MANY
        self.dropped = 0

    def begin_in_child(self) -> None:
        """Go on in a process that was forked from this one, where nobody is left who could give the lock back."""
        self._lock = RLock()

    def keep(self, thing: Thing) -> None:
        """Keep a thing, or what is new about a thing that is known."""
        with self._lock:
            new = self._keep_dataset(thing) if isinstance(thing, Seen) else self._keep_statement(thing)
        if new and self._tell is not None:
            self._tell(thing)

    def has_seen(self, database: Database, text: str) -> bool:
        """Tell whether a statement was seen that ran there, and how many rows it changed is not asked."""
        return (database, text) in self._statements  # one look into a dict needs no lock

    def has_run(self, text: str) -> bool:
        """Tell whether a statement of that text was seen, wherever it ran."""
        with self._lock:
            return any(known in {text, compacted(text, database.adapter)} for database, known in self._statements)

    def things(self) -> list[Thing]:
        """Return what was seen, in the order of its first appearance."""
        with self._lock:
            seen, statements = list(self._datasets.values()), list(self._statements.values())
        return [*map(made, seen), *statements]

    def facets_of(self, namespace: str, name: str) -> dict[str, Any] | None:
        """Return what is known of a dataset that was written; None where it was not."""
        with self._lock:
            known = self._datasets.get(("write", namespace, name))
        return known.facets if known is not None else None

    def forget(self, namespace: str, name: str) -> None:
        """Leave out what was written there and is removed again: a file, or all in a folder."""
        with self._lock:
            written = [n for direction, space, n in self._datasets if direction == "write" and space == namespace]
            for gone in written:
                if gone == name or gone.startswith(f"{name}/"):
                    del self._datasets["write", namespace, gone]
                    self._datasets.pop(("read", namespace, gone), None)

    def _keep_dataset(self, seen: Seen) -> bool:
        key = seen.direction, seen.namespace, seen.name
        known = self._datasets.get(key)
        if known is None:
            return self._add(self._datasets, key, seen)
        if not seen.facets and seen.rows is None:
            return False
        merged = Seen(
            direction=seen.direction,
            namespace=seen.namespace,
            name=seen.name,
            facets={**known.facets, **seen.facets},
            rows=known.rows if seen.rows is None else seen.rows,
        )
        self._datasets[key] = merged
        return self._tell is not None and merged != known

    def _keep_statement(self, statement: Statement) -> bool:
        if len(statement.text) > LONG:
            statement = _compact(statement)
        known = self._statements.get((statement.database, statement.text))
        if known is not None:
            return statement.rows is not None and self._put(statement)
        if len(self._statements) >= self._compact_at:
            self._compact_all()
        return len(statement.text) <= LONGEST and self._add(self._statements, (statement.database, statement.text), statement)

    def _put(self, statement: Statement) -> bool:
        """Put a statement, and add its rows to those of its like."""
        key = statement.database, statement.text
        known = self._statements.get(key)
        counted = [one.rows for one in (known, statement) if one is not None and one.rows is not None]
        self._statements[key] = replace(known or statement, rows=sum(counted) if counted else None)
        return True

    def _compact_all(self) -> None:
        """Make one statement of those that differ in their values alone, as a program makes them that writes values into its SQL."""
        there, self._statements = self._statements, {}
        for statement in there.values():
            self._put(_compact(statement))
        self._compact_at = len(self._statements) + MANY

    def _add(self, there: dict[Any, Any], key: tuple[object, ...], thing: Thing) -> bool:
        if len(there) >= MOST:
            self.dropped += 1
            return False
        there[key] = thing
        return True


def made(seen: Seen) -> Seen:
    """Return a dataset with all its facets made; one that cannot be made is missing."""
    if not any(isinstance(facet, Later) for facet in seen.facets.values()):
        return seen
    facets = {}
    for name, facet in seen.facets.items():
        with guard(f"tell the {name} of {seen.name}"):
            facets[name] = facet.make() if isinstance(facet, Later) else facet
    return replace(seen, facets=facets)


def _compact(statement: Statement) -> Statement:
    return replace(statement, text=compacted(statement.text, statement.database.adapter))
