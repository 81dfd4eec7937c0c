"""What a task read and wrote, as far as the metadata tells: its assets, and the tables of its rendered SQL."""

from __future__ import annotations

import json
import logging
import re
from contextlib import suppress
from functools import lru_cache
from importlib import import_module, util
from typing import TYPE_CHECKING, Any, NamedTuple

from clew.guard import guard
from clew.naming import tables as tables_behind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clew.events import Json
    from clew_airflow.history.shapes import Connection

Table = tuple["str | None", "str | None", str]
"""Database, schema and name, as the SQL has them."""

LONGEST = 200_000
"""Characters of SQL that are parsed: a parser takes seconds for more."""

_PARAMETERS = re.compile(r"%\(\w+\)s|%s")
_CONNECTION = re.compile(r"(\w+_)?conn_id")
_ADAPTERS = {"mssql": "sqlserver", "gcpbigquery": "bigquery", "google_cloud_platform": "bigquery", "databricks_sql": "databricks"}
_DIALECTS = {"mssql": "tsql", "gcpbigquery": "bigquery", "google_cloud_platform": "bigquery", "mariadb": "mysql", "hiveserver2": "hive"}
_SCHEMAS = {"postgres": "public", "redshift": "public", "mssql": "dbo", "duckdb": "main", "sqlite": "main"}
_SCHEMA_IS_DATABASE = {"mysql", "mariadb"}


class Used(NamedTuple):
    """Tables that SQL reads and writes."""

    read: frozenset[Table] = frozenset()
    written: frozenset[Table] = frozenset()


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
    kind = connection.conn_type or ""
    used = used_by(sql[:LONGEST], _DIALECTS.get(kind, kind)) if len(sql) <= LONGEST else Used()
    return _datasets(used.read, connection, database), _datasets(used.written, connection, database)


@lru_cache(maxsize=1024)
def used_by(sql: str, dialect: str) -> Used:
    """Return the tables of SQL; none where it cannot be parsed, or no parser is installed (`sqlglot`, else `openlineage_sql`)."""
    plain = _PARAMETERS.sub("NULL", sql)  # drivers put values there
    with guard("parse the SQL of a task"):
        if util.find_spec("sqlglot"):
            return _by_sqlglot(plain, dialect)
        if util.find_spec("openlineage_sql"):
            return _by_openlineage(plain, dialect)
    return Used()


def has_parser() -> bool:
    """Tell whether SQL can be parsed here."""
    return bool(util.find_spec("sqlglot") or util.find_spec("openlineage_sql"))


def _by_sqlglot(sql: str, dialect: str) -> Used:
    import sqlglot
    from sqlglot import exp

    logging.getLogger("sqlglot").setLevel(logging.ERROR)
    try:
        statements = sqlglot.parse(sql, dialect=dialect if dialect in sqlglot.Dialects._value2member_map_ else None)
    except sqlglot.errors.SqlglotError:
        return Used()
    read: set[Table] = set()
    written: set[Table] = set()
    for statement in statements:
        if statement is None or not isinstance(statement, (exp.Query, exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.Create)):
            continue
        target = None if isinstance(statement, exp.Query) else statement.this
        target = target.this if isinstance(target, exp.Schema) else target
        names = {cte.alias_or_name for cte in statement.find_all(exp.CTE)}
        if isinstance(target, exp.Table) and (not isinstance(statement, exp.Create) or statement.kind in {"TABLE", "VIEW"}):
            written.add(_table(target))
        read |= {
            _table(one) for one in statement.find_all(exp.Table) if one is not target and one.name and (one.db or one.name not in names)
        }
    return Used(frozenset(read), frozenset(written))


def _table(one: Any) -> Table:
    return one.catalog or None, one.db or None, one.name


def _by_openlineage(sql: str, dialect: str) -> Used:
    meta = import_module("openlineage_sql").parse([one for one in sql.split(";") if one.strip()], dialect=dialect)
    if meta is None:
        return Used()
    return Used(*(frozenset((t.database, t.schema, t.name) for t in side) for side in (meta.in_tables, meta.out_tables)))


def _datasets(used: Iterable[Table], connection: Connection, database: str | None) -> list[Json]:
    kind, credentials = connection.conn_type or "", _credentials(connection)
    behind = tables_behind(_ADAPTERS.get(kind, kind), credentials, "/")
    own, schema = database or connection.schema_, _SCHEMAS.get(kind)
    if kind in _SCHEMA_IS_DATABASE:
        own, schema = None, own
    elif credentials.get("database"):  # Snowflake's connections have the database there, and the schema as schema
        own, schema = database or str(credentials["database"]), connection.schema_ or schema
    named = {behind.table(one[0] or own, one[1] or schema, one[2]) for one in used}
    return [{"namespace": namespace, "name": name, "facets": {}} for namespace, name in sorted(named)]


def _credentials(connection: Connection) -> Json:
    """Return what names the database behind a connection, as dbt's adapters call it; no secret is among what is looked at."""
    try:
        extra = json.loads(connection.extra or "{}")
    except ValueError:
        extra = {}
    plain = {key: value for key, value in (extra if isinstance(extra, dict) else {}).items() if isinstance(value, (str, int))}
    return {**plain, "host": connection.host, "port": connection.port, "path": connection.host}
