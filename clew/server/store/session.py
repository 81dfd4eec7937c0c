"""A session with the store: one transaction, in which sentences are asked by their names."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeAlias

from clew.server.recent import Recent
from clew.server.store.sentences import prepared

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping, Sequence

    from msgspec import Raw

Row: TypeAlias = sqlite3.Row


class Session:
    """What is read is one moment of the store; what is written is there together or not at all.

    Attributes:
        remembered: what was read or written lately and still holds, by keys that only their users know.
        shapes: how things look in answers, by all that is kept of them: ids stand for the same as long as a store is open.
    """

    def __init__(
        self, connection: sqlite3.Connection, remembered: Recent[Any, Any] | None = None, shapes: Recent[str, Raw] | None = None
    ) -> None:
        self._connection = connection
        self._prepared = prepared()
        self.remembered = Recent(0) if remembered is None else remembered
        self.shapes = Recent(0) if shapes is None else shapes
        self._put_off: dict[str, dict[Hashable, dict[str, Any]]] = {}

    def all(self, sentence: str, **values: Any) -> list[Row]:
        """Return every row that the sentence finds."""
        return self._asked(sentence, values).fetchall()

    def tuples(self, sentence: str, **values: Any) -> list[tuple[Any, ...]]:
        """Return every row that the sentence finds, for thousands of them: they are taken apart by place, in half of a Row's time."""
        cursor = self._asked(sentence, values)
        cursor.row_factory = None
        return cursor.fetchall()

    def one(self, sentence: str, **values: Any) -> Row | None:
        """Return the first row that the sentence finds, or None."""
        row: Row | None = self._asked(sentence, values).fetchone()
        return row

    def needed(self, sentence: str, **values: Any) -> Row:
        """Return the row that the sentence must find.

        Raises:
            LookupError: it is not there, which is a mistake of ours.
        """
        row = self.one(sentence, **values)
        if row is None:
            raise LookupError(f"{sentence}: no row for {values}")
        return row

    def value(self, sentence: str, **values: Any) -> Any:
        """Return the first column of the first row, or None."""
        row = self.one(sentence, **values)
        return None if row is None else row[0]

    def run(self, sentence: str, **values: Any) -> int:
        """Write, and return how many rows that touched."""
        return self._asked(sentence, values).rowcount

    def run_many(self, sentence: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write once for each of the rows."""
        if rows:
            found = self._prepared[sentence]
            self._connection.executemany(found.sql, [found.places(row) for row in rows])

    def put_off(self, sentence: str, key: Hashable, **values: Any) -> dict[str, Any]:
        """Write a row when the transaction ends, once however often it is told of; return all that was said of it so far.

        What nobody says is NULL. Only for what nobody reads, and no other sentence writes, in the same transaction, unless it settles first.
        """
        row = self._put_off.setdefault(sentence, {}).setdefault(key, values)
        if row is not values:
            row.update(values)
        return row

    def is_put_off(self, sentence: str, key: Hashable) -> bool:
        """Tell whether a row is yet to be written."""
        return key in self._put_off.get(sentence, ())

    def settle(self, *sentences: str) -> None:
        """Write what was put off: of these sentences, or of all."""
        for sentence in sentences or tuple(self._put_off):
            rows = self._put_off.pop(sentence, None)
            if rows:
                found = self._prepared[sentence]
                self._connection.executemany(found.sql, [tuple(map(row.get, found.names)) for row in rows.values()])

    def add(self, sentence: str, **values: Any) -> int:
        """Insert a row and return its id."""
        row_id = self._asked(sentence, values).lastrowid
        if row_id is None:
            raise RuntimeError(f"{sentence} inserted nothing")
        return row_id

    def add_unless_there(self, sentence: str, **values: Any) -> int | None:
        """Insert a row, by a sentence that does nothing where it is there; return its id, or None."""
        cursor = self._asked(sentence, values)
        return cursor.lastrowid if cursor.rowcount else None

    @contextmanager
    def part(self) -> Iterator[Session]:
        """Do a part of a transaction that can fail without the rest."""
        self.settle()
        self._connection.execute("SAVEPOINT part")
        try:
            yield self
            self.settle()
        except BaseException:
            self._put_off.clear()
            self.remembered.clear()
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK TO part")
                self._connection.execute("RELEASE part")
            raise
        self._connection.execute("RELEASE part")

    def _asked(self, sentence: str, values: Mapping[str, Any]) -> sqlite3.Cursor:
        found = self._prepared[sentence]
        return self._connection.execute(found.sql, found.places(values))
