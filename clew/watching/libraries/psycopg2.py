"""psycopg2: every statement of connections that are opened while watching, `executemany`, `copy_*`, and what psycopg2.extras makes of them."""

from __future__ import annotations

from functools import lru_cache, wraps
from typing import Any

from psycopg2 import extensions

from clew.watching import postgres
from clew.watching.process import recording, told

_FACTORY = 1
"""Position of the argument `connection_factory` of connect, and of `cursor_factory` of a connection's `cursor`."""


def watch(module: Any) -> None:
    """Have connections made by classes of ours, which are those that they would have been made by and tell what they run."""
    connect = module.connect

    @wraps(connect)
    def watched(*args: Any, **kwargs: Any) -> Any:
        given = args[_FACTORY] if len(args) > _FACTORY else kwargs.get("connection_factory")
        base = extensions.connection if given is None else given
        if not recording() or not isinstance(base, type):
            return connect(*args, **kwargs)
        if len(args) > _FACTORY:
            return connect(args[0], _watched_connection(base), *args[_FACTORY + 1 :], **kwargs)
        return connect(*args, **{**kwargs, "connection_factory": _watched_connection(base)})

    module.connect = watched


@lru_cache(maxsize=64)
def _watched_connection(base: Any) -> Any:
    class Watched(base):  # type: ignore[misc]
        _clew_database = None
        _clew_cursor: Any = None

        def cursor(self, *args: Any, **kwargs: Any) -> Any:
            if len(args) > _FACTORY:
                return super().cursor(args[0], _watched_cursor(args[_FACTORY]), *args[_FACTORY + 1 :], **kwargs)
            factory = kwargs.get("cursor_factory") or self.cursor_factory or self._own_factory()
            return super().cursor(*args, **{**kwargs, "cursor_factory": _watched_cursor(factory)})

        def _own_factory(self) -> Any:
            """Return the class of cursors that this class of connections makes by itself."""
            if base.cursor is extensions.connection.cursor:
                return extensions.cursor
            if self._clew_cursor is None:
                self._clew_cursor = type(super().cursor())
            return self._clew_cursor

    return _named_as(Watched, base)


@lru_cache(maxsize=64)
def _watched_cursor(base: Any) -> Any:
    if not isinstance(base, type):
        return base

    class Watched(base):  # type: ignore[misc]
        def execute(self, query: Any, *args: Any, **kwargs: Any) -> Any:
            result = super().execute(query, *args, **kwargs)
            told(postgres.tell, (self, query))
            return result

        def executemany(self, query: Any, *args: Any, **kwargs: Any) -> Any:
            result = super().executemany(query, *args, **kwargs)
            told(postgres.tell, (self, query))
            return result

        def copy_expert(self, sql: Any, *args: Any, **kwargs: Any) -> Any:
            result = super().copy_expert(sql, *args, **kwargs)
            told(postgres.tell, (self, sql))
            return result

        def copy_from(self, file: Any, table: str, *args: Any, **kwargs: Any) -> Any:
            result = super().copy_from(file, table, *args, **kwargs)
            told(postgres.tell, (self, f'copy "{table}" from stdin'))
            return result

        def copy_to(self, file: Any, table: str, *args: Any, **kwargs: Any) -> Any:
            result = super().copy_to(file, table, *args, **kwargs)
            told(postgres.tell, (self, f'copy "{table}" to stdout'))
            return result

    return _named_as(Watched, base)


def _named_as(ours: type, base: type) -> type:
    ours.__name__, ours.__qualname__, ours.__module__ = base.__name__, base.__qualname__, base.__module__
    return ours
