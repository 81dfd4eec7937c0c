"""Connections are bounded: in their number, and in how long they may make others wait."""

from __future__ import annotations

import resource
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    import asyncio

MOST = 500
"""Connections at a time; half of the files that the process may open, where that is less."""

HEAD, REST, WHOLE = 10.0, 5.0, 300.0
"""Seconds until the head of a request is there, until what is left of a request that was answered early is, and for all of one."""

_BUSY = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
_LATE = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class Connection(H11Protocol):
    """A connection that waits for a request, answers one, or is closed.

    Where there are too many, the one that has waited longest for a request makes room: who holds connections open and sends nothing
    shuts out nobody.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._state: object = None
        self.since = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._head_began = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        """Begin to wait for a request, if there is room."""
        super().connection_made(transport)
        if len(self.connections) > _bound() and not self._make_room():
            self.leave(_BUSY)
        self._turn()

    def data_received(self, data: bytes) -> None:
        """Take what came."""
        self._head_began = True
        super().data_received(data)
        self._turn()

    def on_response_complete(self) -> None:
        """Begin to wait for the next request."""
        self._head_began = False
        super().on_response_complete()
        self._turn()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        if self._timer is not None:
            self._timer.cancel()
        super().connection_lost(exc)

    def _should_upgrade(self) -> bool:
        """Stay with HTTP/1.1: Java's client offers HTTP/2 with every request and goes on without, and uvicorn warned of each."""
        return False

    @property
    def answers(self) -> bool:
        """Whether a request is under way."""
        return self.cycle is not None and not self.cycle.response_complete

    def leave(self, last_words: bytes = b"") -> None:
        """Close the connection."""
        if not self.transport.is_closing():
            self.transport.write(last_words)
            self.transport.close()

    def _turn(self) -> None:
        """Give what the connection does now its time, which does not begin anew with every byte."""
        state = (self.cycle, self.answers)
        if state == self._state:
            return
        self._state, self.since = state, self.loop.time()
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self.loop.call_later(WHOLE if self.answers else REST if self._answered_early else HEAD, self._too_late)

    @property
    def _answered_early(self) -> bool:
        return self.cycle is not None and self.cycle.response_complete and self.cycle.more_body

    def _too_late(self) -> None:
        if self.answers:
            self.transport.abort()
        else:
            self.leave(_LATE if self._head_began and not self._answered_early else b"")

    def _make_room(self) -> bool:
        others = (c for c in self.connections if isinstance(c, Connection) and c is not self)
        idle = [c for c in others if not c.answers and not c.transport.is_closing()]
        if idle:
            min(idle, key=lambda c: c.since).leave()
        return bool(idle)


def _bound() -> int:
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST if files == resource.RLIM_INFINITY else min(MOST, files // 2)
