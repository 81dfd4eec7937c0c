"""What is kept of what was seen: each thing once, and never more than a bound."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from clew.watching.seen import Seen, Statement

if TYPE_CHECKING:
    from collections.abc import Callable

    from clew.watching.seen import Thing

MOST = 10_000
"""Things that are kept of one run."""


class Recorder:
    """Keeps what was seen; many threads may tell it at once."""

    def __init__(self, tell: Callable[[Thing], None] | None = None) -> None:
        """Keep what is seen.

        Args:
            tell: hears of each thing that adds to what is known, for a process that must hand it over as it goes.
        """
        self._tell = tell
        self._lock = Lock()
        self._datasets: dict[tuple[str, str, str], Seen] = {}
        self._statements: dict[tuple[object, str], Statement] = {}
        self.dropped = 0

    def keep(self, thing: Thing) -> None:
        """Keep a thing, or what is new about a thing that is known."""
        with self._lock:
            new = self._keep_dataset(thing) if isinstance(thing, Seen) else self._keep_statement(thing)
        if new and self._tell is not None:
            self._tell(thing)

    def has_run(self, text: str) -> bool:
        """Tell whether a statement of that text was seen, wherever it ran."""
        with self._lock:
            return any(known == text for _, known in self._statements)

    def things(self) -> list[Thing]:
        """Return what was seen, in the order of its first appearance."""
        with self._lock:
            return [*self._datasets.values(), *self._statements.values()]

    def facets_of(self, namespace: str, name: str) -> dict[str, Any]:
        """Return what is known of a dataset that was written."""
        with self._lock:
            known = self._datasets.get(("write", namespace, name))
        return known.facets if known is not None else {}

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
        if not seen.facets and not seen.statistics:
            return False
        merged = Seen(
            direction=seen.direction,
            namespace=seen.namespace,
            name=seen.name,
            facets={**known.facets, **seen.facets},
            statistics={**known.statistics, **seen.statistics},
        )
        self._datasets[key] = merged
        return merged != known

    def _keep_statement(self, statement: Statement) -> bool:
        key = statement.database, statement.text
        known = self._statements.get(key)
        if known is None:
            return self._add(self._statements, key, statement)
        if statement.rows is None:
            return False
        self._statements[key] = replace(known, rows=statement.rows + (known.rows or 0))
        return True

    def _add(self, there: dict[Any, Any], key: tuple[object, ...], thing: Thing) -> bool:
        if len(there) >= MOST:
            self.dropped += 1
            return False
        there[key] = thing
        return True
