"""The API over HTTP: methods, media types and headers. Names in paths may hold slashes, so paths stay encoded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from clew.marquez import JSON, Answer
from clew.server.bodies import body_of
from clew.server.calls import Refusal
from clew.server.dispatch import answer, methods_of, refused

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from clew.server.store import Store

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""Names and SQL come from anybody: whatever is in an answer, no browser takes it for a page, or keeps it."""

_TYPES = {JSON, "application/*", "*/*"}


class Api:
    """Takes requests of the API from ASGI."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        request = Request(scope, receive)
        path = scope["raw_path"].decode("ascii", "replace").partition("?")[0]
        headers = HEADERS | ({"Allow": ", ".join(sorted(allowed))} if (allowed := _allowed(path)) else {})
        try:
            found = await self._answer(request, path)
        except Refusal as refusal:
            found = refused(refusal)
        await Response(found.body, found.status, headers, JSON if found.body else None)(scope, receive, send)

    async def _answer(self, request: Request, path: str) -> Answer:
        _refuse_other_sites(request)
        if request.method == "OPTIONS" and _allowed(path):
            return Answer(status=200, body=b"")
        _refuse_other_types(request)
        body = await body_of(request)
        if body:
            _refuse_other_bodies(request)
        query = request.scope["query_string"].decode("ascii", "replace")
        target = f"{path}?{query}" if query else path
        return await run_in_threadpool(answer, self._store, "GET" if request.method == "HEAD" else request.method, target, body)


def _allowed(path: str) -> set[str]:
    """Return the methods that a path answers to; none where there is no such path."""
    found = methods_of(path)
    return found | {"OPTIONS"} | ({"HEAD"} if "GET" in found else set()) if found else set()


def _refuse_other_sites(request: Request) -> None:
    """Let no page of another site write: without authentication, any page in a browser on this machine could send a form here.

    Source: Fetch Metadata (https://www.w3.org/TR/fetch-metadata/); programs send no such header, pages of ours send `same-origin`.
    """
    if request.method not in {"GET", "HEAD"} and request.headers.get("sec-fetch-site") in {"cross-site", "same-site"}:
        raise Refusal(403, "A page of another site may not write here.")


def _refuse_other_types(request: Request) -> None:
    asked = [each.partition(";")[0].strip().lower() for each in request.headers.get("accept", JSON).split(",")]
    if not _TYPES.intersection(asked):
        raise Refusal(406, f"answers are {JSON}, which the Accept header leaves out")


def _refuse_other_bodies(request: Request) -> None:
    found = request.headers.get("content-type", "")
    if found.partition(";")[0].strip().lower() != JSON:
        raise Refusal(415, f"bodies are {JSON}, not {found or 'of no type'}: send `Content-Type: {JSON}`")
