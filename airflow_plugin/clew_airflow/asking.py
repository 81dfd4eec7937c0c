"""A SQL operator's database, asked at the END of its task: with what Airflow has looked up already, over one connection for all questions.

The provider looks the Airflow connection up again, through the task's supervisor and the API server, connects to Postgres for the
default schema and once more for the columns, and makes an engine of SQLAlchemy to write its question in the words of the database.
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Any

from clew.guard import guard

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    Tables = Mapping[str | None, Collection[str]]
    """Names of tables by schema; None: wherever they are."""

_WORDS_OF_POSTGRES = object()
"""Stands in the place of SQLAlchemy's engine, which costs 2 milliseconds to make and 4 to write two questions."""


@contextmanager
def asked_once(operator: Any) -> Iterator[None]:
    """Have an operator's hook look nothing up that it knows, and connect to its Postgres once, for as long as the block lasts.

    The connection is one of our own: what the task did in its own is over by then, whatever became of it. An operator that has made
    no hook, or makes another one whenever it is asked, is left as it is.
    """
    hook = vars(operator).get("_hook")  # a cached property of `BaseSQLOperator`
    if hook is None:
        yield
        return
    opened: list[Any] = []
    of_its_own = vars(hook)
    stand_ins = {"get_connection": _looking_up_once(hook)}
    if _is_postgres(hook):
        stand_ins |= {"get_conn": _connecting_once(hook, opened), "get_sqlalchemy_engine": lambda: _WORDS_OF_POSTGRES}
    before = {name: of_its_own[name] for name in stand_ins if name in of_its_own}
    of_its_own.update(stand_ins)
    try:
        yield
    finally:
        for name in stand_ins:
            del of_its_own[name]
        of_its_own.update(before)
        for connection in opened:
            with guard("leave a database that an operator has used"):
                connection.close()


class Shared:
    """A connection that stays open when one of those closes it who share it."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def close(self) -> None:
        """Leave it to whoever opened it."""


def write_questions(sqlparser: Any) -> None:
    """Have the provider's module ask a Postgres in SQL that is written without SQLAlchemy."""
    theirs = sqlparser.create_information_schema_query

    @wraps(theirs)
    def create_information_schema_query(**asked: Any) -> str:
        if asked.get("sqlalchemy_engine") is not _WORDS_OF_POSTGRES:
            return str(theirs(**asked))
        return question(asked["columns"], asked["information_schema_table_name"], asked["tables_hierarchy"][None])

    sqlparser.create_information_schema_query = create_information_schema_query


def question(columns: Collection[str], place: str, tables: Tables) -> str:
    """Ask a Postgres for the columns of tables.

    Args:
        columns: of the information schema; the provider's, in its order, with those for schema and table called as in the standard.
        place: of the information schema.
        tables: whose columns.
    """
    of_each = (_is_one_of(schema, names) for schema, names in tables.items())
    return f"SELECT {', '.join(columns)} FROM {place} WHERE {' OR '.join(of_each)}"  # noqa: S608  names are literals


def _is_one_of(schema: str | None, names: Collection[str]) -> str:
    among = f"table_name IN ({', '.join(map(_literal, names))})"
    return among if schema is None else f"(table_schema = {_literal(schema)} AND {among})"


def _literal(name: str) -> str:
    """Write a text so that it means the same whatever `standard_conforming_strings` is."""
    escaped = name.replace("\\", "\\\\").replace("'", "''")
    return f"E'{escaped}'"


def _is_postgres(hook: Any) -> bool:
    """Tell whether a hook connects to a Postgres, and not to a Redshift, which has the same hook."""
    connection = _looked_up(hook)
    return connection is not None and hook.conn_type == "postgres" and hook.get_openlineage_database_dialect(connection) == "postgres"


def _looked_up(hook: Any) -> Any:
    """Return the Airflow connection that a `DbApiHook` has used; its property would look it up where there is none yet."""
    return getattr(hook, "_connection", None)


def _looking_up_once(hook: Any) -> Any:
    look_up = hook.get_connection
    known = {} if _looked_up(hook) is None else {hook.get_conn_id(): _looked_up(hook)}

    def get_connection(conn_id: str) -> Any:
        if conn_id not in known:
            known[conn_id] = look_up(conn_id)
        return known[conn_id]

    return get_connection


def _connecting_once(hook: Any, opened: list[Any]) -> Any:
    connect = hook.get_conn

    def get_conn() -> Shared:
        if not opened:
            opened.append(connect())
        return Shared(opened[0])

    return get_conn
