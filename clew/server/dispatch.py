"""From a method, a path and a body to an answer: the one way in, for HTTP and for calls within the process."""

from __future__ import annotations

import logging
import sqlite3
import time
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote

import msgspec

from clew.marquez import Answer
from clew.server.calls import Refusal, Reply, Request
from clew.server.routes import ROUTES, Route

if TYPE_CHECKING:
    from clew.server.store import Store

log = logging.getLogger("clew.server")

_UNWRITTEN = {"database or disk is full": 507, "database is locked": 503}
"""What SQLite says when it cannot write for now, and the status that says so. (Python 3.10 has no error codes of SQLite.)"""

_encode = msgspec.json.Encoder(decimal_format="number").encode


def answer(store: Store, method: str, target: str, body: bytes = b"") -> Answer:
    """Answer a request.

    Args:
        store: what the answer comes from.
        method: GET, POST, PUT or DELETE.
        target: path and query, still encoded, so that names may hold slashes.
        body: what was sent, not compressed.
    """
    try:
        return _written(_replied(store, method, target, body))
    except Refusal as refusal:
        return refused(refusal)
    except sqlite3.OperationalError as error:
        return _unwritten(error)


def route_of(method: str, path: str) -> str:
    """Return the path of the route that answers, with names in braces; empty where none does."""
    try:
        return _route(method, path)[0].path
    except Refusal:
        return ""


def _unwritten(error: sqlite3.OperationalError) -> Answer:
    """Say that the store could not be written for now; nothing of the request was kept."""
    status = _UNWRITTEN.get(str(error))
    if status is None:
        raise error
    log.error("the store cannot be written: %s", error)
    return refused(Refusal(status, f"the store cannot be written: {error}"))


def _replied(store: Store, method: str, target: str, body: bytes) -> Reply:
    path, _, query = target.partition("?")
    route, names = _route(method, path)
    values: dict[str, list[str]] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        values.setdefault(name, []).append(value)
    request = Request(
        line=f"{method} {target}", path=names, query={k: tuple(v) for k, v in values.items()}, body=body, now=time.time_ns() // 1000
    )
    with store.write() if route.access == "write" else store.read() as session:
        try:
            return route.handler(session, request)
        except UnicodeEncodeError:
            raise Refusal(400, "a name holds half of a surrogate pair, which is no text") from None


def _route(method: str, path: str) -> tuple[Route, dict[str, str]]:
    parts = path.split("/")
    others = False
    for route, pattern in _patterns():
        if len(pattern) == len(parts) and all(p == s or p.startswith("{") for p, s in zip(pattern, parts, strict=True)):
            if route.method == method:
                return route, {p[1:-1]: unquote(s) for p, s in zip(pattern, parts, strict=True) if p.startswith("{")}
            others = True
    raise Refusal(405, "HTTP 405 Method Not Allowed") if others else Refusal(404, "HTTP 404 Not Found")


@cache
def _patterns() -> list[tuple[Route, list[str]]]:
    """Return the routes with their paths taken apart, those with fewer names first: `runs` is no job's name."""
    return [(r, r.path.split("/")) for r in sorted(ROUTES, key=lambda r: r.path.count("{"))]


def _written(reply: Reply) -> Answer:
    return Answer(status=reply.status, body=b"" if reply.empty else _encode(reply.value))


def refused(refusal: Refusal) -> Answer:
    """Write a refusal as Marquez does."""
    value: dict[str, Any] = {"code": refusal.status, "message": str(refusal)}
    if refusal.errors:
        value["errors"] = refusal.errors
    return Answer(status=refusal.status, body=_encode(value))
