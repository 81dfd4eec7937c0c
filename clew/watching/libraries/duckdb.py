"""DuckDB: statements of every connection and of `duckdb.sql`, relations that read or make files and tables, and files within SQL.

What DuckDB reads of the program's own variables (`select * from frame`) is no table. It looks for them in the frame that called it,
so that ours must look as the caller's does.
"""

from __future__ import annotations

import re
import sys
from functools import wraps
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary, ref

from clew.watching import files
from clew.watching.calls import after, by_name
from clew.watching.process import has_seen, recording, see, told
from clew.watching.seen import Database, Statement

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_TEXTS = ("execute", "executemany", "sql", "query", "from_query")
_READERS = ("read_csv", "read_json", "read_parquet", "from_csv_auto", "from_parquet")
_NAMED = re.compile(r"(?:\bfrom|\bjoin|\busing|\bpivot|,)\s+\"?([^\W\d]\w*)\b\"?(?!\s*[.(])", re.IGNORECASE)
_WRITES = re.compile(r"\s*(?:insert|update|delete|merge|copy|create)\b", re.IGNORECASE)
_IN_MEMORY = Database(adapter="duckdb", path=":memory:", name="memory")
_KIND_OF_PATH = {"motherduck": "md:"}

_databases: WeakKeyDictionary[Any, Database] = WeakKeyDictionary()
_latest: Callable[[], Any] = lambda: None  # noqa: E731  until there is one
"""The connection that was used last, if it is still there: to hold it would keep its file open."""


def watch(module: Any) -> None:
    """Have connections, the module's own functions and relations tell what they did."""
    connection, relation = module.DuckDBPyConnection, module.DuckDBPyRelation
    for owner in (connection, module):
        for name in _TEXTS:
            if hasattr(owner, name):
                _watch_texts(owner, name, is_module=owner is module)
        for name in _READERS:
            if hasattr(owner, name):
                after(owner, name, _read_of_module if owner is module else _read)
    after(connection, "register", _registered)
    after(connection, "append", _appended)
    for name in ("table", "view"):
        after(connection, name, _table)
    after(relation, "insert_into", _inserted)
    for name in ("create", "to_table"):
        after(relation, name, _created)
    for name in ("write_csv", "to_csv", "write_parquet", "to_parquet"):
        after(relation, name, _wrote)


def _watch_texts(owner: Any, name: str, *, is_module: bool) -> None:
    call = getattr(owner, name)

    @wraps(call)
    def watched(*args: Any, **kwargs: Any) -> Any:
        caller = sys._getframe(1)  # noqa: SLF001  there is no other way to the caller's variables
        result = _as_if_by(caller, call, args, kwargs)
        if recording():
            connection, given = (None, args) if is_module else (args[0], args[1:])
            told(_ran, (connection, given[0] if given else by_name(kwargs, ("query", "sql")), caller))
        return result

    setattr(owner, name, watched)


_CALL = compile("_clew_call(*_clew_args, **_clew_kwargs)", __file__, "eval")


def _as_if_by(caller: Any, call: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Call from a frame that sees the caller's variables."""
    own = {"_clew_call": call, "_clew_args": args, "_clew_kwargs": kwargs}
    there = caller.f_locals
    return eval(_CALL, caller.f_globals, own if there is caller.f_globals else {**there, **own})  # noqa: S307  no text of others


def _ran(connection: Any, text: Any, caller: Any) -> None:
    connection = _connection(connection)
    if not isinstance(text, str):  # statements that `extract_statements` made
        text = ";".join(str(one.query) for one in (text if isinstance(text, list) else [text]))
    database, rows = _database(connection), connection.rowcount
    if rows >= 0 and _WRITES.match(text):
        see(Statement(database=database, text=text, rows=rows, no_tables=_variables(connection, text, caller)))
    elif not has_seen(database, text):
        see(Statement(database=database, text=text, no_tables=_variables(connection, text, caller)))


def _connection(connection: Any) -> Any:
    """Return the connection, which functions of the module have not, and remember it: relations do not tell theirs."""
    global _latest  # noqa: PLW0603
    connection = sys.modules["duckdb"].default_connection() if connection is None else connection
    _latest = ref(connection)
    return connection


def _database(connection: Any) -> Database:
    found = _databases.get(connection)
    if found is None:
        found = _databases[connection] = _read_database(connection)
    return found


def _ask(connection: Any, query: str) -> list[Any]:
    """Ask DuckDB, which runs in this process, on a connection of our own to the same database.

    What of DuckDB is needed is looked up: its extension complains at the end of a program in which somebody else holds any of it.
    """
    ours = connection.cursor()
    rows: list[Any] = type(ours).execute.__wrapped__(ours, query).fetchall()
    ours.close()
    return rows


def _read_database(connection: Any) -> Database:
    asked = "select database_name, path, type from duckdb_databases() where database_name = current_database()"
    for name, path, kind in _ask(connection, asked):
        if path or kind in _KIND_OF_PATH:
            return Database(adapter="duckdb", path=path or f"{_KIND_OF_PATH[kind]}{name}", name=name)
    return _IN_MEMORY


def _variables(connection: Any, text: str, caller: Any) -> tuple[str, ...]:
    """Return names in SQL that are variables of the caller and no tables."""
    variables = {name for name in _NAMED.findall(text) if _may_be_read(caller.f_locals.get(name, caller.f_globals.get(name)))}
    if not variables:
        return ()
    tables = "select table_name from duckdb_tables() union all select view_name from duckdb_views()"
    there = {str(name).lower() for (name,) in _ask(connection, tables)}
    return tuple(sorted(name for name in variables if name.lower() not in there))


def _may_be_read(value: Any) -> bool:
    """Tell whether DuckDB may read a variable as a table: data frames, Arrow's tables, arrays, relations."""
    return value is not None and not isinstance(value, (str, bytes, int, float, ModuleType, FunctionType, type))


def _see(connection: Any, text: str) -> None:
    see(Statement(database=_database(_connection(connection)), text=text))


def _registered(_: Any, connection: Any, view_name: str, *__: Any, **___: Any) -> None:
    _see(connection, f'create temporary view "{view_name}" as select 1')


def _table(_: Any, connection: Any, name: str, *__: Any, **___: Any) -> None:
    _see(connection, f"from {name}")


def _appended(_: Any, connection: Any, name: str, *__: Any, **___: Any) -> None:
    _see(connection, f"insert into {name} select 1")


def _owner(relation: Any) -> Any:
    return getattr(relation, "_con", None) or _latest()


def _created(_: Any, relation: Any, name: str, *__: Any, **___: Any) -> None:
    _see(_owner(relation), f"create table {name} as select 1")


def _inserted(_: Any, relation: Any, name: str, *__: Any, **___: Any) -> None:
    _see(_owner(relation), f"insert into {name} select 1")


def _wrote(_: Any, __: Any, file_name: Any, *___: Any, **____: Any) -> None:
    files.tell("write", file_name)


def _read(_: Any, connection: Any, path: Any = None, *__: Any, **more: Any) -> None:
    _connection(connection)
    _tell_read(path, more)


def _read_of_module(_: Any, path: Any = None, *__: Any, **more: Any) -> None:
    _tell_read(path, more)


def _tell_read(path: Any, more: Mapping[str, Any]) -> None:
    given = path if path is not None else next((more[key] for key in ("path_or_buffer", "file_glob", "file_globs") if key in more), None)
    for one in given if isinstance(given, (list, tuple)) else [given]:
        files.tell("read", one)
