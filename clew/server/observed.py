"""Every request is counted and, where that is asked for, logged, whoever answers it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from clew.server import dispatch, logs

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from clew.server.metrics import Metrics

_PAGES = frozenset(
    {"/", "/jobs", "/runs", "/datasets", "/lineage", "/namespaces", "/search", "/static", "/ping", "/healthcheck", "/metrics"}
)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"})


class Observed:
    """An application whose requests are counted and logged."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the application answer, and note how."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.perf_counter(), 500

        async def note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, note)
        finally:
            self._note(scope, status, time.perf_counter() - began)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        method = scope["method"] if scope["method"] in _METHODS else "other"
        self._metrics.answered(method, _route(method, scope), status, seconds)
        logs.request(method, scope["raw_path"].decode("ascii", "replace"), status, seconds, client=(scope.get("client") or ("",))[0])


def _route(method: str, scope: Scope) -> str:
    """Return what names the kind of request and never a thing: figures with a name each would grow without end."""
    path = scope["raw_path"].decode("ascii", "replace").partition("?")[0]
    if path.startswith("/api/"):
        return dispatch.route_of(method, path) or "/api"
    first = "/" + path.split("/", 2)[1]
    return first if first in _PAGES else "other"
