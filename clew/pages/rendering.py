"""From values to a page: the templates, what every one of them can use, and the headers that every answer carries."""

from __future__ import annotations

import hashlib
from datetime import datetime, timezone
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response

from clew import __version__
from clew.answers.runs import strip
from clew.pages import formatting, highlighting, trees
from clew.pages.links import Links, external

if TYPE_CHECKING:
    from starlette.requests import Request

STATIC = Path(__file__).parent / "static"

_POLICY = (
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'self'",
)
HEADERS = {
    "Content-Security-Policy": "; ".join(_POLICY),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""Names, SQL and descriptions come from anybody: no inline script or style may run, whatever gets into a page."""


def page(request: Request, template: str, status: int = 200, **values: Any) -> Response:
    """Answer with a page."""
    links = links_of(request)
    text = (
        _templates()
        .get_template(template)
        .render(
            links=links,
            asset=lambda name: links.to(f"/static/{name}", v=_digest(name)),
            now=datetime.now(timezone.utc),
            words=request.query_params.get("q", ""),
            version=__version__,
            **values,
        )
    )
    return HTMLResponse(text, status_code=status, headers=HEADERS)


def data(value: Any, status: int = 200) -> Response:
    """Answer with JSON."""
    return Response(msgspec.json.encode(value), status_code=status, media_type="application/json", headers=HEADERS)


def links_of(request: Request) -> Links:
    """Return the addresses of pages, below the path that the pages are mounted at."""
    return Links(str(request.scope.get("root_path", "")).rstrip("/"))


@lru_cache(maxsize=1)
def _templates() -> Environment:
    found = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for function in (
        formatting.ago,
        formatting.utc,
        formatting.short_utc,
        formatting.duration,
        formatting.count,
        formatting.size,
        formatting.middle,
        formatting.brief,
        formatting.plural,
        highlighting.tokens,
        trees.tree,
        trees.facets,
        external,
        strip,
    ):
        found.filters[function.__name__] = function
    return found


@lru_cache(maxsize=64)
def _digest(name: str) -> str:
    """Name the content of a static file, so that a browser keeps it until it changes."""
    file = STATIC / name
    return hashlib.sha256(file.read_bytes()).hexdigest()[:12] if file.is_file() else ""
