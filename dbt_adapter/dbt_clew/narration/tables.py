"""Tables: what dbt knows of one, as facets of its dataset."""

from __future__ import annotations

from datetime import timedelta
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from clew import facets
from dbt_clew.artifacts.shapes import Source
from dbt_clew.narration import owners, runs

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from clew.events import Facets, Json
    from dbt_clew.artifacts.shapes import Catalog, CatalogTable, Column, Freshness, Manifest, Measured, Node

CATALOG_DAYS = 7
"""How much older than an invocation a catalog may be; one that is older tells of tables that have changed too often since."""

_TYPES = {
    "table": facets.dataset_type("TABLE"),
    "incremental": facets.dataset_type("TABLE"),
    "seed": facets.dataset_type("TABLE"),
    "snapshot": facets.dataset_type("TABLE"),
    "view": facets.dataset_type("VIEW"),
    "materialized_view": facets.dataset_type("VIEW", "MATERIALIZED"),
    "materializedview": facets.dataset_type("VIEW", "MATERIALIZED"),
    "dynamic_table": facets.dataset_type("TABLE", "DYNAMIC"),
    "streaming_table": facets.dataset_type("TABLE", "STREAMING"),
    "external": facets.dataset_type("TABLE", "EXTERNAL"),
}
"""What a materialisation leaves behind; of one that is the project's own nobody knows."""

_LAYERS = frozenset({"iceberg", "delta", "hudi"})
_FILES = frozenset({"parquet", "orc", "avro", "json", "csv", "text", "xml"})


def facets_of(
    of: Node | Source, namespace: str, manifest: Manifest, catalog: CatalogTable | None, measures: Iterable[Measured] = ()
) -> Facets:
    """Return the facets of a table.

    Args:
        of: what makes it, or declares it.
        namespace: the namespace of its dataset.
        manifest: the project.
        catalog: the table as the database had it, where that is known and recent.
        measures: semantic models and metrics upon it.
    """
    made: Facets = {"dataSource": _data_source(namespace)}
    if of.description:
        made["documentation"] = facets.dataset_documentation(of.description)
    if columns := _columns(of.columns, catalog):
        made["schema"] = facets.schema(columns)
    if people := owners.of(of, manifest):
        made["ownership"] = facets.dataset_ownership(people)
    if of_columns := [(c.name, tag) for c in of.columns.values() if c.tags for tag in c.tags]:
        made["tags"] = facets.dataset_tags(of.tags, "DBT", of_columns)
    elif of.tags:
        made["tags"] = _tags(of.tags)
    if kind := _TYPES.get(of.config.materialized or ""):
        made["datasetType"] = kind
    if stored := _storage(of):
        made["storage"] = stored
    made[runs.KEY] = _facts(of, _measured(measures))
    return made


def is_recent(catalog: Catalog, at: datetime) -> bool:
    """Tell whether a catalog belongs to an invocation that began at a time."""
    made = catalog.metadata.generated_at
    return made is not None and made > at - timedelta(days=CATALOG_DAYS)


def _facts(of: Node | Source, measured: Json) -> Json:
    """Return what dbt knows and no standard facet has a place for."""
    config = of.config
    return facets.ours(
        "dbt",
        uniqueId=of.unique_id,
        meta=config.meta or of.meta or None,
        columns={c.name: c.meta for c in of.columns.values() if c.meta} or None,
        eventTime=config.event_time,
        group=config.group,
        contract=True if config.contract is not None and config.contract.enforced else None,
        **(_of_source(of) if isinstance(of, Source) else _of_node(of)),
        **measured,
    )


def _of_source(source: Source) -> Json:
    return {
        "freshness": _freshness(source.freshness or source.config.freshness),
        "loader": source.loader or None,
        "loadedAtField": source.loaded_at_field,
        "loadedAtQuery": source.loaded_at_query,
    }


def _of_node(node: Node) -> Json:
    return {
        "freshness": _freshness(node.config.freshness),
        "access": node.access or node.config.access,
        "version": node.version,
        "latestVersion": node.latest_version,
        "deprecationDate": node.deprecation_date,
    }


def _freshness(policy: Freshness | None) -> Json | None:
    """Return a freshness policy, e.g. `{"errorAfter": "1 day"}`."""
    if policy is None:
        return None
    periods = {"warnAfter": policy.warn_after, "errorAfter": policy.error_after, "buildAfter": policy.build_after}
    said = {name: f"{p.count} {p.period}" for name, p in periods.items() if p is not None and p.count is not None and p.period}
    return {**said, **({"filter": policy.filter} if policy.filter else {})} or None


def _measured(measures: Iterable[Measured]) -> Json:
    """Return the semantic models and metrics upon a table: they move no data, so they are no jobs."""
    named: Json = {}
    for one in measures:
        key = "semanticModels" if one.unique_id.startswith("semantic_model.") else "metrics"
        said = {"name": one.name, "label": one.label, "type": one.type, "description": one.description}
        named.setdefault(key, []).append({k: v for k, v in said.items() if v})
    return named


def _storage(of: Node | Source) -> Json | None:
    """Tell how a table is stored, where the project says so: adapters have it as `file_format` or `table_format`."""
    said = [text.lower() for text in (of.config.table_format, of.config.file_format) if text]
    layer = next((text for text in said if text in _LAYERS), None)
    file = next((text for text in said if text in _FILES), None)
    return facets.storage(layer, file) if layer else None


def _columns(described: dict[str, Column], table: CatalogTable | None) -> list[dict[str, Any]]:
    """Return the columns of a table: as the database has them where the catalog tells, else as the project describes them.

    A catalog that lacks a column which the project describes was made before that column was.
    """
    found = {name.lower(): column for name, column in table.columns.items()} if table else {}
    by_name = {name.lower(): column for name, column in described.items()} if found else {}  # catalogs have them in the database's case
    if not found or not by_name.keys() <= found.keys():
        # Most columns have both, and there are more of them than of anything else: they are made without a call.
        return [
            {"name": c.name, "type": c.data_type, "description": c.description}
            if c.data_type and c.description
            else _field(c.name, c.data_type, c.description)
            for c in described.values()
        ]
    columns = [(c, by_name.get(c.name.lower())) for c in sorted(found.values(), key=lambda c: c.index)]
    return [_field(c.name, _type(c.type, known), known.description if known else None) for c, known in columns]


def _type(found: str | None, described: Column | None) -> str | None:
    """Return a column's type, in the project's case: else a table would change each time that somebody makes a catalog."""
    said = described.data_type if described else None
    return said if said and found and said.lower() == found.lower() else found


def _field(name: str, kind: str | None, description: str | None) -> dict[str, Any]:
    said = {"type": kind, "description": description}
    return {"name": name, **{key: value for key, value in said.items() if value}}


@cache
def _data_source(namespace: str) -> Json:
    return facets.data_source(namespace)


@lru_cache(maxsize=1024)
def _tags(tags: tuple[str, ...]) -> Json:
    """Return the facet of tags, which many tables have alike."""
    return facets.dataset_tags(tags, "DBT")
