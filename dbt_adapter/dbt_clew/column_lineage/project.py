"""Column lineage of a whole project: each model's SQL is read once, with the columns of the tables that it reads."""

from __future__ import annotations

import logging
from contextlib import nullcontext
from importlib.util import find_spec
from typing import TYPE_CHECKING

from dbt_clew.column_lineage import cache, dialects, tables, workers
from dbt_clew.column_lineage.lineage import Lineage, Table
from dbt_clew.column_lineage.uses import IDENTITY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from contextlib import AbstractContextManager

    from dbt_clew.artifacts.shapes import Catalog, Manifest, Node, Source
    from dbt_clew.column_lineage.cache import Cache

log = logging.getLogger("clew")

FILE = "file"
"""Key of the CSV file that a seed is loaded from."""
_SNAPSHOT = ("dbt_scd_id", "dbt_updated_at", "dbt_valid_from", "dbt_valid_to")
"""Columns that dbt adds to a snapshot."""


def is_possible() -> bool:
    """Tell whether SQL can be read: sqlglot is there."""
    return find_spec("sqlglot") is not None


class Project:
    """Where the columns of a project's tables come from.

    What a model's columns are is known from its own SQL where neither database nor file tells; so reading one model may mean to
    read those before it. Compiled code that became known since the manifest was written is told by `compiled`.
    """

    def __init__(
        self,
        manifest: Manifest,
        catalog: Catalog | None,
        *,
        reads: Callable[[Node], Iterable[str]],
        csv_header: Callable[[Node], tuple[str, ...]],
        remembered: Cache | None = None,
    ) -> None:
        """Make it.

        Args:
            manifest: the project.
            catalog: the database as it was seen, where it was.
            reads: gives the unique_ids of the tables that a node reads, through ephemeral models.
            csv_header: gives the columns of a seed's file.
            remembered: what was found before.
        """
        self._manifest = manifest
        self._catalog = catalog
        self._reads = reads
        self._csv_header = csv_header
        self._cache = remembered
        self._dialect = dialects.of_adapter(manifest.metadata.adapter_type)
        self._told: dict[str, str] = {}
        self._reads_of: dict[str, list[str]] = {}
        self._tables: dict[str, Table] = {}
        self._found: dict[str, Lineage | None] = {}

    def compiled(self, unique_id: str, code: str) -> None:
        """Take the code that a node was run with; what was found from other code is forgotten."""
        if self._code(unique_id) != code:
            self._found.pop(unique_id, None)
            self._tables.pop(unique_id, None)
        self._told[unique_id] = code

    def lineage(self, unique_id: str) -> Lineage | None:
        """Return the lineage of a model, snapshot or seed; None where it cannot be told."""
        self._settle(unique_id)
        return self._found.get(unique_id)

    def columns(self, unique_id: str) -> tuple[str, ...]:
        """Return the columns of a table, as far as anybody tells."""
        self._settle(unique_id)
        return self._tables[unique_id].columns

    def lineage_of_all(self, codes: Mapping[str, str]) -> None:
        """Read many models at once, on all cores where that pays; `lineage` has them then.

        Args:
            codes: compiled code by unique_id.
        """
        for unique_id, code in codes.items():
            self.compiled(unique_id, code)
        waiting = [u for u in self._in_order(codes) if u not in self._found]
        with self._remembered(), workers.Workers(sum(1 for u in waiting if self._code(u))) as hands:
            while waiting:
                ready = [u for u in waiting if all(below in self._tables for below in self._below(u))]
                ready = ready or waiting[:1]
                self._read(ready, hands)
                done = set(ready)
                waiting = [u for u in waiting if u not in done]

    def _remembered(self) -> AbstractContextManager[object]:
        return self._cache or nullcontext()

    def _settle(self, unique_id: str) -> None:
        """Make lineage and columns of a node known, and those of all before it."""
        if unique_id in self._tables and (unique_id in self._found or not self._code(unique_id)):
            return
        with self._remembered(), workers.Workers(0) as hands:
            for one in self._in_order([unique_id]):
                self._read([one], hands)

    def _in_order(self, wanted: Iterable[str]) -> list[str]:
        """Return nodes and all that they read and that is not known yet, each after what it reads."""
        order: list[str] = []
        seen: set[str] = set()
        waiting = [(unique_id, False) for unique_id in reversed(list(wanted))]
        while waiting:
            unique_id, is_ready = waiting.pop()
            if is_ready:
                order.append(unique_id)
            elif unique_id not in seen:
                seen.add(unique_id)
                waiting.append((unique_id, True))
                waiting.extend((below, False) for below in self._below(unique_id) if below not in self._tables)
        return order

    def _below(self, unique_id: str) -> list[str]:
        if unique_id not in self._reads_of:
            node = self._manifest.nodes.get(unique_id)
            self._reads_of[unique_id] = [u for u in self._reads(node) if u != unique_id] if node is not None else []
        return self._reads_of[unique_id]

    def _read(self, unique_ids: list[str], hands: workers.Workers) -> None:
        """Read nodes whose inputs are known."""
        asked = {u: self._query(u) for u in unique_ids if self._code(u) and u not in self._found}
        keys = {u: cache.key(*query) for u, query in asked.items()} if self._cache else {}
        found = {u: before for u, key in keys.items() if self._cache and (before := self._cache.find(key)) is not None}
        new = [u for u in asked if u not in found]
        for unique_id, made in zip(new, hands.read([asked[u] for u in new]), strict=True):
            found[unique_id] = made
            if self._cache:
                self._cache.keep(keys[unique_id], made)
        for unique_id, made in found.items():
            self._found[unique_id] = self._usable(unique_id, made)
        for unique_id in unique_ids:
            self._tables[unique_id] = self._table(unique_id)

    def _usable(self, unique_id: str, found: Lineage | str) -> Lineage | None:
        if isinstance(found, str):
            log.warning("%s has no column lineage: %s", unique_id, found)
            return None
        return found

    def _query(self, unique_id: str) -> workers.Query:
        below = [self._tables.get(u) or self._table(u) for u in self._below(unique_id)]
        node = self._manifest.nodes[unique_id]
        itself = Table(key=unique_id, path=tables.path(node))
        return self._code(unique_id) or "", self._dialect, (itself, *below)

    def _code(self, unique_id: str) -> str | None:
        node = self._manifest.nodes.get(unique_id)
        if node is None or node.resource_type not in {"model", "snapshot"} or node.language == "python":
            return None
        return self._told.get(unique_id) or node.compiled_code

    def _table(self, unique_id: str) -> Table:
        """Return a table with the columns that are known of it: from the database, from its file or SQL, else as described."""
        of = self._manifest.sources.get(unique_id) or self._manifest.nodes[unique_id]
        columns, complete = self._columns(of)
        if not columns:
            columns, complete = tuple(column.name for column in of.columns.values()), tables.is_under_contract(of)
        return Table(key=unique_id, path=tables.path(of), columns=tables.as_described(columns, of.columns), complete=complete)

    def _columns(self, of: Node | Source) -> tuple[tuple[str, ...], bool]:
        """Return the columns that database, file or SQL tell, and whether these are all."""
        of_database = tables.of_catalog(self._catalog, of) if self._catalog else ()
        node = self._manifest.nodes.get(of.unique_id)
        if node is not None and node.resource_type == "seed":
            header = self._csv_header(node)
            self._found[node.unique_id] = _of_file(header)
            return of_database or header, bool(of_database or header)
        if of_database or node is None:
            return of_database, bool(of_database)
        found = self._found.get(node.unique_id)
        if found is None:
            return (), False
        added = _SNAPSHOT if node.resource_type == "snapshot" else ()
        return (*found.columns, *added), found.complete


def _of_file(header: tuple[str, ...]) -> Lineage | None:
    return Lineage(columns={name: {(FILE, name): IDENTITY} for name in header}, dataset={}) if header else None
