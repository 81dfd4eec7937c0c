"""The API over HTTP: methods, media types and headers. Names in paths may hold slashes, so paths stay encoded."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from starlette.responses import Response

from clew.marquez import JSON, Answer
from clew.server.bodies import body_of, header
from clew.server.calls import Refusal
from clew.server.dispatch import answer, methods_of, refused

if TYPE_CHECKING:
    from collections.abc import Mapping

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

_THREADS = 40
"""How many requests are answered at a time; each thread that ever ran reads through a connection of its own."""


class Api:
    """Takes requests of the API from ASGI."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._threads = ThreadPoolExecutor(_THREADS, "api")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        path = scope["raw_path"].decode("ascii", "replace").partition("?")[0]
        allowed = _allowed(path)
        try:
            found = await self._answer(scope, receive, path, allowed)
        except Refusal as refusal:
            found = refused(refusal)
        headers = HEADERS | {"Allow": ", ".join(sorted(allowed))} if allowed else HEADERS
        await Response(found.body, found.status, headers, JSON if found.body else None)(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, path: str, allowed: set[str]) -> Answer:
        method: str = scope["method"]
        headers = dict(reversed(scope["headers"]))  # of two of a name, the first counts
        _refuse_other_sites(method, headers)
        if method == "OPTIONS" and allowed:
            return Answer(status=200, body=b"")
        _refuse_other_types(headers)
        body = await body_of(headers, receive)
        if body:
            _refuse_other_bodies(headers)
        query = scope["query_string"].decode("ascii", "replace")
        target = f"{path}?{query}" if query else path
        # Not by way of a library: of what an event costs, a hop that can be called off was a tenth.
        hop = asyncio.get_running_loop().run_in_executor
        return await hop(self._threads, answer, self._store, "GET" if method == "HEAD" else method, target, body)


def _allowed(path: str) -> set[str]:
    """Return the methods that a path answers to; none where there is no such path."""
    found = methods_of(path)
    return found | {"OPTIONS"} | ({"HEAD"} if "GET" in found else set()) if found else set()


def _refuse_other_sites(method: str, headers: Mapping[bytes, bytes]) -> None:
    """Let no page of another site write: without authentication, any page in a browser on this machine could send a form here.

    Source: Fetch Metadata (https://www.w3.org/TR/fetch-metadata/); programs send no such header, pages of ours send `same-origin`.
    """
    if method not in {"GET", "HEAD"} and headers.get(b"sec-fetch-site") in {b"cross-site", b"same-site"}:
        raise Refusal(403, "A page of another site may not write here.")


def _refuse_other_types(headers: Mapping[bytes, bytes]) -> None:
    asked = [each.partition(";")[0].strip().lower() for each in header(headers, "accept", JSON).split(",")]
    if not _TYPES.intersection(asked):
        raise Refusal(406, f"answers are {JSON}, which the Accept header leaves out")


def _refuse_other_bodies(headers: Mapping[bytes, bytes]) -> None:
    found = header(headers, "content-type", "")
    if found.partition(";")[0].strip().lower() != JSON:
        raise Refusal(415, f"bodies are {JSON}, not {found or 'of no type'}: send `Content-Type: {JSON}`")
