"""The pages of `clew up`, which anybody who reaches it may see."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.responses import Response
from starlette.routing import Route

from clew import pages
from clew.pages.links import Links
from clew.pages.site import Site
from clew.pages.visit import Visit

if TYPE_CHECKING:
    from starlette.requests import Request

    from clew.marquez import Marquez


def route(marquez: Marquez) -> Route:
    """Return the route below which all pages lie; they take the path apart by themselves, since names hold slashes."""

    def answer(request: Request) -> Response:
        root = str(request.scope.get("root_path", "")).rstrip("/")
        found = pages.answer(_visit(request, root), Site(marquez=marquez, links=Links(root)))
        return Response(found.content, found.status, dict(found.headers))

    return Route("/{path:path}", answer, methods=["GET"])


def _visit(request: Request, root: str) -> Visit:
    raw: bytes = request.scope.get("raw_path") or quote(request.scope["path"]).encode()
    path = raw.decode("latin-1").removeprefix(root)
    return Visit(path=path, query=request.query_params, origin=str(request.base_url).rstrip("/"))
