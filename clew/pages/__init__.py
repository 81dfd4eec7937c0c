"""Pages about jobs, runs, datasets and their lineage, for whatever web framework serves them: every address on one page.

They read through the client alone, so they work on a real Marquez as well.
"""

from __future__ import annotations

import logging
from types import MappingProxyType
from typing import TYPE_CHECKING

from clew.errors import BackendError
from clew.pages import views
from clew.pages.files import file
from clew.pages.rendering import page
from clew.pages.sight import NotForYou
from clew.pages.views import NotThere

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from clew.pages.site import Site
    from clew.pages.visit import Page, Visit

    Places = Mapping[tuple[str, int], Callable[..., Page]]

log = logging.getLogger("clew")

PLACES: Places = {
    ("", 0): views.jobs,
    ("jobs", 2): views.job,
    ("runs", 1): views.run,
    ("datasets", 2): views.dataset,
    ("lineage", 0): views.lineage,
    ("lineage.json", 0): views.lineage_data,
    ("namespaces", 0): views.namespaces,
    ("namespaces", 1): views.namespace,
    ("search", 0): views.search,
}
"""The view of each place, by the first part of its path and how many names follow, which the view is given."""

ICON = "clew.svg"
"""What browsers are shown that ask for an icon by the name that it has everywhere: they do so beside the API's answers."""


def answer(visit: Visit, site: Site, more: Places = MappingProxyType({})) -> Page:
    """Answer a visit; what goes wrong becomes a page that says what to do next.

    Args:
        visit: what is asked for.
        site: where pages are shown, and to whom.
        more: places of the host's own.
    """
    try:
        return _answer(visit, site, {**PLACES, **more})
    except NotThere as missing:
        return page(site, "missing.html", 404, what=str(missing))
    except NotForYou as refusal:
        return page(site, "forbidden.html", 403, why=str(refusal))
    except BackendError as error:
        log.warning("the backend did not answer %s: %s", visit.path, error)
        return page(site, "trouble.html", 502, error=str(error))


def _answer(visit: Visit, site: Site, places: Places) -> Page:
    if visit.path.startswith("/static/"):
        found = file(visit.path.removeprefix("/static/"), version=visit.query.get("v", ""))
        if found is not None:
            return found
    if visit.path == "/favicon.ico" and (icon := file(ICON)):
        return icon
    place, *names = site.links.names(visit.path) or [""]
    view = places.get((place, len(names)))
    if view is None or not all(names):
        raise NotThere(f"There is no page {visit.path}.")
    return view(visit, site, *names)
