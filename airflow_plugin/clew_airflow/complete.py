"""What the provider leaves out of an event, added as standard facets."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from clew import facets
from clew_airflow.assets import with_assets
from clew_airflow.facets import HANDED_OVER

if TYPE_CHECKING:
    from collections.abc import Callable

    from clew.code import Code
    from clew.events import Json

    Locate = Callable[..., Code | None]


@dataclass(frozen=True, kw_only=True)
class Told:
    """What an event tells in the provider's own facets, and what `facets.of_task` handed over."""

    of_dag_run: bool
    dag: Json
    dag_run: Json
    task_instance: Json
    handed_over: Json

    @property
    def parameters(self) -> Json:
        """What the run was started with: declared params, what `conf` made of them, and what the task resolved."""
        return {**(self.dag.get("params") or {}), **(self.dag_run.get("conf") or {}), **(self.handed_over.get("params") or {})}

    @property
    def versions(self) -> Json:
        """Version of the DAG and of the bundle that it comes from; None where unknown."""
        return {
            "dag_version": self.dag_run.get("dag_version_number"),
            "dag_version_id": self.handed_over.get("dag_version_id") or self.dag_run.get("dag_version_id"),
            "dag_bundle": self.task_instance.get("dag_bundle_name") or self.dag_run.get("dag_bundle_name"),
            "dag_bundle_version": self.task_instance.get("dag_bundle_version") or self.dag_run.get("dag_bundle_version"),
        }


def completed(event: Json, locate: Locate) -> Json:
    """Return the event with parameters, versions, the place of its code, and datasets for all of its assets.

    Args:
        event: as the provider made it, with what `facets.of_task` handed over.
        locate: gives the place of a file of code.
    """
    theirs = event["run"].get("facets") or {}
    told = _told(theirs)
    assets = told.handed_over
    return {
        **event,
        "run": {**event["run"], "facets": {**_parameters(told), **_without_ours(theirs), **_tags(told, theirs)}},
        "job": {**event["job"], "facets": {**_source_code_location(told, locate), **(event["job"].get("facets") or {})}},
        "inputs": with_assets(event.get("inputs") or (), assets.get("inputs") or ()),
        "outputs": with_assets(event.get("outputs") or (), assets.get("outputs") or ()),
    }


def _told(theirs: Json) -> Told:
    told = theirs.get("airflow") or theirs.get("airflowDagRun") or {}
    return Told(
        of_dag_run="airflowDagRun" in theirs,
        dag=told.get("dag") or {},
        dag_run=told.get("dagRun") or {},
        task_instance=told.get("taskInstance") or {},
        handed_over=theirs.get(HANDED_OVER) or {},
    )


def _without_ours(theirs: Json) -> Json:
    """Take out what was only on its way to us: the facet that was handed over, and params within the provider's facets."""
    return {name: _without_params(facet) if name.startswith("airflow") else facet for name, facet in theirs.items() if name != HANDED_OVER}


def _without_params(facet: Json) -> Json:
    dag = facet.get("dag")
    return {**facet, "dag": {k: v for k, v in dag.items() if k != "params"}} if dag else facet


def _parameters(told: Told) -> Json:
    return {"executionParameters": facets.execution_parameters(told.parameters)} if told.parameters else {}


def _tags(told: Told, theirs: Json) -> Json:
    ours = [{"key": key, "value": str(value), "source": "AIRFLOW"} for key, value in told.versions.items() if value is not None]
    there = (theirs.get("tags") or {}).get("tags") or []
    return {"tags": facets.facet("1-0-0/TagsRunFacet.json#/$defs/TagsRunFacet", tags=[*there, *ours])} if ours else {}


def _source_code_location(told: Told, locate: Locate) -> Json:
    """Tell where the DAG's code stands; a new version of the DAG is a new version of the DAG's own job."""
    fileloc, versions = told.dag.get("fileloc"), told.versions
    code = locate(Path(fileloc), repository=told.handed_over.get("repository"), commit=versions["dag_bundle_version"]) if fileloc else None
    if code is None:
        return {}
    number = versions["dag_version"] if told.of_dag_run else None
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
