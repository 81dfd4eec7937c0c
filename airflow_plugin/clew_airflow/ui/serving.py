"""A visit to our pages within Airflow, whichever of its web servers it came by."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from clew import pages
from clew.answers.runs import Ref
from clew.pages.sight import require_job
from clew.pages.site import Site
from clew.pages.views import NotThere
from clew_airflow.ui import backend, metadata
from clew_airflow.ui.here import here, path
from clew_airflow.ui.places import HERE
from clew_airflow.ui.reader import DagReader

if TYPE_CHECKING:
    from clew.pages.links import Links
    from clew.pages.site import Host
    from clew.pages.visit import Page, Visit
    from clew_airflow.ui.reader import Permissions

UNTOLD = "It has not run since Clew came here, or its DAG is not collected (see the setting dags). What ran before, clew sync airflow adds."


def answer(visit: Visit, *, links: Links, permissions: Permissions, host: Host, namespace: str) -> Page:
    """Answer a visit of somebody who is logged in.

    Args:
        visit: what they ask for.
        links: addresses of our pages.
        permissions: what Airflow lets them do.
        host: Airflow's own pages.
        namespace: that of this Airflow's jobs.
    """

    def about(visit: Visit, site: Site) -> Page:
        asked = here(visit.query)
        if asked is None:
            raise NotThere("The address names no DAG.")
        require_job(site, Ref(namespace=namespace, name=asked.dag_id))
        found = path(asked, namespace=namespace, marquez=site.marquez, metadata=metadata, links=replace(links, base=""))
        if found is None:
            raise NotThere(f"Nothing has been told of “{asked.job_name}” yet. {UNTOLD}")
        return pages.answer(replace(visit, path=found, query={}), site)

    reader = DagReader(permissions, namespace=namespace, dag_ids=metadata.dag_ids)
    site = Site(marquez=backend.marquez(), links=links, reader=reader, host=host)
    return pages.answer(visit, site, more={(HERE[1:], 0): about})
