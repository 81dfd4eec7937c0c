"""PyIceberg: tables that scans read and commits change, each with its snapshot, columns and rows.

A table is named by where it is stored, as the specification has it; its catalog's name for it is a symlink.
Read by `to_arrow`, `to_arrow_batch_reader` and all that stand on these (pandas, DuckDB, Ray). Not seen: changes of properties, schema
and partitions, which write no snapshot; plans that another engine carries out.
"""

from __future__ import annotations

from typing import Any

from clew import facets as standard
from clew.naming import canonical, from_uri
from clew.watching.calls import after_each
from clew.watching.process import see
from clew.watching.seen import Seen


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
    snapshot = table.current_snapshot() if snapshot_id is None else table.snapshot_by_id(snapshot_id)
    _tell("read", table.metadata, snapshot, _symlinks(table.catalog, table.name()), {})


def _scanned(result: Any, scan: Any, *_: Any, **__: Any) -> None:
    snapshot = scan.snapshot()
    rows = getattr(result, "num_rows", None)
    _tell(
        "read",
        scan.table_metadata,
        snapshot,
        _symlinks(getattr(scan, "catalog", None), getattr(scan, "table_identifier", None)),
        {"inputStatistics": standard.input_statistics(rows=rows)} if rows is not None else {},
    )


def _committed(_: Any, table: Any, updates: Any = (), *__: Any, **___: Any) -> None:
    snapshots = [update.snapshot for update in updates if getattr(update, "action", None) == "add-snapshot"]
    if not snapshots:
        return
    added = [snapshot.summary["added-records"] for snapshot in snapshots if snapshot.summary and snapshot.summary["added-records"]]
    statistics = {"outputStatistics": standard.output_statistics(rows=sum(int(rows) for rows in added))} if added else {}
    _tell("write", table.metadata, snapshots[-1], _symlinks(table.catalog, table.name()), statistics)


def _tell(direction: Any, metadata: Any, snapshot: Any, symlinks: dict[str, Any], statistics: dict[str, Any]) -> None:
    namespace, name = from_uri(metadata.location)
    facets = {
        "schema": standard.schema({"name": field.name, "type": str(field.field_type)} for field in metadata.schema().fields),
        "storage": standard.storage("iceberg", metadata.properties.get("write.format.default", "parquet")),
        **symlinks,
    }
    if snapshot is not None:
        facets["version"] = standard.dataset_version(str(snapshot.snapshot_id))
    see(Seen(direction=direction, namespace=namespace, name=name.rstrip("/"), facets=facets, statistics=statistics))


def _symlinks(catalog: Any, identifier: tuple[str, ...] | None) -> dict[str, Any]:
    """Name a table as its catalog does: in the catalog's URL without user and password, else its name."""
    if catalog is None or not identifier:
        return {}
    name = ".".join(identifier)
    namespace, _ = canonical(str(catalog.properties.get("uri") or catalog.name), name)
    return {"symlinks": standard.symlinks([{"namespace": namespace, "name": name, "type": "TABLE"}])}
