"""Datasets of a project: what each node reads and writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clew import events
from dbt_clew.artifacts.shapes import Node
from dbt_clew.narration import deferral, tables

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

    from clew.events import Json
    from clew.naming import Tables
    from dbt_clew.artifacts.shapes import Catalog, Manifest, Measured, Relation, Source

TABLES = frozenset({"model", "seed", "snapshot"})
"""Kinds of nodes that leave a table or view behind."""


class Datasets:
    """Datasets by unique_id, each made once, since many nodes read the same."""

    def __init__(
        self, manifest: Manifest, catalog: Catalog | None, named: Tables, project_dir: Path | None = None, *, defers: bool = False
    ) -> None:
        self.manifest = manifest
        self.catalog = catalog
        self._named = named
        self._project_dir = project_dir
        self._defers = defers
        self._made: dict[str, Json] = {}
        self._measures: dict[str, list[Measured]] | None = None

    def inputs(self, node: Node, code: str | None = None, built: Collection[str] = ()) -> list[Json]:
        """Return what a node reads.

        Args:
            node: the node.
            code: its compiled code, which shows where `--defer` made it read the table of another state.
            built: unique_ids of what this invocation has built; without code, anything else was deferred.
        """
        if node.resource_type == "seed":
            return [self._csv_file(node)]
        below = self.upstream(node.depends_on.nodes)
        return [self._read(u, below, code, built) for u in below] if self._defers else [self.of(u) for u in below]

    def output(self, node: Node) -> Json | None:
        """Return what a node writes; a test writes only where it stores the rows that failed."""
        if node.resource_type in TABLES and not is_ephemeral(node):
            return self.of(node.unique_id)
        if node.resource_type == "test" and node.relation_name:
            return events.dataset(*self._name(node))
        return None

    def cloned(self, node: Node) -> list[Json]:
        """Return what `dbt clone` reads to make a node: the table of another state."""
        return [self._at(node, node.defer_relation)] if node.defer_relation else []

    def exports(self, query: Measured) -> list[Json]:
        """Return what a saved query writes where dbt exports it."""
        to = [(export.config, export.name) for export in query.exports]
        return [events.dataset(*self._named.table(c.database, c.schema_name, c.alias or name)) for c, name in to]

    def of(self, unique_id: str) -> Json:
        """Return the dataset of a model, seed, snapshot or source that is in the manifest."""
        made = self._made.get(unique_id)
        if made is None:
            made = self._made[unique_id] = self._make(unique_id)
        return made

    def has_columns(self, unique_id: str, schema: Json) -> Json:
        """Return a node's dataset with the columns that its SQL has; whoever reads it from now on tells them too.

        The project may describe some of them alone, and the schema that was told last is the one that people see.
        """
        known = self.of(unique_id)
        made = self._made[unique_id] = {**known, "facets": {**known["facets"], "schema": schema}}
        return made

    def is_of(self, dataset: Json, unique_id: str) -> bool:
        """Tell whether a dataset is that of a node or source."""
        made = self._made.get(unique_id)
        return made is not None and (made["namespace"], made["name"]) == (dataset["namespace"], dataset["name"])

    def upstream(self, unique_ids: Iterable[str]) -> dict[str, None]:
        """Return the unique_ids of the tables that are read by what refers to some nodes, in their order and each once.

        An ephemeral model is no table, so what it reads is read in its place; so is what a metric or semantic model stands upon.
        """
        manifest = self.manifest
        found: dict[str, None] = {}
        seen = set()
        waiting = [*unique_ids][::-1]
        while waiting:
            unique_id = waiting.pop()
            if unique_id in seen:
                continue
            seen.add(unique_id)
            below = manifest.nodes.get(unique_id)
            if below is not None and not is_ephemeral(below):
                if below.resource_type in TABLES:
                    found[unique_id] = None
            elif unique_id in manifest.sources:
                found[unique_id] = None
            else:
                through = below or manifest.metrics.get(unique_id) or manifest.semantic_models.get(unique_id)
                waiting.extend(reversed(through.depends_on.nodes) if through else ())
        return found

    def _read(self, unique_id: str, below: Iterable[str], code: str | None, built: Collection[str]) -> Json:
        """Return a table that a node reads under `--defer`: that of another state where its code names that one."""
        node = self.manifest.nodes.get(unique_id)
        if node is None:
            return self.of(unique_id)
        there = node.defer_relation
        if code is None:
            return self._at(node, there) if there and unique_id not in built else self.of(unique_id)
        if deferral.names(code, node.relation_name):
            return self.of(unique_id)
        if there is None or not deferral.names(code, there.relation_name):
            there = deferral.relation(code, node, {self._relation(other) for other in below})
        return self._at(node, there) if there else self.of(unique_id)

    def _relation(self, unique_id: str) -> str | None:
        return (self.manifest.sources.get(unique_id) or self.manifest.nodes[unique_id]).relation_name

    def _at(self, node: Node, there: Relation) -> Json:
        """Return the dataset of a node's table in another state."""
        named = self._named.table(there.database, there.schema, there.alias or node.alias or node.name)
        key = f"{node.unique_id} at {named}"
        made = self._made.get(key)
        if made is None:
            made = self._made[key] = events.dataset(*named, self.of(node.unique_id)["facets"])
        return made

    def _make(self, unique_id: str) -> Json:
        catalog = self.catalog
        of = self.manifest.sources.get(unique_id) or self.manifest.nodes[unique_id]
        found = (catalog.sources.get(unique_id) or catalog.nodes.get(unique_id)) if catalog else None
        namespace, name = self._name(of)
        made = tables.facets_of(of, namespace, self.manifest, found, self._measured().get(unique_id, ()))
        return events.dataset(namespace, name, made)

    def _name(self, of: Node | Source) -> tuple[str, str]:
        """Return namespace and name of a table: by its own name, not by what the project calls it."""
        own = of.alias or of.name if isinstance(of, Node) else of.identifier
        return self._named.table(of.database, of.schema, own)

    def _measured(self) -> dict[str, list[Measured]]:
        """Return the semantic models and metrics of each table."""
        if self._measures is None:
            self._measures = {}
            for one in (*self.manifest.semantic_models.values(), *self.manifest.metrics.values()):
                for table in self.upstream(one.depends_on.nodes):
                    self._measures.setdefault(table, []).append(one)
        return self._measures

    def _csv_file(self, seed: Node) -> Json:
        """Return the file that a seed is loaded from. Source: naming specification, *Local file system*: `file`, then the path."""
        # `root_path` is where the seed was first parsed: `.` under `--project-dir .`, another machine's where partial parsing was copied.
        is_own = seed.package_name == self.manifest.metadata.project_name
        folder = str(self._project_dir) if is_own and self._project_dir else seed.root_path or ""
        return events.dataset("file", f"{folder.rstrip('/')}/{seed.original_file_path}")


def is_ephemeral(node: Node) -> bool:
    """Tell whether a model exists only within the SQL of others."""
    return node.config.materialized == "ephemeral"
