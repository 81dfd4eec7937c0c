"""Polars: files that `read_*`, `scan_*`, `write_*` and `sink_*` are given, with columns and rows where a frame is at hand.

A scan is read when it is made: its plan is there to be collected, and which plans were is known to Polars' engine alone.
Not seen: Arrow streams, the clipboard. Databases are seen at their drivers, Delta tables by deltalake; an Iceberg
table is one of pyiceberg's.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from polars import DataFrame

from clew.watching import files
from clew.watching.calls import after_each, by_name

if TYPE_CHECKING:
    from clew.watching.files import Columns

_READERS = (
    *("read_avro", "read_csv", "read_excel", "read_ipc", "read_ipc_stream", "read_json", "read_ndjson", "read_ods", "read_parquet"),
    *("scan_csv", "scan_ipc", "scan_ndjson", "scan_parquet"),
)
_WRITERS = ("write_avro", "write_csv", "write_excel", "write_ipc", "write_ipc_stream", "write_json", "write_ndjson", "write_parquet")
_SINKS = ("sink_csv", "sink_ipc", "sink_ndjson", "sink_parquet")
_PLACES = ("source", "file", "workbook", "path")
"""What Polars calls the argument for the file, which is always the first."""
_NOT_ALL = ("columns", "sheet_id", "sheet_name", "schema")
"""Arguments with which a frame has other columns than its file."""


def watch(module: Any) -> None:
    """Have readers, scans, writers and sinks tell which file it was."""
    reads = [(module, name, _read) for name in _READERS]
    writes = [(module.DataFrame, name, _written) for name in _WRITERS]
    after_each([*reads, *writes, *((module.LazyFrame, name, _sunk) for name in _SINKS), (module, "scan_iceberg", _scanned_iceberg)])


def _read(result: Any, *args: Any, **kwargs: Any) -> None:
    source = args[0] if args else by_name(kwargs, _PLACES)
    columns, rows = _columns_and_rows(result, kwargs)
    if isinstance(source, (list, tuple)):
        for one in source:
            files.tell("read", one, columns, rows if len(source) == 1 else None)
    else:
        files.tell("read", source, columns, rows)


def _written(_: Any, frame: Any, *args: Any, **kwargs: Any) -> None:
    columns, rows = _columns_and_rows(frame, kwargs)
    files.tell("write", _target(args, kwargs), columns, rows)


def _sunk(_: Any, __: Any, *args: Any, **kwargs: Any) -> None:
    files.tell("write", _target(args, kwargs))


def _scanned_iceberg(_: Any, source: Any, *__: Any, snapshot_id: int | None = None, **___: Any) -> None:
    from clew.watching.libraries import pyiceberg

    if hasattr(source, "metadata"):
        pyiceberg.tell_read(source, snapshot_id)


def _target(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Return where is written to; files in partitions are written below a folder."""
    target = args[0] if args else by_name(kwargs, _PLACES)
    if isinstance(target, str):
        return target
    return getattr(getattr(target, "_pl_partition_by", target), "base_path", target)


def _columns_and_rows(frame: Any, asked: dict[str, Any]) -> tuple[Columns | None, int | None]:
    """Return what gives the columns of a frame, and how many rows it has; a lazy one knows them only after it has looked into the file."""
    if not isinstance(frame, DataFrame):  # lazy, or several frames
        return None, None
    if asked and any(asked.get(name) is not None for name in _NOT_ALL):
        return None, frame.height
    return partial(_spelled, frame.clear()), frame.height  # without its data, and without a Python object for each column


def _spelled(empty: Any) -> list[dict[str, str]]:
    return [{"name": name, "type": str(kind)} for name, kind in empty.schema.items()]
