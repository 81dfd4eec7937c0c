"""psycopg 3: every statement of every cursor, sync and async, `executemany`, `copy` and `stream`."""

from __future__ import annotations

from contextlib import asynccontextmanager, contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Any

from clew.watching import postgres
from clew.watching.calls import after
from clew.watching.process import told

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator


def watch(module: Any) -> None:
    """Have cursors tell what they ran."""
    for name in ("Cursor", "AsyncCursor", "ServerCursor", "AsyncServerCursor"):
        after(module, f"{name}.execute", _executed)
    for name in ("Cursor", "AsyncCursor"):
        after(module, f"{name}.executemany", _executed_many)
    _watch_copies_and_streams(module.Cursor)
    _watch_async_copies_and_streams(module.AsyncCursor)


def _executed(_: Any, cursor: Any, query: Any, *__: Any, **___: Any) -> None:
    postgres.tell(cursor, query)


def _executed_many(_: Any, cursor: Any, query: Any, *__: Any, returning: bool = False, **___: Any) -> None:
    postgres.tell(cursor, query, counted=not returning)  # else it counts those of the first execution


def _watch_copies_and_streams(cursor: Any) -> None:
    """A copy and a stream have happened when the user has done with them."""
    copy, stream = cursor.copy, cursor.stream

    @wraps(copy)
    @contextmanager
    def watched_copy(self: Any, statement: Any, *args: Any, **kwargs: Any) -> Iterator[Any]:
        with copy(self, statement, *args, **kwargs) as opened:
            yield opened
        told(postgres.tell, (self, statement))

    @wraps(stream)
    def watched_stream(self: Any, query: Any, *args: Any, **kwargs: Any) -> Iterator[Any]:
        yield from stream(self, query, *args, **kwargs)
        told(postgres.tell, (self, query))

    cursor.copy, cursor.stream = watched_copy, watched_stream


def _watch_async_copies_and_streams(cursor: Any) -> None:
    copy, stream = cursor.copy, cursor.stream

    @wraps(copy)
    @asynccontextmanager
    async def watched_copy(self: Any, statement: Any, *args: Any, **kwargs: Any) -> AsyncIterator[Any]:
        async with copy(self, statement, *args, **kwargs) as opened:
            yield opened
        told(postgres.tell, (self, statement))

    @wraps(stream)
    async def watched_stream(self: Any, query: Any, *args: Any, **kwargs: Any) -> AsyncIterator[Any]:
        async for row in stream(self, query, *args, **kwargs):
            yield row
        told(postgres.tell, (self, query))

    cursor.copy, cursor.stream = watched_copy, watched_stream
