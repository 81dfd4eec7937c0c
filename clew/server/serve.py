"""Serve the application until a signal says stop."""

from __future__ import annotations

import ctypes
import errno
import gc
import signal
import socket
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path  # noqa: TC003  in a dataclass
from typing import TYPE_CHECKING, Any

import uvicorn

from clew.errors import BadSetting, PortInUse
from clew.server.connections import Connection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    from starlette.types import ASGIApp

_PATIENCE = 10
"""Seconds that requests have to end when the server is told to stop."""

_M_ARENA_MAX = -8
"""What glibc's malloc.h calls the most heaps that threads may have."""


def listen(host: str, port: int) -> socket.socket:
    """Bind an address; port 0 picks a free one.

    Raises:
        PortInUse: somebody else listens there, or the address is not this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Said in full: asyncio turns Nagle's delay off for sockets of this protocol alone, and small answers took 40 ms with it.
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        if error.errno == errno.EADDRINUSE:
            raise PortInUse(f"Something listens on {host}:{port} already. Stop it, or choose another port with --port.") from error
        raise PortInUse(f"Cannot listen on {host}:{port}: {error.strerror}.") from error
    return bound


@dataclass(frozen=True, kw_only=True)
class Tls:
    """The files of a certificate; the key may stand in the certificate's own file."""

    certificate: Path
    key: Path | None = None


def serve(app: ASGIApp, bound: socket.socket, when_ready: Callable[[], None], tls: Tls | None = None) -> None:
    """Serve on a bound socket until SIGINT or SIGTERM, then let the requests that run come to their end.

    Raises:
        BadSetting: the certificate or its key cannot be used.
    """
    config = uvicorn.Config(
        app,
        http=Connection,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="off",
        timeout_graceful_shutdown=_PATIENCE,
        ssl_certfile=tls.certificate if tls else None,
        ssl_keyfile=tls.key if tls else None,
    )
    try:
        config.load()
    except OSError as error:  # an SSLError is one, too
        raise BadSetting(f"--tls-cert, --tls-key: {error.strerror or error}. Both are PEM files; the key has no password.") from None
    _look_for_cycles_less_often()
    _allocate_from_one_heap()
    _Server(config, when_ready).run(sockets=[bound])


def _look_for_cycles_less_often() -> None:
    """Answers are thousands of small values without cycles, and the search for some took an eighth of the time that answers take."""
    gc.freeze()
    gc.set_threshold(100_000, 20, 50)


def _allocate_from_one_heap() -> None:
    """Give threads no heaps of their own, where the C library is glibc: they work in turns anyway, and each heap keeps holes of its own.

    Other C libraries have no `mallopt`, or take no notice.
    """
    if mallopt := getattr(ctypes.CDLL(None), "mallopt", None):
        mallopt(_M_ARENA_MAX, 1)


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, when_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._when_ready = when_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            self._when_ready()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop on a signal, once; uvicorn's own would raise it again, and the exit status would no longer be 0."""
        before: dict[signal.Signals, Any] = {s: signal.signal(s, self._stop) for s in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.handle_exit(number, frame)
