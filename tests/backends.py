"""A backend whose answers a test decides: a real HTTP server on loopback that records what it accepted."""

from __future__ import annotations

import json
import socket
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from typing_extensions import Self

if TYPE_CHECKING:
    from collections.abc import Callable

    Event = dict[str, Any]


@dataclass(frozen=True)
class Says:
    """An answer with a status, and maybe headers."""

    status: int = 201
    headers: dict[str, str] = field(default_factory=dict)


class Hangs:
    """The request is read and never answered."""


class BreaksOff:
    """The answer begins and the connection is closed in the middle of it."""


Answer = Says | Hangs | BreaksOff
ACCEPTS = Says(201)


class Backend:
    """A backend; `answers` decides about each event, and may be replaced at any time.

    Attributes:
        accepted: events that were answered with success, in the order in which they came.
        attempts: all events that came, whatever was answered.
        most_at_once: how many events were under way at the same time, at most.
    """

    def __init__(self, answers: Callable[[Event], Answer] = lambda _: ACCEPTS) -> None:
        self.answers = answers
        self.accepted: list[Event] = []
        self.attempts: list[Event] = []
        self.most_at_once = 0
        self._at_once = 0
        self._lock = threading.Lock()
        self._released = threading.Event()
        self._server: ThreadingHTTPServer | None = None
        self.port = free_port()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Listen; a backend that does not listen refuses connections."""
        self._released.clear()
        self._server = _Server(("127.0.0.1", self.port), _handler(self))
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self) -> None:
        """Listen no more; whoever hangs is let go."""
        self._released.set()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def receive(self, body: bytes) -> Answer:
        event = json.loads(body)
        with self._lock:
            self.attempts.append(event)
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        answer = self.answers(event)
        if isinstance(answer, Hangs):
            self._released.wait()
        with self._lock:
            self._at_once -= 1
            if isinstance(answer, Says) and answer.status < 300:
                self.accepted.append(event)
        return answer


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: relays are killed in the middle of requests."""


def _handler(backend: Backend) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:
            self._say(Says(404))

        def do_POST(self) -> None:
            answer = backend.receive(self.rfile.read(int(self.headers["Content-Length"])))
            if isinstance(answer, Says):
                self._say(answer)
                return
            if isinstance(answer, BreaksOff):
                self.wfile.write(b"HTTP/1.1 201 Created\r\nContent-Length: 1000\r\n\r\n{")
            self.close_connection = True

        def _say(self, answer: Says) -> None:
            self.send_response(answer.status)
            for name, value in {"Content-Length": "0", **answer.headers}.items():
                self.send_header(name, value)
            self.end_headers()

    return Handler


def free_port() -> int:
    """Return a port on which nobody listens."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
