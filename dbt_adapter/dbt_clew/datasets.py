"""Datasets of a project: what each node reads and writes, with what is known of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clew import events, facets
from dbt_clew import names

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from clew.events import Facets, Json
    from dbt_clew.artifacts.shapes import Catalog, CatalogTable, Column, Manifest, Node, Source

TABLES = frozenset({"model", "seed", "snapshot"})
"""Kinds of nodes that leave a table or view behind."""


class Datasets:
    """Datasets by unique_id, each made once, since many nodes read the same."""

    def __init__(self, manifest: Manifest, catalog: Catalog | None, namespace: str, project_dir: Path | None = None) -> None:
        self._manifest = manifest
        self._catalog = catalog
        self._namespace = namespace
        self._project_dir = project_dir
        self._made: dict[str, Json] = {}

    def inputs(self, node: Node) -> list[Json]:
        """Return what a node reads; an ephemeral model is no table, so what it reads is read in its place."""
        if node.resource_type == "seed":
            return [self._csv_file(node)]
        return [self.of(unique_id) for unique_id in self._tables_below(node)]

    def output(self, node: Node) -> Json | None:
        """Return what a node writes; a test writes only where it stores the rows that failed."""
        if node.resource_type in TABLES and not is_ephemeral(node):
            return self.of(node.unique_id)
        if node.resource_type == "test" and node.relation_name:
            return events.dataset(self._namespace, names.table(node))
        return None

    def of(self, unique_id: str) -> Json:
        """Return the dataset of a model, seed, snapshot or source that is in the manifest."""
        made = self._made.get(unique_id)
        if made is None:
            made = self._made[unique_id] = self._make(unique_id)
        return made

    def is_of(self, dataset: Json, unique_id: str) -> bool:
        """Tell whether a dataset is that of a node or source."""
        return self._made.get(unique_id) is dataset

    def _make(self, unique_id: str) -> Json:
        source = self._manifest.sources.get(unique_id)
        if source is not None:
            columns = self._catalog.sources.get(unique_id) if self._catalog else None
            return events.dataset(self._namespace, names.source(source), self._facets(source, columns))
        node = self._manifest.nodes[unique_id]
        columns = self._catalog.nodes.get(unique_id) if self._catalog else None
        return events.dataset(self._namespace, names.table(node), self._facets(node, columns))

    def _facets(self, of: Node | Source, table: CatalogTable | None) -> Facets:
        made: Facets = {"dataSource": facets.data_source(self._namespace)}
        if of.description:
            made["documentation"] = facets.dataset_documentation(of.description)
        if columns := list(_columns(of.columns, table)):
            made["schema"] = facets.schema(columns)
        if people := owners(of, self._manifest):
            made["ownership"] = facets.dataset_ownership(people)
        if of.tags:
            made["tags"] = facets.dataset_tags(of.tags, "DBT")
        return made

    def _tables_below(self, node: Node) -> dict[str, None]:
        """Return the unique_ids that a node reads, in their order and each once."""
        found: dict[str, None] = {}
        seen = set()
        waiting = list(reversed(node.depends_on.nodes))
        while waiting:
            unique_id = waiting.pop()
            if unique_id in seen:
                continue
            seen.add(unique_id)
            below = self._manifest.nodes.get(unique_id)
            if below is not None and is_ephemeral(below):
                waiting.extend(reversed(below.depends_on.nodes))
            elif unique_id in self._manifest.sources or (below is not None and below.resource_type in TABLES):
                found[unique_id] = None
        return found

    def _csv_file(self, seed: Node) -> Json:
        """Return the file that a seed is loaded from. Source: naming specification, *Local file system*: `file`, then the path."""
        # `root_path` is where the seed was first parsed: `.` under `--project-dir .`, another machine's where partial parsing was copied.
        is_own = seed.package_name == self._manifest.metadata.project_name
        folder = str(self._project_dir) if is_own and self._project_dir else seed.root_path or ""
        return events.dataset("file", f"{folder.rstrip('/')}/{seed.original_file_path}")


def is_ephemeral(node: Node) -> bool:
    """Tell whether a model exists only within the SQL of others."""
    return node.config.materialized == "ephemeral"


def owners(of: Node | Source, manifest: Manifest) -> list[dict[str, str]]:
    """Return who owns a node: `meta.owner` as people have it everywhere, and the owner of its group."""
    meta = of.config.meta or of.meta or {}
    named = meta.get("owner")
    found = [{"name": str(name)} for name in (named if isinstance(named, list) else [named]) if name]
    group = of.config.group
    owner = next((g.owner for g in manifest.groups.values() if g.name == group), None) if group else None
    if owner is not None:
        email = ", ".join(owner.email) if isinstance(owner.email, list) else owner.email
        name = f"{owner.name} <{email}>" if owner.name and email else owner.name or email
        if name:
            found.append({"name": name, "type": "group"})
    return found


def _columns(described: dict[str, Column], table: CatalogTable | None) -> Iterator[dict[str, Any]]:
    """Give the columns of a table: as the database has them where the catalog tells, else as the project describes them."""
    if table is None or not table.columns:
        for column in described.values():
            yield _field(column.name, column.data_type, column.description)
        return
    by_name = {name.lower(): column for name, column in described.items()}  # catalogs have them in the database's case
    for found in sorted(table.columns.values(), key=lambda c: c.index):
        known = by_name.get(found.name.lower())
        yield _field(found.name, found.type, known.description if known else None)


def _field(name: str, kind: str | None, description: str | None) -> dict[str, Any]:
    return {"name": name} | ({"type": kind} if kind else {}) | ({"description": description} if description else {})
