"""Who may read and write: whoever has a token, where tokens are asked for at all."""

from __future__ import annotations

import base64
import binascii
import hmac
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.datastructures import Headers
from starlette.responses import Response

from clew.errors import BadSetting
from clew.marquez import JSON
from clew.server.calls import Refusal
from clew.server.dispatch import refused

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.types import ASGIApp, Receive, Scope, Send

log = logging.getLogger("clew.server")

READS, WRITES = "read", "write"
OPEN = ("/ping", "/healthcheck", "/static/", "/favicon.ico")
"""Paths that tell nothing of what is stored: a load balancer has no token, and a browser asks for styles before it has one."""
SHORTEST = 16
"""Characters of a token: what is shorter can be guessed."""

_CHALLENGE = 'Basic realm="Clew (the token is the password)", Bearer realm="Clew"'


@dataclass(frozen=True, kw_only=True)
class Access:
    """Which tokens are accepted, and what asks for one."""

    tokens: tuple[bytes, ...]
    guarded: frozenset[str] = frozenset({READS, WRITES})

    def allows(self, method: str, path: str, authorization: str) -> bool:
        """Tell whether a request may be answered."""
        kind = READS if method in {"GET", "HEAD", "OPTIONS"} else WRITES
        return kind not in self.guarded or path.startswith(OPEN) or self._is_known(_token(authorization))

    def _is_known(self, token: bytes) -> bool:
        """Compare with every token, each in constant time, so that the time of an answer tells nothing of them."""
        return sum([hmac.compare_digest(token, known) for known in self.tokens]) > 0


def guarded(what: str) -> frozenset[str]:
    """Return what asks for a token: `read`, `write`, or both for `all`."""
    return frozenset({READS, WRITES}) if what == "all" else frozenset({what})


def tokens(file: Path) -> tuple[bytes, ...]:
    """Read the tokens of a file: one a line, so that a new one can be given out before the old one goes.

    Raises:
        BadSetting: the file cannot be read, holds no token, or one that can be guessed.
    """
    try:
        found = tuple(line.strip() for line in file.read_bytes().splitlines() if line.strip())
    except OSError as error:
        raise BadSetting(f"--token-file {file}: {error.strerror}.") from None
    if not found or min(map(len, found)) < SHORTEST:
        raise BadSetting(
            f"--token-file {file}: expected one token a line, each of {SHORTEST} characters or more."
            " Make one: python3 -c 'import secrets; print(secrets.token_urlsafe(32))'"
        )
    if file.stat().st_mode & 0o077:
        log.warning("%s can be read by other users of this machine: chmod 600 %s", file, file)
    return found


class Guarded:
    """An application behind tokens."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 401 where a token is missing, before anything of the request is read."""
        if scope["type"] != "http" or self._access.allows(scope["method"], scope["path"], Headers(scope=scope).get("authorization", "")):
            await self._app(scope, receive, send)
            return
        answer = refused(Refusal(401, "a token is missing or unknown: send it as `Authorization: Bearer TOKEN` (CLEW_API_KEY)"))
        headers = {"WWW-Authenticate": _CHALLENGE, "Connection": "close"}
        await Response(answer.body, answer.status, headers, JSON)(scope, receive, send)


def _token(authorization: str) -> bytes:
    """Return the token of a header; browsers send it as the password of `Basic`, whatever the user."""
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return value.strip().encode()
    if scheme.lower() != "basic":
        return b""
    try:
        return base64.b64decode(value.strip(), validate=True).partition(b":")[2]
    except (binascii.Error, ValueError):
        return b""
