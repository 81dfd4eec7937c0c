"""The pages of `clew up`: every address on one page. They read through the client alone, so they work on a real Marquez as well."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Mount, Route

from clew.pages import views
from clew.pages.rendering import STATIC
from clew.pages.static import Static

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

    from clew.marquez import Marquez


def routes(marquez: Marquez) -> list[BaseRoute]:
    """Return the routes of all pages.

    Names hold any character, slashes too, so a path below `/jobs` is taken apart where it still is encoded (`views.names`).
    """

    def page(path: str, view: Callable[[Request, Marquez], Response]) -> Route:
        return Route(path, views.answering(view, marquez), methods=["GET"])

    return [
        page("/", views.jobs),
        page("/jobs/{names:path}", views.job),
        page("/runs/{id}", views.run),
        page("/datasets/{names:path}", views.dataset),
        page("/lineage", views.lineage),
        page("/lineage.json", views.lineage_data),
        page("/namespaces", views.namespaces),
        page("/namespaces/{names:path}", views.namespace),
        page("/search", views.search),
        Mount("/static", Static(directory=STATIC), name="static"),
        page("/{anything:path}", views.nothing),
    ]
