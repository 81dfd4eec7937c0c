"""What a table, a subquery or a function in FROM offers to the expressions over it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dbt_clew.column_lineage.uses import IDENTITY, then

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dbt_clew.column_lineage.lineage import Table, Uses


@dataclass(frozen=True)
class Relation:
    """Columns by their name in lower case, each with its name as written and what it depends on."""

    columns: dict[str, tuple[str, Uses]] = field(default_factory=dict)
    table: str | None = None
    """Key of a table whose columns are not all known: whatever is asked for may be one of them."""
    rest: Uses | None = None
    """What any other column depends on, as with a function whose columns are not known."""
    dataset: Uses = field(default_factory=dict)
    """What decides which rows there are."""
    complete: bool = True
    """Whether `columns` are all."""

    def known(self, name: str) -> Uses | None:
        """Return what a column depends on that is there for certain."""
        found = self.columns.get(name.lower())
        return found[1] if found else None

    def possible(self, name: str) -> Uses | None:
        """Return what a column depends on that may be there, since nobody knows all columns."""
        if self.table is not None:
            return {(self.table, name): IDENTITY}
        return self.rest

    def whole(self) -> Uses:
        """Return what a row as a whole depends on."""
        found: Uses = dict(self.rest or {})
        for _, uses in self.columns.values():
            add(found, uses, IDENTITY)
        return found

    def renamed(self, names: Iterable[str]) -> Relation:
        """Return the same with other names for the first columns, as `t(a, b)` gives them."""
        names = list(names)
        if not names:
            return self
        own = list(self.columns.values())
        if not own and self.rest is not None:
            return of_columns([(name, self.rest) for name in names], dataset=self.dataset)
        given = [(name, uses) for name, (_, uses) in zip(names, own, strict=False)]
        return of_columns([*given, *own[len(names) :]], dataset=self.dataset, complete=self.complete)


def of_columns(columns: Iterable[tuple[str, Uses]], *, dataset: Uses | None = None, complete: bool = True) -> Relation:
    """Make a relation; of two columns with one name the second is given a number, as databases do."""
    return Relation(columns=dict(_distinct(columns)), dataset=dataset or {}, complete=complete)


def _distinct(columns: Iterable[tuple[str, Uses]]) -> Iterator[tuple[str, tuple[str, Uses]]]:
    taken: dict[str, int] = {}
    for name, uses in columns:
        key = name.lower()
        again = taken[key] = taken.get(key, -1) + 1
        yield (f"{key}_{again}", (f"{name}_{again}", uses)) if again else (key, (name, uses))


def of_table(table: Table) -> Relation:
    """Make the relation of a table that is an input."""
    return Relation(
        columns={name.lower(): (name, {(table.key, name): IDENTITY}) for name in table.columns},
        table=None if table.complete else table.key,
        complete=table.complete,
    )


def add(into: Uses, uses: Uses, how: int) -> None:
    """Add uses of what is itself used in one way."""
    for column, inner in uses.items():
        into[column] = into.get(column, 0) | then(inner, how)
