"""What the provider leaves out of an event, added as standard facets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from clew import facets
from clew_airflow.assets import with_assets
from clew_airflow.facets import HANDED_OVER

if TYPE_CHECKING:
    from collections.abc import Callable

    from clew.events import Json
    from clew_airflow.code import Code

    Locate = Callable[..., Code | None]


def completed(event: Json, locate: Locate) -> Json:
    """Return the event with parameters, versions, the place of its code, and datasets for all of its assets.

    Args:
        event: as the provider made it, with what `facets.of_task` handed over.
        locate: gives the place of a file of code.
    """
    run_facets = dict(event["run"].get("facets") or {})
    handed_over = run_facets.pop(HANDED_OVER, None) or {}
    told = run_facets.get("airflow") or run_facets.get("airflowDagRun") or {}
    dag, dag_run, task = told.get("dag") or {}, told.get("dagRun") or {}, told.get("taskInstance") or {}
    is_dag = "airflowDagRun" in run_facets
    versions = {
        "dag_version": dag_run.get("dag_version_number"),
        "dag_version_id": handed_over.get("dag_version_id") or dag_run.get("dag_version_id"),
        "dag_bundle": task.get("dag_bundle_name") or dag_run.get("dag_bundle_name"),
        "dag_bundle_version": task.get("dag_bundle_version") or dag_run.get("dag_bundle_version"),
    }
    parameters = {**(dag.pop("params", None) or {}), **(dag_run.get("conf") or {}), **(handed_over.get("params") or {})}
    code = _code(dag.get("fileloc"), handed_over.get("repository"), versions["dag_bundle_version"], locate)
    return {
        **event,
        "run": {**event["run"], "facets": {**_run_facets(parameters, versions, run_facets), **run_facets}},
        "job": {**event["job"], "facets": {**_job_facets(code, versions if is_dag else {}), **(event["job"].get("facets") or {})}},
        "inputs": with_assets(event.get("inputs") or (), handed_over.get("inputs") or ()),
        "outputs": with_assets(event.get("outputs") or (), handed_over.get("outputs") or ()),
    }


def _run_facets(parameters: Json, versions: Json, theirs: Json) -> Json:
    found: Json = {}
    if parameters:
        found["executionParameters"] = facets.execution_parameters(parameters)
    tags = [{"key": key, "value": str(value), "source": "AIRFLOW"} for key, value in versions.items() if value is not None]
    if tags:
        there = (theirs.pop("tags", None) or {}).get("tags") or []
        found["tags"] = facets.facet("1-0-0/TagsRunFacet.json#/$defs/TagsRunFacet", tags=[*there, *tags])
    return found


def _job_facets(code: Code | None, versions: Json) -> Json:
    if code is None:
        return {}
    number = versions.get("dag_version")
    location = facets.facet(
        "1-1-0/SourceCodeLocationJobFacet.json#/$defs/SourceCodeLocationJobFacet",
        type=code.kind,
        url=code.url if number is None else f"{code.url}-v{number}",
        repoUrl=code.repository,
        path=code.path,
        version=code.commit,
        branch=code.branch,
    )
    return {"sourceCodeLocation": location}


def _code(fileloc: Any, repository: str | None, bundle_version: str | None, locate: Locate) -> Code | None:
    if not isinstance(fileloc, str):
        return None
    return locate(Path(fileloc), repository=repository, commit=bundle_version)
