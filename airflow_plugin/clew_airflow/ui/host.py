"""Airflow's own pages about jobs and runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from clew.answers.foreign import number, part, text

if TYPE_CHECKING:
    from clew.answers.jobs import Job
    from clew.answers.runs import Run


@dataclass(frozen=True, kw_only=True)
class _Pages:
    """Addresses below `base`; what a job or run is in Airflow, its facets tell."""

    base: str
    namespace: str
    name: str = "Airflow"

    def job_page(self, job: Job) -> str | None:
        """Return the address of the DAG or task."""
        facet = _airflow(job.latest) if job.latest and job.ref.namespace == self.namespace else None
        dag = text(facet, "dag", "dag_id")
        return self._address(dag, None, text(facet, "task", "task_id"), None) if dag else None

    def run_page(self, run: Run) -> str | None:
        """Return the address of the DAG run or task instance."""
        facet = _airflow(run) if run.job and run.job.namespace == self.namespace else None
        dag, run_id = text(facet, "dag", "dag_id"), text(facet, "dagRun", "run_id")
        if not dag or not run_id:
            return None
        index = number(facet, "taskInstance", "map_index")
        return self._address(dag, run_id, text(facet, "task", "task_id"), int(index) if index is not None and index >= 0 else None)

    def _address(self, dag_id: str, run_id: str | None, task_id: str | None, map_index: int | None) -> str:
        raise NotImplementedError


class Airflow3Pages(_Pages):
    """Pages of Airflow 3."""

    def _address(self, dag_id: str, run_id: str | None, task_id: str | None, map_index: int | None) -> str:
        run = ("runs", run_id) if run_id else ()
        task = ("tasks", task_id) if task_id else ()
        mapped = ("mapped", str(map_index)) if task_id and map_index is not None else ()
        return "/".join((self.base, *(quote(p, safe="") for p in ("dags", dag_id, *run, *task, *mapped))))


class Airflow2Pages(_Pages):
    """Pages of Airflow 2."""

    def _address(self, dag_id: str, run_id: str | None, task_id: str | None, map_index: int | None) -> str:
        asked = {"dag_run_id": run_id, "task_id": task_id, "map_index": map_index}
        query = urlencode({k: v for k, v in asked.items() if v is not None})
        return f"{self.base}/dags/{quote(dag_id, safe='')}/grid" + (f"?{query}" if query else "")


def _airflow(run: Run) -> object:
    return part(run.facets, "airflow") or part(run.facets, "airflowDagRun")
