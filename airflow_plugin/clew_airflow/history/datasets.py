"""What a task read and wrote, as far as the metadata tells: its assets, and the tables of its rendered SQL."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from typing import TYPE_CHECKING

from clew.sql.session import Session

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clew.events import Json
    from clew_airflow.history.shapes import Connection

_CONNECTION = re.compile(r"(\w+_)?conn_id")
_ADAPTERS = {
    "mssql": "sqlserver",
    "hiveserver2": "hive",
    "gcpbigquery": "bigquery",
    "google_cloud_platform": "bigquery",
    "databricks_sql": "databricks",
}


def sql_of(rendered: Json) -> str | None:
    """Return the SQL among the rendered fields of a task; statements of a list are joined."""
    found = rendered.get("sql")
    if isinstance(found, str) and found.startswith("["):
        with suppress(ValueError):
            found = json.loads(found)
    if isinstance(found, list):
        found = ";\n".join(str(one) for one in found)
    return found.strip() or None if isinstance(found, str) else None


def connection_of(rendered: Json) -> str | None:
    """Return the connection that a task's SQL goes to, where its rendered fields tell."""
    found = {key: value for key, value in rendered.items() if _CONNECTION.fullmatch(key) and isinstance(value, str) and value}
    return found.get("conn_id") or next(iter(found.values()), None)


def of_sql(sql: str, connection: Connection, database: str | None = None) -> tuple[list[Json], list[Json]]:
    """Return the datasets that SQL reads and writes.

    Args:
        sql: one or more statements.
        connection: where it goes.
        database: that the task names itself.
    """
    kind, credentials = connection.conn_type or "", _credentials(connection)
    own: str | None = database or connection.schema_
    schemas: list[str] = []
    if credentials.get("database"):  # Snowflake's connections have the database there, and the schema as schema
        own, schemas = database or str(credentials["database"]), [connection.schema_] if connection.schema_ else []
    session = Session(_ADAPTERS.get(kind, kind), credentials, database=own, schemas=schemas)
    session.run(sql)
    return _datasets(session.read), _datasets(session.written)


def _datasets(names: Iterable[tuple[str, str]]) -> list[Json]:
    return [{"namespace": namespace, "name": name, "facets": {}} for namespace, name in sorted(names)]


def _credentials(connection: Connection) -> Json:
    """Return what names the database behind a connection, as dbt's adapters call it; no secret is among what is looked at."""
    try:
        extra = json.loads(connection.extra or "{}")
    except ValueError:
        extra = {}
    plain = {key: value for key, value in (extra if isinstance(extra, dict) else {}).items() if isinstance(value, (str, int))}
    return {**plain, "host": connection.host, "port": connection.port, "path": connection.host}
