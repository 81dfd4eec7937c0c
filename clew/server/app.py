"""The web application: the API and the pages over one store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from clew.marquez import JSON, Marquez
from clew.server import pages
from clew.server.access import Guarded
from clew.server.api import Api
from clew.server.hosts import OwnHosts
from clew.server.metrics import CONTENT_TYPE, Metrics
from clew.server.observed import Observed
from clew.server.seam import InProcessSeam

if TYPE_CHECKING:
    from collections.abc import Collection

    from starlette.requests import Request
    from starlette.types import ASGIApp, Receive, Scope, Send

    from clew.server.access import Access
    from clew.server.store import Store


def app(store: Store, access: Access | None = None, hosts: Collection[str] | None = None) -> ASGIApp:
    """Return the application that serves a store.

    Args:
        store: what is served.
        access: who may read and write; None for everybody who reaches it.
        hosts: names that it answers to besides this machine's own; None for any name.
    """
    metrics = Metrics(store)
    others = Starlette(
        routes=[
            Route("/ping", _pong),
            Route("/healthcheck", _healthy),
            Route("/metrics", lambda _: Response(metrics.text(), media_type=CONTENT_TYPE)),
            pages.route(Marquez(InProcessSeam(store))),
        ]
    )
    inner = _ByPath(Api(store), others)
    guarded: ASGIApp = Guarded(inner, access) if access else inner
    return Observed(guarded if hosts is None else OwnHosts(guarded, hosts), metrics)


class _ByPath:
    """The API by the shortest way, which each event takes, and everything else."""

    def __init__(self, api: ASGIApp, others: ASGIApp) -> None:
        self._api, self._others = api, others

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        chosen = self._api if scope["type"] == "http" and scope["path"].startswith("/api/") else self._others
        await chosen(scope, receive, send)


def _pong(_: Request) -> Response:
    return PlainTextResponse("pong\n")


def _healthy(_: Request) -> Response:
    return Response(b'{"deadlocks":{"healthy":true},"store":{"healthy":true}}', media_type=JSON)
