"""From a method, a path and a body to an answer: the one way in, for HTTP and for calls within the process."""

from __future__ import annotations

import logging
import secrets
import sqlite3
import time
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote

import msgspec

from clew.marquez import Answer
from clew.server.calls import Refusal, Reply, Request, unwritten
from clew.server.routes import ROUTES, Route

if TYPE_CHECKING:
    from clew.server.store import Store

log = logging.getLogger("clew.server")

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
    except Exception as error:  # noqa: BLE001  whatever is wrong with us, the caller gets an answer and the log says what it was
        return _failed(error, f"{method} {target}")


def methods_of(path: str) -> set[str]:
    """Return the methods of the routes that a path fits."""
    return {route.method for route, _ in _fitting(path)}


def route_of(method: str, path: str) -> str:
    """Return the path of the route that answers, with names in braces; empty where none does."""
    try:
        return _route(method, path)[0].path
    except Refusal:
        return ""


def _failed(error: Exception, line: str) -> Answer:
    """Answer and log what is no fault of the caller; nothing of the request was kept."""
    refusal = unwritten(error) if isinstance(error, sqlite3.OperationalError) else None
    if refusal is not None:
        log.error("%s", refusal)
        return refused(refusal)
    mark = secrets.token_hex(4)
    log.error("%s failed (%s)", line, mark, exc_info=error)
    return refused(Refusal(500, f"this request met a fault of the server; its log tells more under {mark}"))


def asked(method: str, target: str, body: bytes, now: int) -> tuple[Route, Request]:
    """Return the route of a request and what it is given; `now` is when it arrived, in microseconds since 1970.

    Raises:
        Refusal: 404 or 405, there is none.
    """
    path, _, query = target.partition("?")
    route, names = _route(method, path)
    values: dict[str, list[str]] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        values.setdefault(name, []).append(value)
    return route, Request(line=f"{method} {target}", path=names, query={k: tuple(v) for k, v in values.items()}, body=body, now=now)


def _replied(store: Store, method: str, target: str, body: bytes) -> Reply:
    route, request = asked(method, target, body, time.time_ns() // 1000)
    if route.access == "portions":
        return route.handler(store, request)
    with store.write() if route.access == "write" else store.read() as session:
        try:
            return route.handler(session, request)
        except UnicodeEncodeError:
            raise Refusal(400, "a name holds half of a surrogate pair, which is no text") from None


def _route(method: str, path: str) -> tuple[Route, dict[str, str]]:
    found = _fitting(path)
    for route, names in found:
        if route.method == method:
            return route, names
    raise Refusal(405, "HTTP 405 Method Not Allowed") if found else Refusal(404, "HTTP 404 Not Found")


def _fitting(path: str) -> list[tuple[Route, dict[str, str]]]:
    """Return the routes that a path fits, whatever their method, and what stands for the names in braces.

    A slash at the end counts for nothing, unless it stands before an empty name.
    """
    nameless = _nameless().get(path)
    if nameless is not None:
        return nameless
    return _named(path) or (_fitting(path[:-1]) if path.endswith("/") else [])


def _named(path: str) -> list[tuple[Route, dict[str, str]]]:
    parts = path.split("/")
    return [
        (route, {p[1:-1]: unquote(s) for p, s in zip(pattern, parts, strict=True) if p.startswith("{")})
        for route, pattern in _patterns().get(len(parts), ())
        if all(p == s or p.startswith("{") for p, s in zip(pattern, parts, strict=True))
    ]


@cache
def _nameless() -> dict[str, list[tuple[Route, dict[str, str]]]]:
    """Return what the paths without names fit, found once: it is where events come in."""
    return {route.path: _named(route.path) for route in ROUTES if "{" not in route.path}


@cache
def _patterns() -> dict[int, list[tuple[Route, list[str]]]]:
    """Return the routes by their number of parts, with their paths taken apart; fewer names first: `runs` is no job's name."""
    found: dict[int, list[tuple[Route, list[str]]]] = {}
    for route in sorted(ROUTES, key=lambda r: r.path.count("{")):
        pattern = route.path.split("/")
        found.setdefault(len(pattern), []).append((route, pattern))
    return found


def _written(reply: Reply) -> Answer:
    return Answer(status=reply.status, body=b"" if reply.empty else _encode(reply.value))


def refused(refusal: Refusal) -> Answer:
    """Write a refusal as Marquez does."""
    value: dict[str, Any] = {"code": refusal.status, "message": str(refusal)}
    if refusal.errors:
        value["errors"] = refusal.errors
    return Answer(status=refusal.status, body=_encode(value))
