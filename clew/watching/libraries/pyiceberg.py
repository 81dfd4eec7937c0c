"""PyIceberg: tables that scans read and commits change, each with its snapshot, columns and rows.

A table is named by where it is stored, as the specification has it; its catalog's name for it is a symlink.
Read by `to_arrow`, `to_arrow_batch_reader` and all that stand on these (pandas, DuckDB, Ray). Not seen: changes of properties, schema
and partitions, which write no snapshot; plans that another engine carries out.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from clew import facets as standard
from clew.naming import canonical, from_uri
from clew.watching import files
from clew.watching.calls import after_each
from clew.watching.process import see_later
from clew.watching.seen import Later, Seen

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias

    from clew.events import Json
    from clew.watching.seen import Direction

    Identifier: TypeAlias = tuple[str, ...]


def watch(module: Any) -> None:
    """Have scans and commits tell which table it was."""
    after_each(
        [
            (module, "DataScan.to_arrow", _scanned),
            (module, "DataScan.to_arrow_batch_reader", _scanned),
            (module, "Table._do_commit", _committed),
        ]
    )


def tell_read(table: Any, snapshot_id: int | None) -> None:
    """Tell that another engine reads a table, at a snapshot or as it is now."""
    see_later(_read, table.metadata, snapshot_id, _called(table.catalog), table.name())


def _scanned(result: Any, scan: Any, *_: Any, **__: Any) -> None:
    catalog, identifier = _called(getattr(scan, "catalog", None)), getattr(scan, "table_identifier", None)
    see_later(_read, scan.table_metadata, scan.snapshot_id, catalog, identifier, getattr(result, "num_rows", None))


def _committed(_: Any, table: Any, updates: Any = (), *__: Any, **___: Any) -> None:
    snapshots = [update.snapshot for update in updates if getattr(update, "action", None) == "add-snapshot"]
    if snapshots:
        see_later(_written, table.metadata, snapshots, _called(table.catalog), table.name())


def _called(catalog: Any) -> str | None:
    """Return what a catalog is called by: its URL, else its name."""
    return None if catalog is None else str(catalog.properties.get("uri") or catalog.name)


def _read(metadata: Any, snapshot_id: int | None, catalog: str | None, identifier: Identifier | None, rows: int | None = None) -> Seen:
    snapshot = metadata.snapshot_by_id(snapshot_id) if snapshot_id else metadata.current_snapshot()
    return _seen("read", metadata, snapshot, _symlinks(catalog, identifier), rows)


def _written(metadata: Any, snapshots: Sequence[Any], catalog: str | None, identifier: Identifier | None) -> Seen:
    added = [snapshot.summary["added-records"] for snapshot in snapshots if snapshot.summary and snapshot.summary["added-records"]]
    rows = sum(int(rows) for rows in added) if added else None
    return _seen("write", metadata, snapshots[-1], _symlinks(catalog, identifier), rows)


def _seen(direction: Direction, metadata: Any, snapshot: Any, symlinks: dict[str, Any], rows: int | None) -> Seen:
    namespace, name = files.named(metadata.location) or from_uri(metadata.location)
    facets = {
        "schema": Later(partial(_columns, metadata.schema())),
        "storage": Later(partial(standard.storage, "iceberg", metadata.properties.get("write.format.default", "parquet"))),
        **symlinks,
    }
    if snapshot is not None:
        facets["version"] = Later(partial(standard.dataset_version, str(snapshot.snapshot_id)))
    return Seen(direction=direction, namespace=namespace, name=name.rstrip("/"), facets=facets, rows=rows)


def _columns(schema: Any) -> Json:
    return standard.schema({"name": field.name, "type": str(field.field_type)} for field in schema.fields)


def _symlinks(catalog: str | None, identifier: Identifier | None) -> dict[str, Any]:
    """Name a table as its catalog does: in the catalog's URL without user and password, else its name."""
    if catalog is None or not identifier:
        return {}
    return {"symlinks": Later(partial(_symlink, catalog, ".".join(identifier)))}


def _symlink(catalog: str, name: str) -> Json:
    namespace, _ = canonical(catalog, name)
    return standard.symlinks([{"namespace": namespace, "name": name, "type": "TABLE"}])
