"""The web application: the API and the pages over one store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route

from clew.marquez import JSON, Marquez
from clew.server import pages
from clew.server.access import Guarded
from clew.server.bodies import body_of
from clew.server.calls import Refusal
from clew.server.dispatch import answer, refused
from clew.server.metrics import CONTENT_TYPE, Metrics
from clew.server.observed import Observed
from clew.server.seam import InProcessSeam

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from clew.server.access import Access
    from clew.server.store import Store


def app(store: Store, access: Access | None = None) -> ASGIApp:
    """Return the application that serves the store: to everybody who reaches it, or to those with a token."""
    metrics = Metrics(store)
    inner = Starlette(
        routes=[
            Route("/ping", _pong),
            Route("/healthcheck", _healthy),
            Route("/metrics", lambda _: Response(metrics.text(), media_type=CONTENT_TYPE)),
            Mount("/api", _Api(store)),
            *pages.routes(Marquez(InProcessSeam(store))),
        ]
    )
    return Observed(Guarded(inner, access) if access else inner, metrics)


class _Api:
    """Takes requests from ASGI; names in paths may hold slashes, so the path stays encoded until the route is found."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        target = scope["raw_path"].decode("ascii", "replace").partition("?")[0]
        if scope["query_string"]:
            target += f"?{scope['query_string'].decode('ascii', 'replace')}"
        try:
            _refuse_other_sites(request)
            body = await body_of(request)
            found = await run_in_threadpool(answer, self._store, request.method, target, body)
        except Refusal as refusal:
            found = refused(refusal)
        await Response(found.body, found.status, media_type=JSON if found.body else None)(scope, receive, send)


def _refuse_other_sites(request: Request) -> None:
    """Let no page of another site write: without authentication, any page in a browser on this machine could send a form here.

    Source: Fetch Metadata (https://www.w3.org/TR/fetch-metadata/); programs send no such header, pages of ours send `same-origin`.
    """
    if request.method not in {"GET", "HEAD"} and request.headers.get("sec-fetch-site") in {"cross-site", "same-site"}:
        raise Refusal(403, "A page of another site may not write here.")


def _pong(_: Request) -> Response:
    return PlainTextResponse("pong\n")


def _healthy(_: Request) -> Response:
    return Response(b'{"deadlocks":{"healthy":true},"store":{"healthy":true}}', media_type=JSON)
