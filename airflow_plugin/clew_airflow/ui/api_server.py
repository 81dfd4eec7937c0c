"""Our pages in Airflow 3's API server.

One route serves them all, files included, and it asks Airflow who is there: those who are not logged in get nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity
from airflow.api_fastapi.core_api.security import GetUserDep, requires_access_asset, requires_access_dag
from anyio import CapacityLimiter, to_thread
from fastapi import FastAPI, HTTPException, Request, Response

from clew.pages.links import Links
from clew.pages.rendering import HEADERS
from clew.pages.visit import Visit
from clew_airflow.ui.host import Airflow3Pages
from clew_airflow.ui.places import PREFIX
from clew_airflow.ui.serving import answer

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from clew.pages.visit import Page

AT_ONCE = 6
"""Pages that are read at the same time, in threads of their own: a backend that hangs takes none of those that Airflow answers with."""
SHOWN = (None, DagAccessEntity.RUN, DagAccessEntity.TASK_INSTANCE, DagAccessEntity.CODE, DagAccessEntity.TASK_LOGS)
"""What pages show of a DAG; None is the DAG itself. Errors with their traces are what Airflow shows in logs."""


def app(namespace: str) -> FastAPI:
    """Return the application.

    Args:
        namespace: that of this Airflow's jobs.
    """
    made = FastAPI(title="Clew", openapi_url=None, docs_url=None, redoc_url=None)
    limiter = CapacityLimiter(AT_ONCE)

    @made.get("/{path:path}")  # noqa: FAST003  the path is taken apart further on
    async def page(request: Request, user: GetUserDep) -> Response:
        asks_backend = not request.path_params["path"].startswith("static/")
        found = await to_thread.run_sync(_page, request, user, namespace, limiter=limiter if asks_backend else None)
        return Response(found.content, found.status, dict(found.headers))

    made.add_exception_handler(HTTPException, _refused)
    return made


class UserPermissions:
    """What Airflow lets a user do, asked by the same dependencies that guard its own routes."""

    def __init__(self, request: Request, user: Any) -> None:
        self._request, self._user = request, user

    def reads_dag(self, dag_id: str) -> bool:
        """Tell whether they may read a DAG and what pages show of it."""
        return all(self._passes(requires_access_dag("GET", entity, dag_id)) for entity in SHOWN)

    def readable_dags(self) -> Collection[str]:
        """Return the DAGs that they may read."""
        found: set[str] = get_auth_manager().get_authorized_dag_ids(user=self._user, method="GET")
        return found

    def reads_assets(self) -> bool:
        """Tell whether they may read assets."""
        return self._passes(requires_access_asset("GET"))

    def _passes(self, guard: Callable[[Request, Any], None]) -> bool:
        try:
            guard(self._request, self._user)
        except HTTPException:
            return False
        return True


def _page(request: Request, user: Any, namespace: str) -> Page:
    root = str(request.scope.get("root_path", "")).rstrip("/")
    path = request.scope["path"].removeprefix(root)
    return answer(
        Visit(path=path, query=request.query_params, origin=str(request.base_url).rstrip("/")),
        links=Links(root, "~"),
        permissions=UserPermissions(request, user),
        host=Airflow3Pages(base=root.removesuffix(PREFIX), namespace=namespace),
        namespace=namespace,
    )


async def _refused(_: Request, refusal: HTTPException) -> Response:
    """Say it in a frame, too, where nobody reads JSON."""
    text = "<!doctype html><title>Log in</title><p>Log in to Airflow, then open this page again.</p>"
    return Response(text, refusal.status_code, {**HEADERS, "Content-Type": "text/html; charset=utf-8"})
