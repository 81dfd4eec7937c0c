"""Which column a name means at a place in a query."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlglot import exp

    from dbt_clew.column_lineage.lineage import Tables, Uses
    from dbt_clew.column_lineage.relations import Relation


class TooMuch(Exception):
    """A query needs more steps than we take for one."""


@dataclass
class Reading:
    """What holds for a whole query: the tables that it may read, and how much of it may still be read."""

    tables: Tables
    query: Callable[[exp.Expr, Scope], Relation]
    """Reads a query within a scope."""
    dialect: str = ""
    steps: int = 1_000_000

    def step(self, many: int = 1) -> None:
        """Count what was done, so that no query takes for ever."""
        self.steps -= many
        if self.steps < 0:
            raise TooMuch


@dataclass
class Scope:
    """What names mean within one SELECT."""

    reading: Reading
    outer: Scope | None = None
    sources: dict[str, Relation] = field(default_factory=dict)
    ctes: dict[str, Callable[[], Relation]] = field(default_factory=dict)
    merged: dict[str, Uses] = field(default_factory=dict)
    """Columns that USING makes one of two."""
    hidden: set[tuple[str, str]] = field(default_factory=set)
    """The second of the two, by source and name: `*` does not show it."""
    aliases: dict[str, Uses] = field(default_factory=dict)
    """Output columns so far, which many dialects let other expressions use."""
    windows: dict[str, Any] = field(default_factory=dict)
    dataset: Uses = field(default_factory=dict)
    """What decides which rows there are."""

    def cte(self, name: str) -> Relation | None:
        """Return what a name stands for in a WITH, here or further out."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.ctes:
                return scope.ctes[name]()
            scope = scope.outer
        return None

    def source(self, alias: str) -> Relation | None:
        """Return what an alias stands for, here or further out."""
        scope: Scope | None = self
        while scope is not None:
            if alias in scope.sources:
                return scope.sources[alias]
            scope = scope.outer
        return None

    def column(self, name: str) -> Uses | None:
        """Return what a column without qualifier depends on; None where it is nobody's.

        A column of the sources goes before an output column of that name, and that before a column of a source whose columns
        are not all known.
        """
        key = name.lower()
        if key in self.merged:
            return self.merged[key]
        for source in self.sources.values():
            found = source.known(name)
            if found is not None:
                return found
        if key in self.aliases:
            return self.aliases[key]
        if key in self.sources:
            return self.sources[key].whole()
        open_ones = [found for source in self.sources.values() if (found := source.possible(name)) is not None]
        if len(open_ones) == 1:
            return open_ones[0]
        return self.outer.column(name) if self.outer is not None and not open_ones else None
