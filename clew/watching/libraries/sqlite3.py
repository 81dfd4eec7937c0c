"""sqlite3: every statement of connections that are opened while watching; databases in memory are nothing."""

from __future__ import annotations

import os
from functools import lru_cache, wraps
from sqlite3 import Connection, Cursor
from typing import Any
from urllib.parse import unquote, urlsplit

from clew.watching.process import recording, see, told
from clew.watching.seen import Database, Statement

_FACTORY = 5
"""Position of connect's argument `factory`."""


def watch(module: Any) -> None:
    """Have connections made by classes of ours, which are those that they would have been made by and tell what they run."""
    connect = module.connect

    @wraps(connect)
    def watched(*args: Any, **kwargs: Any) -> Any:
        given = args[_FACTORY] if len(args) > _FACTORY else kwargs.get("factory", Connection)
        file = _file(kwargs.get("database", args[0] if args else None)) if recording() and isinstance(given, type) else None
        if file is None:
            return connect(*args, **kwargs)
        if len(args) > _FACTORY:
            connection = connect(*args[:_FACTORY], _watched_connection(given), *args[_FACTORY + 1 :], **kwargs)
        else:
            connection = connect(*args, **{**kwargs, "factory": _watched_connection(given)})
        connection._clew_database = Database(adapter="sqlite", path=file, name="main", schemas=("main",))  # noqa: SLF001  our own
        return connection

    module.connect = module.dbapi2.connect = watched


def _file(database: Any) -> str | None:
    """Return the absolute path of a database; None of one in memory."""
    text = os.fsdecode(database) if isinstance(database, (str, bytes, os.PathLike)) else ""
    if text.startswith("file:"):
        parts = urlsplit(text)
        text = "" if "mode=memory" in parts.query else unquote(parts.path)
    return os.path.abspath(text) if text and text != ":memory:" else None  # noqa: PTH100  not resolve(): links keep their name


@lru_cache(maxsize=64)
def _watched_connection(base: type[Connection]) -> type[Connection]:
    """Make a class of connections whose cursors are watched; a class that makes cursors in its own way goes on doing so."""
    plain = base.cursor is Connection.cursor

    class Watched(base):  # type: ignore[valid-type,misc]
        def cursor(self, *args: Any, **kwargs: Any) -> Any:
            if plain and not args and not kwargs:
                return super().cursor(_watched_cursor(Cursor))
            return super().cursor(*args, **kwargs)

        def execute(self, *args: Any) -> Any:
            return self.cursor().execute(*args)

        def executemany(self, *args: Any) -> Any:
            return self.cursor().executemany(*args)

        def executescript(self, *args: Any) -> Any:
            return self.cursor().executescript(*args)

    return _named_as(Watched, base)


@lru_cache(maxsize=64)
def _watched_cursor(base: type[Cursor]) -> type[Cursor]:
    class Watched(base):  # type: ignore[valid-type,misc]
        def execute(self, *args: Any) -> Any:
            return _told(super().execute(*args), args[0])

        def executemany(self, *args: Any) -> Any:
            return _told(super().executemany(*args), args[0])

        def executescript(self, *args: Any) -> Any:
            return _told(super().executescript(*args), args[0])

    return _named_as(Watched, base)


def _told(cursor: Any, text: str) -> Any:
    told(_tell, (cursor, text))
    return cursor


def _tell(cursor: Any, text: str) -> None:
    rows = cursor.rowcount if cursor.description is None else -1  # with RETURNING it counts those that were fetched
    see(Statement(database=cursor.connection._clew_database, text=text, rows=rows if rows >= 0 else None))  # noqa: SLF001  our own


def _named_as(ours: type, base: type) -> type:
    ours.__name__, ours.__qualname__, ours.__module__ = base.__name__, base.__qualname__, base.__module__
    return ours
