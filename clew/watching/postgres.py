"""What a driver of Postgres tells: of its connections which database they reach, and of a query its text."""

from __future__ import annotations

import re
from typing import Any

from clew.watching.process import see
from clew.watching.seen import Database, Statement

_OPTION = re.compile(r"search_path\s*=\s*((?:[^\s\\]|\\.)+)")


def tell(cursor: Any, query: Any, *, counted: bool = True) -> None:
    """Tell that a cursor of psycopg ran a query, and how many rows it counted where it counts them all."""
    rows = cursor.rowcount if counted else -1
    see(Statement(database=database_of(cursor.connection), text=text_of(query, cursor), rows=rows if rows >= 0 else None))


def database_of(connection: Any) -> Database:
    """Return the database that a connection of psycopg reaches; it is asked for nothing that it does not know."""
    found: Database | None = getattr(connection, "_clew_database", None)
    if found is None:
        found = connection._clew_database = _read(connection)  # noqa: SLF001  our own
    return found


def _read(connection: Any) -> Database:
    info = connection.info
    host = info.host or "localhost"
    return Database(
        adapter="postgres",
        host="localhost" if host.startswith(("/", "@")) else host,  # a socket of this machine
        port=int(info.port),
        name=info.dbname,
        schemas=_search_path(info),
    )


def _search_path(info: Any) -> tuple[str, ...]:
    """Return where names without a schema are looked for: Postgres 18 says so, and a connection may have been told."""
    option = _OPTION.search(info.options or "")
    said = info.parameter_status("search_path") or (option[1].replace("\\", "") if option else "")
    path = (name.strip().strip('"') for name in said.split(","))
    return tuple(name for name in path if name and name != "$user")


def text_of(query: Any, context: Any) -> str:
    """Return the text of a query, which may be bytes or made of parts."""
    if isinstance(query, str):
        return query
    if isinstance(query, (bytes, bytearray)):
        return query.decode(errors="replace")
    return str(query.as_string(context))
