"""Airflow's own pages about jobs and runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from clew.answers.foreign import number, part, text

if TYPE_CHECKING:
    from clew.answers.jobs import Job
    from clew.answers.runs import Run


@dataclass(frozen=True)
class AirflowPages:
    """Addresses in the UI of Airflow 3, below `base`; what a job or run is in Airflow, its facets tell."""

    base: str
    namespace: str
    name: str = "Airflow"

    def job_page(self, job: Job) -> str | None:
        """Return the address of the DAG or task."""
        facet = _airflow(job.latest) if job.latest and job.ref.namespace == self.namespace else None
        dag, task = text(facet, "dag", "dag_id"), text(facet, "task", "task_id")
        return self._to("dags", dag, *(("tasks", task) if task else ())) if dag else None

    def run_page(self, run: Run) -> str | None:
        """Return the address of the DAG run or task instance."""
        facet = _airflow(run) if run.job and run.job.namespace == self.namespace else None
        dag, run_id, task = text(facet, "dag", "dag_id"), text(facet, "dagRun", "run_id"), text(facet, "task", "task_id")
        if not dag or not run_id:
            return None
        index = number(facet, "taskInstance", "map_index")
        mapped = ("mapped", str(int(index))) if task and index is not None and index >= 0 else ()
        return self._to("dags", dag, "runs", run_id, *(("tasks", task) if task else ()), *mapped)

    def _to(self, *parts: str) -> str:
        return "/".join((self.base, *(quote(p, safe="") for p in parts)))


def _airflow(run: Run) -> object:
    return part(run.facets, "airflow") or part(run.facets, "airflowDagRun")
