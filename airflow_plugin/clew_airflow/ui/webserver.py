"""Our pages in the webserver of Airflow 2.

Two rules, for the root and for what is below it, lead to one function, and it asks Airflow who is there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow.auth.managers.models.resource_details import DagAccessEntity, DagDetails
from airflow.www.extensions.init_auth_manager import get_auth_manager
from flask import Blueprint, Response, redirect, request

from clew.pages.links import Links
from clew.pages.visit import Visit
from clew_airflow.ui.host import Airflow2Pages
from clew_airflow.ui.places import PREFIX
from clew_airflow.ui.serving import answer

if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import Any

SHOWN = (None, DagAccessEntity.RUN, DagAccessEntity.TASK_INSTANCE, DagAccessEntity.CODE, DagAccessEntity.TASK_LOGS)
"""What pages show of a DAG; None is the DAG itself. Errors with their traces are what Airflow shows in logs."""


def blueprint(namespace: str) -> Blueprint:
    """Return the pages.

    Args:
        namespace: that of this Airflow's jobs.
    """
    made = Blueprint("clew", __name__, url_prefix=PREFIX)

    @made.get("/")
    @made.get("/<path:path>")
    def page(path: str = "") -> Any:
        if not get_auth_manager().is_logged_in():
            return redirect(get_auth_manager().get_url_login(next_url=request.url))
        found = answer(
            Visit(path=f"/{path}", query=request.args, origin=request.host_url.rstrip("/")),
            links=Links(request.script_root + PREFIX, "~"),
            permissions=UserPermissions(),
            host=Airflow2Pages(base=request.script_root, namespace=namespace),
            namespace=namespace,
        )
        return Response(found.content, found.status, dict(found.headers))

    return made


class UserPermissions:
    """What Airflow lets the user of the current request do."""

    def reads_dag(self, dag_id: str) -> bool:
        """Tell whether they may read a DAG and what pages show of it."""
        details = DagDetails(id=dag_id)
        return all(get_auth_manager().is_authorized_dag(method="GET", access_entity=e, details=details) for e in SHOWN)

    def readable_dags(self) -> Collection[str]:
        """Return the DAGs that they may read."""
        found: set[str] = get_auth_manager().get_permitted_dag_ids(methods=["GET"])
        return found

    def reads_assets(self) -> bool:
        """Tell whether they may read datasets."""
        return bool(get_auth_manager().is_authorized_dataset(method="GET"))
