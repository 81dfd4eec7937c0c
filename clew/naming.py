"""Names: of datasets per system, of assets, and the ids of runs.

Dataset names follow OpenLineage's naming specification (https://openlineage.io/docs/spec/naming, *Dataset Naming*); where that
is silent, each rule says what it follows. docs/naming.md has the same as a table for people.
"""

from __future__ import annotations

import re
from datetime import timezone
from hashlib import sha1
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from uuid import UUID, uuid5

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from urllib.parse import SplitResult


BLOB = "#blob-"
"""Stands in a URL of code before the id of the file's content, which changes with the file, as the commit does with every push."""


_RUNS = UUID("5f1c2d5e-6a0b-5c0e-9d1c-c1e3b0a7d2f4")
"""Namespace of the run ids that are made of names; any other constant would do as well."""


def run_id(at: datetime, *parts: object) -> str:
    """Return the run id that belongs to an instant and a name; the same always gives the same.

    A UUIDv7 (RFC 9562, 5.7) of the instant whose other bits are a hash of instant and dotted parts: what `generate_static_uuid` of
    openlineage-python gives, and so what Airflow's provider gives. Written out, since importing that costs half a second.
    """
    instant = at.astimezone(timezone.utc)
    digest = sha1(instant.isoformat().encode() + ".".join(map(str, parts)).encode(), usedforsecurity=False).digest()
    bits = int(instant.timestamp() * 1000) % 2**48 << 80 | int.from_bytes(digest, "big") >> 84
    version, variant = 0xF << 76, 0x3 << 62
    return str(UUID(int=bits & ~(version | variant) | 0x7 << 76 | 0x2 << 62))


def id_of(*parts: object) -> str:
    """Return the run id that belongs to a name alone, where no instant is told that is the same for everyone; the same always gives the same.

    A UUIDv5 (RFC 9562, 5.5) of the parts.
    """
    return str(uuid5(_RUNS, "\0".join(map(str, parts))))


# --- Namespaces of systems -------------------------------------------------------------------------------------------------


def postgres(host: str, port: int | str | None = None) -> str:
    """Namespace of a Postgres server.

    Source: naming specification, *Postgres*: `postgres://{host}:{port}`. 5432 is libpq's own default.
    """
    return f"postgres://{host.lower()}:{port or 5432}"


def duckdb(path: str) -> str:
    """Namespace of a DuckDB database: a file's path as it was given, `:memory:`, or MotherDuck's `md:NAME`.

    The specification is silent; `openlineage-dbt` has `duckdb://{path}`, which stands here without the query, since MotherDuck's
    token may be in it.
    """
    return f"duckdb://{path.partition('?')[0]}"


def server(adapter: str, host: str | None = None, port: int | str | None = None) -> str:
    """Namespace of a system that has no rule here: `{adapter}://{host}:{port}`, as most of the specification's rules read.

    The caller says in a warning that this name is nobody's rule.
    """
    authority = (host or "").lower() + (f":{port}" if port else "")
    return f"{adapter.lower()}://{authority}" if authority else adapter.lower()


# --- One name per thing -----------------------------------------------------------------------------------------------------

ALIASES = {
    "postgresql": "postgres",
}
"""Schemes that tools write, and the specification's scheme for the same system.

`postgresql` is libpq's and SQLAlchemy's name; the specification says `postgres`.
"""

DEFAULT_PORTS = {"postgres": 5432}
"""Ports that a namespace must have by the specification, and that a tool may leave out when it is the system's own default."""


def canonical(namespace: str, name: str) -> tuple[str, str]:
    """Return the one name of a dataset that tools name differently; any other name comes back as it is.

    Known schemes only: `postgresql+psycopg2://DB` and `postgres://db:5432` are one server. `localhost` stays `localhost`:
    which machine that is nobody can tell from the name.
    """
    scheme, separator, rest = namespace.partition("://")
    system = ALIASES.get(scheme.lower().partition("+")[0], scheme.lower().partition("+")[0])
    if not separator or system not in DEFAULT_PORTS:
        return namespace, name
    authority = rest.rpartition("@")[2].removesuffix("/")
    if not re.fullmatch(r"[A-Za-z0-9_.-]+(:\d+)?", authority):
        return namespace, name
    port = "" if ":" in authority else f":{DEFAULT_PORTS[system]}"
    return f"{system}://{authority.lower()}{port}", name


# --- Assets -------------------------------------------------------------------------------------------------------------------

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
    return f"{parts.scheme}://{_authority(parts)}", parts.path.strip("/") or "/"


def _google(parts: SplitResult) -> tuple[str, str]:
    """*GCS*: `gs://{bucket}`; Airflow also writes `gcs`."""
    return f"gs://{_authority(parts)}", parts.path.strip("/") or "/"


def _s3(parts: SplitResult) -> tuple[str, str]:
    """*S3*: `s3://{bucket}`; Hadoop writes `s3a` and `s3n` for the same bucket."""
    return f"s3://{_authority(parts)}", parts.path.strip("/") or "/"


def _file(parts: SplitResult) -> tuple[str, str]:
    """*Local file system*: `file`; *Remote file system*: `file://{host}`; the name is the path."""
    host = "" if parts.netloc == "localhost" else parts.netloc
    return (f"file://{host}" if host else "file"), parts.path or "/"


def _table(parts: SplitResult) -> tuple[str, str]:
    """Databases: the path's parts, joined by dots, below `scheme://host:port`."""
    namespace = f"{parts.scheme}://{_authority(parts)}"
    return canonical(namespace, ".".join(p for p in parts.path.split("/") if p) or "/")


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
    "file": _file,
    "s3": _s3,
    "s3a": _s3,
    "s3n": _s3,
    "gs": _google,
    "gcs": _google,
    "bigquery": _bigquery,
    "duckdb": _duckdb,
    **dict.fromkeys(("postgres", "postgresql", "mysql", "mssql", "trino", "snowflake", "redshift", "oracle", "hive", "cassandra"), _table),
}
"""How the URIs of a scheme are read; others are read as objects."""
