"""What is kept of what was seen: each thing once, and never more than a bound."""

from __future__ import annotations

from collections import deque
from threading import RLock
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from clew.guard import guard
from clew.sql.statements import LONG, LONGEST, compacted
from clew.watching.seen import Later, Seen, Statement
from clew.watching.warning import cannot_see

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeAlias

    from clew.watching.seen import Database, Thing

    Look: TypeAlias = Callable[..., Thing | None]

MOST = 10_000
"""Things of a kind that are kept of one run."""
MANY = 1_000
"""Statements after which those that differ in their values alone become one."""
FEW = 64
"""Calls that wait to be looked at: enough that looking at them is cheap for each, and what they hold is little."""


class Recorder:
    """Keeps what was seen; many threads may tell it at once.

    A watched call only has what it did wait. It is looked at when a few calls wait, and before anybody asks: what is run right after a
    library's own code is in no cache of the processor, and takes five times what it takes for many at once.
    """

    def __init__(self, tell: Callable[[Thing], None] | None = None, *, tell_in_child: Callable[[Thing], None] | None = None) -> None:
        """Keep what is seen.

        Args:
            tell: hears at once of each thing that adds to what is known, for a process that must hand it over as it goes.
            tell_in_child: the same for processes that are forked from this one, which itself keeps what it sees.
        """
        self._tell = tell
        self._tell_in_child = tell_in_child or tell
        self._waiting: deque[tuple[Look, tuple[Any, ...]]] = deque()
        self._lock = RLock()  # collecting garbage may close, and so write, a file while it is held
        self._datasets: dict[tuple[str, str, str], Seen] = {}
        self._statements: dict[tuple[Database, str], Statement] = {}
        self._compact_at = MANY
        self.dropped = 0

    def begin_in_child(self) -> None:
        """Go on in a process that was forked from this one, where nobody is left who could give the lock back."""
        self._lock, self._tell = RLock(), self._tell_in_child
        self._waiting.clear()  # the parent's to look at

    def keep(self, thing: Thing) -> None:
        """Keep a thing, or what is new about a thing that is known."""
        self.keep_later(_itself, (thing,))
        if isinstance(thing, Statement) and len(thing.text) > LONG:
            self.look()

    def keep_later(self, look: Look, values: tuple[Any, ...]) -> None:
        """Keep the thing that a function makes of values, when somebody asks for what was seen or a few wait.

        Args:
            look: makes the thing, or None; what it raises is one warning.
            values: that are small and do not change until then.
        """
        self._waiting.append((look, values))
        if len(self._waiting) >= FEW or self._tell is not None:
            self.look()

    def look(self) -> None:
        """Look at all that waits."""
        if not self._waiting:
            return
        with self._lock:
            new = [thing for thing in self._looked_at() if self._is_new(thing)]
        if self._tell is not None:
            for thing in new:
                self._tell(thing)

    def has_seen(self, database: Database, text: str) -> bool:
        """Tell whether a statement was seen that ran there, and how many rows it changed is not asked."""
        self.look()
        return (database, text) in self._statements

    def has_run(self, text: str) -> bool:
        """Tell whether a statement of that text was seen, wherever it ran."""
        self.look()
        with self._lock:
            return any(known in {text, compacted(text, database.adapter)} for database, known in self._statements)

    def things(self) -> list[Thing]:
        """Return what was seen, in the order of its first appearance."""
        self.look()
        with self._lock:
            seen, statements = list(self._datasets.values()), list(self._statements.values())
        return [*map(made, seen), *statements]

    def written(self, namespace: str, name: str) -> Seen | None:
        """Return what is known of a dataset that was written; None where it was not."""
        self.look()
        with self._lock:
            return self._datasets.get(("write", namespace, name))

    def written_below(self, namespace: str, name: str) -> list[Seen]:
        """Return what is known of the datasets in a folder that were written."""
        self.look()
        with self._lock:
            written = [seen for (direction, space, _), seen in self._datasets.items() if direction == "write" and space == namespace]
        return [seen for seen in written if seen.name.startswith(f"{name}/")]

    def forget(self, namespace: str, name: str) -> None:
        """Leave out what was written there and is removed again: a file, or all in a folder."""
        self.look()
        with self._lock:
            written = [n for direction, space, n in self._datasets if direction == "write" and space == namespace]
            for gone in written:
                if gone == name or gone.startswith(f"{name}/"):
                    del self._datasets["write", namespace, gone]
                    self._datasets.pop(("read", namespace, gone), None)

    def _looked_at(self) -> Iterator[Thing]:
        while self._waiting:
            look, values = self._waiting.popleft()
            try:
                thing = look(*values)
            except Exception as error:  # noqa: BLE001  the call was the user's, and it went well
                cannot_see(look, error)
            else:
                if thing is not None:
                    yield thing

    def _is_new(self, thing: Thing) -> bool:
        return self._keep_dataset(thing) if isinstance(thing, Seen) else self._keep_statement(thing)

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
            rows=_rows(known, seen),
            adds=known.adds and seen.adds,
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


def _itself(thing: Thing) -> Thing:
    return thing


def _rows(known: Seen, new: Seen) -> int | None:
    if new.rows is None or known.rows is None:
        return known.rows if new.rows is None else new.rows
    return known.rows + new.rows if new.adds else new.rows


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
