"""A SQL operator's database, asked at the END of its task: with what Airflow has looked up already, over one connection for all questions.

The provider looks the Airflow connection up again, through the task's supervisor and the API server, connects to Postgres for the
default schema and once more for the columns, makes an engine of SQLAlchemy to write its question in the words of the database, and asks
the information schema, whose views a new connection takes 10 milliseconds to plan.
"""

from __future__ import annotations

from contextlib import closing, contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Any

from clew.guard import guard

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    Tables = Mapping[str | None, Collection[str]]
    """Names of tables by schema; None: wherever they are."""

_WORDS_OF_POSTGRES = object()
"""Stands in the place of SQLAlchemy's engine, which costs 2 milliseconds to make and 4 to write two questions."""
_ASKED = ["table_schema", "table_name", "column_name", "ordinal_position", "udt_name"]
"""Columns of the information schema that the provider asks a Postgres for, in its order."""
_COLUMNS = """
SELECT s.nspname, r.relname, c.attname, c.attnum, COALESCE(base.typname, t.typname)
FROM pg_catalog.pg_class AS r
JOIN pg_catalog.pg_namespace AS s ON s.oid = r.relnamespace
JOIN pg_catalog.pg_attribute AS c ON c.attrelid = r.oid
JOIN pg_catalog.pg_type AS t ON t.oid = c.atttypid
LEFT JOIN pg_catalog.pg_type AS base ON t.typtype = 'd' AND base.oid = t.typbasetype
WHERE r.relkind IN ('r', 'v', 'm', 'f', 'p') AND c.attnum > 0 AND NOT c.attisdropped AND s.nspname !~ '^pg_temp_'
"""
"""The same in the catalogue itself, for materialized views, too: planned in a millisecond."""


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
        get_conn = _connecting_once(hook, opened)
        stand_ins |= {"get_conn": get_conn, "get_first": _asking_by(get_conn), "get_sqlalchemy_engine": lambda: _WORDS_OF_POSTGRES}
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
        if asked["columns"] != _ASKED:
            raise ValueError(f"the OpenLineage provider asks for {asked['columns']}, and Clew knows {_ASKED}")  # the provider logs it
        return question(asked["tables_hierarchy"][None])

    sqlparser.create_information_schema_query = create_information_schema_query


def question(tables: Tables) -> str:
    """Ask a Postgres for the columns of tables: schema, table, column, its number, its type's name.

    Args:
        tables: whose columns.
    """
    return f"{_COLUMNS}AND ({' OR '.join(_is_one_of(schema, names) for schema, names in tables.items())})"


def _is_one_of(schema: str | None, names: Collection[str]) -> str:
    among = f"r.relname IN ({', '.join(map(_literal, names))})"
    return among if schema is None else f"(s.nspname = {_literal(schema)} AND {among})"


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


def _asking_by(get_conn: Callable[[], Any]) -> Any:
    """Return a hook's `get_first` that writes no line into the task's log."""

    def get_first(sql: str) -> Any:
        with closing(get_conn().cursor()) as cursor:
            cursor.execute(sql)
            return cursor.fetchone()

    return get_first
