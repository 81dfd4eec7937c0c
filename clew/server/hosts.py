"""Which names a server answers to.

A page of another site can point its own name at 127.0.0.1 (DNS rebinding) and is then of the same site for the browser; but its
requests carry that name.
"""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from typing import TYPE_CHECKING

from starlette.datastructures import Headers
from starlette.responses import Response

from clew.marquez import JSON
from clew.server.calls import Refusal
from clew.server.dispatch import refused

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.types import ASGIApp, Receive, Scope, Send


class OwnHosts:
    """An application that answers under this machine's own names, and those that were allowed."""

    def __init__(self, app: ASGIApp, allowed: Iterable[str] = ()) -> None:
        self._app = app
        self._allowed = frozenset(name.lower() for name in allowed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 421 under any other name."""
        host = Headers(scope=scope).get("host", "localhost") if scope["type"] == "http" else "localhost"
        if self._is_own(_name(host)):
            await self._app(scope, receive, send)
            return
        answer = refused(Refusal(421, f"this server is not called {host!r}; behind a gateway start it with `clew up --allow-host NAME`"))
        await Response(answer.body, answer.status, media_type=JSON)(scope, receive, send)

    def _is_own(self, name: str) -> bool:
        return is_loopback(name) or name.endswith(".localhost") or name in self._allowed


@lru_cache(64)
def is_loopback(name: str) -> bool:
    """Tell whether a name is an address that only this machine reaches, or `localhost`."""
    try:
        return name == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _name(host: str) -> str:
    """Return the name in a Host header: without port, and without the brackets of IPv6."""
    host = host.strip().lower()
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0].removesuffix(".")
