"""From values to a page: the templates, what every one of them can use, and the headers that every answer carries."""

from __future__ import annotations

from datetime import datetime, timezone
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from clew import __version__
from clew.answers.runs import strip
from clew.pages import formatting, highlighting, trees
from clew.pages.files import digest
from clew.pages.links import external
from clew.pages.visit import Page

if TYPE_CHECKING:
    from clew.pages.site import Site

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


def page(site: Site, template: str, status: int = 200, **values: Any) -> Page:
    """Answer with a page."""
    text = (
        _templates()
        .get_template(template)
        .render(
            links=site.links,
            asset=lambda name: site.links.to(f"/static/{name}", v=digest(name)),
            now=datetime.now(timezone.utc),
            version=__version__,
            host=site.host,
            browsing=site.reader.may_browse(),
            **values,
        )
    )
    return Page(status=status, content=text.encode(), headers=HEADERS | {"Content-Type": "text/html; charset=utf-8"})


def data(value: Any, status: int = 200) -> Page:
    """Answer with JSON."""
    return Page(status=status, content=msgspec.json.encode(value), headers=HEADERS | {"Content-Type": "application/json"})


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
