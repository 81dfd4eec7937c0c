"""SQLAlchemy: every statement of every engine whose driver is not watched itself; of those that are, the schema that it asked them for."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from msgspec.structs import replace

from clew.watching import libraries
from clew.watching.postgres import database_of
from clew.watching.process import recording, see, told
from clew.watching.seen import Database, Statement

_ADAPTERS = {"postgresql": "postgres", "mssql": "sqlserver", "mariadb": "mysql", "clickhousedb": "clickhouse", "awsathena": "athena"}
"""Dialects that `clew.naming` knows by another name."""
_DRIVERS = {"pysqlite": "sqlite3", "aiosqlite": "sqlite3", "psycopg": "psycopg", "psycopg_async": "psycopg", "psycopg2": "psycopg2"}
_DRIVERS |= {"duckdb_engine": "duckdb"}
"""Drivers that tell by themselves, as the libraries that are watched."""


def watch(module: Any) -> None:
    """Have all engines tell what they ran."""
    module.event.listen(module.engine.Engine, "after_cursor_execute", _executed)
    module.event.listen(module.engine.Engine, "engine_connect", _connected)


def _executed(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
    told(_tell, (connection, cursor, statement))


def _tell(connection: Any, cursor: Any, statement: str) -> None:
    if _tells_itself(connection.dialect):
        return
    rows = getattr(cursor, "rowcount", -1)
    database = _database(connection.engine.url, connection.dialect.name, connection.dialect.default_schema_name)
    see(Statement(database=database, text=statement, rows=rows if isinstance(rows, int) and rows >= 0 else None))


def _tells_itself(dialect: Any) -> bool:
    driver = "duckdb_engine" if dialect.name == "duckdb" else dialect.driver
    return libraries.is_watched(_DRIVERS.get(driver, ""))


@lru_cache(maxsize=64)
def _database(url: Any, dialect: str, default_schema: str | None) -> Database:
    name, _, within = (url.database or "").partition("/")  # Trino's and Snowflake's: catalog/schema
    adapter = _ADAPTERS.get(dialect, dialect)
    return Database(
        adapter=adapter,
        host=url.host,
        port=url.port,
        account=url.host if adapter == "snowflake" else None,
        path=url.database if adapter in {"sqlite", "duckdb"} else None,
        name=(url.host if adapter == "bigquery" else name) or None,
        schemas=tuple(schema for schema in (within or default_schema,) if schema),
    )


def _connected(connection: Any, *_: Any) -> None:
    if recording() and connection.dialect.name == "postgresql" and _tells_itself(connection.dialect):
        told(_tell_schema, (connection,))


def _tell_schema(connection: Any) -> None:
    """Pass on the schema that SQLAlchemy asked for at an engine's first connection."""
    schema, driver = connection.dialect.default_schema_name, connection.connection.driver_connection
    if schema and not (known := database_of(driver)).schemas:
        driver._clew_database = replace(known, schemas=(schema,))  # noqa: SLF001  our own
