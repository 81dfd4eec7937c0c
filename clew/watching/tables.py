"""From statements that databases ran to the tables and files that they read and wrote."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from clew import facets as standard
from clew.sql.session import Session
from clew.watching import files
from clew.watching.seen import Seen

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from clew.events import Json
    from clew.watching.seen import Database, Statement

    Name = tuple[str, str]
    Server = tuple[str | None, int | None, str | None]
    """Host, port and database."""


def of_statements(statements: Iterable[Statement], known: Sequence[Name] = (), schemas: Mapping[Server, str] | None = None) -> list[Seen]:
    """Return what statements read and wrote, database by database.

    Args:
        statements: in the order in which they were first run.
        known: datasets that somebody told who knows, for names without a schema.
        schemas: where names without a schema are looked for in databases whose connection does not tell.
    """
    sessions: dict[Database, Session] = {}
    for statement in statements:
        session = sessions.get(statement.database) or sessions.setdefault(
            statement.database, _session(statement.database, known, schemas or {})
        )
        session.run(statement.text, rows=statement.rows, no_tables=statement.no_tables)
    return [seen for session in sessions.values() for seen in (*_tables(session), *_files(session))]


def _session(database: Database, known: Sequence[Name], schemas: Mapping[Server, str]) -> Session:
    asked = schemas.get((database.host, database.port, database.name))
    credentials = {"host": database.host, "port": database.port, "path": database.path, "account": database.account}
    return Session(
        database.adapter,
        credentials,
        database=database.name,
        schemas=database.schemas or ([asked] if asked else []),
        known=known,
        folder=os.getcwd(),  # noqa: PTH109
    )


def _tables(session: Session) -> list[Seen]:
    read = [Seen(direction="read", namespace=namespace, name=name) for namespace, name in session.read]
    written = [
        Seen(direction="write", namespace=table[0], name=table[1], facets=_change(session, table), rows=rows)
        for table, rows in session.written.items()
    ]
    return [*read, *written]


def _change(session: Session, table: Name) -> Json:
    if table not in session.changes:
        return {}
    old = session.renamed.get(table)
    before = {"namespace": old[0], "name": old[1]} if old else None
    return {"lifecycleStateChange": standard.lifecycle_state_change(session.changes[table], before)}


def _files(session: Session) -> list[Seen]:
    named = [(direction, file) for direction, path in session.files if (file := files.named(path))]
    return [Seen(direction=direction, namespace=place[0], name=place[1]) for direction, file in named if (place := files.dataset(*file))]
