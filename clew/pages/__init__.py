"""Pages about jobs, runs, datasets and their lineage, for whatever web framework serves them: every address on one page.

They read through the client alone, so they work on a real Marquez as well.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from clew.errors import BackendError
from clew.pages import views
from clew.pages.files import file
from clew.pages.rendering import page
from clew.pages.sight import NotForYou
from clew.pages.views import NotThere

if TYPE_CHECKING:
    from collections.abc import Callable

    from clew.pages.site import Site
    from clew.pages.visit import Page, Visit

log = logging.getLogger("clew")

PLACES: dict[tuple[str, int], Callable[..., Page]] = {
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


def answer(visit: Visit, site: Site) -> Page:
    """Answer a visit; what goes wrong becomes a page that says what to do next."""
    try:
        return _answer(visit, site)
    except NotThere as missing:
        return page(site, "missing.html", 404, what=str(missing))
    except NotForYou as refusal:
        return page(site, "forbidden.html", 403, why=str(refusal))
    except BackendError as error:
        log.warning("the backend did not answer %s: %s", visit.path, error)
        return page(site, "trouble.html", 502, error=str(error))


def _answer(visit: Visit, site: Site) -> Page:
    if visit.path.startswith("/static/"):
        found = file(visit.path.removeprefix("/static/"), version=visit.query.get("v", ""))
        if found is not None:
            return found
    place, *names = site.links.names(visit.path) or [""]
    view = PLACES.get((place, len(names)))
    if view is None or not all(names):
        raise NotThere(f"There is no page {visit.path}.")
    return view(visit, site, *names)
