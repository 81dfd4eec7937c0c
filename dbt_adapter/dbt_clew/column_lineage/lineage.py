"""What is known before a query is read, and what is found in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from typing import TypeAlias

Field: TypeAlias = "tuple[str, str]"
"""A column of an input: the table's key and the column's name."""

Uses: TypeAlias = "dict[Field, int]"
"""Input columns, each with how it is used (bits of `uses`)."""


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """A table that a query may read."""

    key: str
    """What fields of it are called by, e.g. its unique_id."""
    path: tuple[str, ...]
    """Its name in SQL, the most general part first."""
    columns: tuple[str, ...] = ()
    complete: bool = False
    """Whether it has no other columns than these."""


class Lineage(msgspec.Struct, frozen=True, kw_only=True):
    """Where the columns of a query's result come from."""

    columns: dict[str, Uses]
    """Each output column, in its order, with what its values depend on."""
    dataset: Uses
    """What decides which rows there are: joins, filters, groups, order."""
    complete: bool = True
    """Whether these are all columns: not so where a `*` stands for columns that nobody knows."""


@dataclass(frozen=True)
class Tables:
    """The tables that a query may read, by the names that SQL has for them."""

    tables: tuple[Table, ...]
    _by_name: dict[str, list[Table]] = field(default_factory=dict, init=False, compare=False)

    def __post_init__(self) -> None:
        for table in self.tables:
            self._by_name.setdefault(table.path[-1].lower(), []).append(table)

    def find(self, path: tuple[str, ...]) -> Table | None:
        """Return the table that a name means.

        Compared from the last part on, as long as both names go, since adapters leave the database or more away. Where only
        the last parts agree, and no other table has that one, it is the table: a deferred relation is in another schema.
        """
        named = self._by_name.get(path[-1].lower(), [])
        for table in named:
            if all(a.lower() == b.lower() for a, b in zip(reversed(path), reversed(table.path), strict=False)):
                return table
        return named[0] if len(named) == 1 else None
