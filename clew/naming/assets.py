"""Which dataset an asset of Airflow means."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from clew.naming.aliases import DATABASES, canonical
from clew.naming.systems import ALL_LEVELS, duckdb

if TYPE_CHECKING:
    from collections.abc import Callable
    from urllib.parse import SplitResult


ASSET = "asset"
"""Namespace of an asset that has a name and no URI."""

_DUCKDB_FILE = re.compile(r"(?P<file>.*\.(?:duckdb|ddb|db))(?:/(?P<table>.*))?", re.IGNORECASE)
_DUCKDB_PATH = re.compile(r"(?P<file>.+)/(?P<table>[^/]+/[^/]+)")


def from_uri(uri: str) -> tuple[str, str]:
    """Return namespace and name of the dataset that an asset's URI means; never raises.

    Users, passwords and queries are left out. A text without a scheme is the name of an asset. Unknown schemes follow the
    object stores of the specification: `scheme://authority` and the path without its first slash. Nothing is decoded, as
    Airflow's own converters decode nothing. `duckdb:/file` is what Airflow makes of `duckdb:///file`.
    """
    try:
        parts = urlsplit(uri, allow_fragments=False)
    except ValueError:  # e.g. a bracket that is no IPv6 address
        return ASSET, uri
    drive = len(parts.scheme) == 1  # C:/orders.csv
    if not parts.scheme or drive or not (parts.netloc or parts.path.startswith("/")):
        return ASSET, uri
    return _ASSETS.get(parts.scheme, _object)(parts)


def _authority(parts: SplitResult) -> str:
    """Return the authority without a password; a container before `@` (Azure) is no user."""
    user, at, host = parts.netloc.rpartition("@")
    container = user if at and ":" not in user and parts.scheme in {"abfs", "abfss", "wasb", "wasbs"} else ""
    return f"{container}@{host}" if container else host


def _object(parts: SplitResult) -> tuple[str, str]:
    """Name an object: *S3*, *GCS*, *ABFSS*, *WASBS*, *Kafka* of the specification, and whatever has no rule."""
    return canonical(f"{parts.scheme}://{_authority(parts)}", parts.path.strip("/") or "/")


def _file(parts: SplitResult) -> tuple[str, str]:
    """*Local file system*: `file`; *Remote file system*: `file://{host}`; the name is the path."""
    host = "" if parts.netloc == "localhost" else parts.netloc
    return (f"file://{host}" if host else "file"), parts.path or "/"


def _table(parts: SplitResult) -> tuple[str, str]:
    """Databases: the path's parts, joined by dots, below `scheme://host:port`; an instance of SQL Server before them is no part of it."""
    path = [p for p in parts.path.split("/") if p]
    if parts.scheme == "mssql" and len(path) > len(ALL_LEVELS):
        path = path[-len(ALL_LEVELS) :]
    return canonical(f"{parts.scheme}://{_authority(parts)}", ".".join(path) or "/")


def _bigquery(parts: SplitResult) -> tuple[str, str]:
    """*BigQuery*: `bigquery`, `{project}.{dataset}.{table}`."""
    return "bigquery", ".".join(p for p in (parts.netloc, *parts.path.split("/")) if p)


def _duckdb(parts: SplitResult) -> tuple[str, str]:
    """DuckDB: `duckdb:///abs/shop.duckdb/main/orders` is `shop.main.orders` in `duckdb:///abs/shop.duckdb`, as dbt has it.

    The file ends at `.duckdb`, `.ddb` or `.db`, else before the last two parts (schema and table).
    """
    path = _authority(parts) + parts.path
    match = _DUCKDB_FILE.fullmatch(path) or _DUCKDB_PATH.fullmatch(path)
    file, table = (match["file"], match["table"] or "") if match else (path, "")
    return duckdb(file), ".".join((PurePosixPath(file).stem, *(p for p in table.split("/") if p)))


_ASSETS: dict[str, Callable[[SplitResult], tuple[str, str]]] = {
    **dict.fromkeys((*DATABASES, "cassandra"), _table),
    "file": _file,
    "bigquery": _bigquery,
    "duckdb": _duckdb,
}
"""How the URIs of a scheme are read; others are read as objects."""
