"""What an event of the provider tells: of a DAG run or of a task try, live or from history."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from clew_airflow.facets import HANDED_OVER

if TYPE_CHECKING:
    from clew.events import Json


@dataclass(frozen=True, kw_only=True)
class Told:
    """What stands in the provider's own facets, and what `facets.of_task` handed over."""

    of_dag_run: bool
    of_task: bool
    dag: Json
    dag_run: Json
    task: Json
    task_instance: Json
    handed_over: Json
    ended: Json


def told(facets: Json) -> Told:
    """Read the run facets of an event."""
    found = facets.get("airflow") or facets.get("airflowDagRun") or {}
    return Told(
        of_dag_run="airflowDagRun" in facets,
        of_task="airflow" in facets,
        dag=found.get("dag") or {},
        dag_run=found.get("dagRun") or {},
        task=found.get("task") or {},
        task_instance=found.get("taskInstance") or {},
        handed_over=facets.get(HANDED_OVER) or {},
        ended=facets.get("airflowState") or {},
    )


def without_ours(facets: Json) -> Json:
    """Take out what was only on its way to us: the facet that was handed over, and params within the provider's facets."""
    return {name: _without_params(f) if name.startswith("airflow") else f for name, f in facets.items() if name != HANDED_OVER}


def _without_params(facet: Json) -> Json:
    dag = facet.get("dag")
    return {**facet, "dag": {k: v for k, v in dag.items() if k != "params"}} if dag else facet
