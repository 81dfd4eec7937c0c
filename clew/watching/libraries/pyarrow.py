"""PyArrow: files of its modules parquet, csv, json, feather, orc and dataset, with columns and rows where they are at hand.

A dataset is read when it is made, since it is there to be scanned. Names come from the path and the file system that go with it.
Not seen: streams that `pyarrow.fs` and `pyarrow.OSFile` open, for these are C++ through and through; IPC.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from pyarrow import Table

from clew.watching import files
from clew.watching.calls import after_each, by_name
from clew.watching.libraries import watch_part

if TYPE_CHECKING:
    from clew.watching.files import Columns

_SCHEMES = {"local": "", "s3": "s3://", "gcs": "gs://", "abfs": "abfs://", "hdfs": "hdfs://"}
"""PyArrow's own file systems, and how URLs of what they hold begin."""
_PLACES = ("source", "where", "path", "path_or_paths", "root_path", "base_dir", "input_file", "output_file", "dest")
_DATA = ("table", "data", "df")


def watch(_: Any) -> None:
    """Have functions tell which file it was, each module of them when it is imported."""
    for part, calls in _CALLS.items():
        watch_part("pyarrow", f"pyarrow.{part}", partial(_watch_part, calls))


def _watch_part(calls: dict[str, Any], module: Any) -> None:
    after_each((module, name, tell) for name, tell in calls.items())


def _read(result: Any, *args: Any, **kwargs: Any) -> None:
    source, system = args[0] if args else by_name(kwargs, _PLACES), kwargs.get("filesystem")
    columns, rows = _columns_and_rows(result)
    if kwargs.get("columns") is not None:
        columns = None
    if isinstance(source, (list, tuple)):
        for one in source:
            files.tell("read", _place(one, system), columns)
    else:
        files.tell("read", source if system is None else _place(source, system), columns, rows)


def _opened(_: Any, opened: Any, *args: Any, **kwargs: Any) -> None:
    _read(opened, *args, **kwargs)


def _written(_: Any, *args: Any, **kwargs: Any) -> None:
    columns, rows = _columns_and_rows(args[0] if args else by_name(kwargs, _DATA))
    place = args[1] if len(args) > 1 else by_name(kwargs, _PLACES)
    files.tell("write", _place(place, kwargs.get("filesystem")), columns, rows)


def _writer(_: Any, __: Any, *args: Any, **kwargs: Any) -> None:
    place = args[0] if args else by_name(kwargs, _PLACES)
    schema = args[1] if len(args) > 1 else kwargs.get("schema")
    files.tell("write", _place(place, kwargs.get("filesystem")), partial(_spelled, schema))


def _place(path: Any, system: Any) -> Any:
    """Return a path or URL; None where it is no path, or where a file system is at work that is nobody's we know."""
    if not isinstance(path, str) or system is None or "://" in path:
        return path
    if isinstance(system, str):
        return f"{system.rstrip('/')}/{path}"
    if hasattr(system, "unstrip_protocol"):
        return system.unstrip_protocol(path)
    if hasattr(handler := getattr(system, "handler", system), "fs"):
        return handler.fs.unstrip_protocol(path)
    if hasattr(system, "base_fs"):
        return _place(f"{system.base_path.rstrip('/')}/{path}", system.base_fs)
    scheme = _SCHEMES.get(system.type_name)
    return f"{scheme}{path}" if scheme is not None else None


def _columns_and_rows(data: Any) -> tuple[Columns | None, int | None]:
    """Return what gives the columns of what is PyArrow's, and how many rows it has; a frame of pandas tells nothing."""
    if isinstance(data, Table):
        return partial(_spelled, data.schema), data.num_rows
    kind = type(data)
    if not kind.__module__.startswith("pyarrow"):
        return None, None
    schema = data.schema_arrow if hasattr(kind, "schema_arrow") else getattr(data, "schema", None)
    return None if schema is None else partial(_spelled, schema), getattr(data, "num_rows", None)


def _spelled(schema: Any) -> list[dict[str, str]]:
    return [{"name": name, "type": str(kind)} for name, kind in zip(schema.names, schema.types, strict=True)]


_CALLS: dict[str, dict[str, Any]] = {
    "parquet": {
        "ParquetFile.__init__": _opened,
        "ParquetDataset.__init__": _opened,
        "ParquetWriter.__init__": _writer,
        "read_table": _read,
        "write_table": _written,
        "write_to_dataset": _written,
    },
    "csv": {"read_csv": _read, "open_csv": _read, "write_csv": _written},
    "json": {"read_json": _read},
    "feather": {"read_table": _read, "read_feather": _read, "write_feather": _written},
    "orc": {"ORCFile.__init__": _opened, "read_table": _read, "write_table": _written},
    "dataset": {"dataset": _read, "write_dataset": _written},
}
"""What is watched, by the module that it is in."""
