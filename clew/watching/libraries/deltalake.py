"""delta-rs: tables that are read, written, merged into, updated, deleted from and restored, each with its version and columns.

A table is named by where it is stored. Read by `to_pyarrow_table`, `to_pyarrow_dataset`, `to_pandas`, by a `QueryBuilder`, and by
other engines, such as Polars, that ask for its files. After `write_deltalake` to a path the table's log is asked once for the version
that there is then. Not seen: vacuum, optimize and other upkeep, which change no data.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from clew import facets as standard
from clew.naming import from_uri
from clew.watching import files
from clew.watching.calls import after_each
from clew.watching.process import see_later
from clew.watching.seen import Later, Seen

if TYPE_CHECKING:
    from clew.events import Json
    from clew.watching.seen import Direction

_READS = ("to_pyarrow_dataset", "to_pyarrow_table", "to_pandas", "file_uris")
_CHANGES = ("delete", "update", "restore")


def watch(module: Any) -> None:
    """Have tables tell of what is read from them and written to them."""
    table = module.DeltaTable
    after_each(
        [
            *((table, name, _read) for name in _READS),
            *((table, name, _changed) for name in _CHANGES),
            (table, "merge", _merging),
            (module.table, "TableMerger.execute", _merged),
            (module.QueryBuilder, "register", _registered),
            (module, "write_deltalake", _written),
        ]
    )


def _read(_: Any, table: Any, *__: Any, **___: Any) -> None:
    _tell("read", table)


def _registered(_: Any, __: Any, table_name: str, delta_table: Any) -> None:
    del table_name
    _tell("read", delta_table)


def _changed(_: Any, table: Any, *__: Any, **___: Any) -> None:
    _tell("write", table)


def _merging(merger: Any, table: Any, *_: Any, **__: Any) -> None:
    merger._clew_table = table  # noqa: SLF001  it has no way back to its table


def _merged(_: Any, merger: Any) -> None:
    _tell("write", merger._clew_table)  # noqa: SLF001  our own


def _written(_: Any, table_or_uri: Any, *__: Any, **kwargs: Any) -> None:
    from deltalake import DeltaTable

    if not isinstance(table_or_uri, DeltaTable):
        table_or_uri = DeltaTable(table_or_uri, storage_options=kwargs.get("storage_options"), without_files=True)
    _tell("write", table_or_uri)


def _tell(direction: Any, table: Any) -> None:
    see_later(_seen, direction, table.table_uri, table.schema(), table.version())


def _seen(direction: Direction, uri: str, schema: Any, version: int) -> Seen:
    namespace, name = files.named(uri) or from_uri(uri)
    facets = {
        "schema": Later(partial(_columns, schema)),
        "storage": Later(partial(standard.storage, "delta", "parquet")),
        "version": Later(partial(standard.dataset_version, str(version))),
    }
    return Seen(direction=direction, namespace=namespace, name=name.rstrip("/"), facets=facets)


def _columns(schema: Any) -> Json:
    return standard.schema({"name": field.name, "type": _type(field.type)} for field in schema.fields)


def _type(kind: Any) -> str:
    """Return a type as Delta's log has it: `long`, `struct`."""
    return str(getattr(kind, "type", kind))
