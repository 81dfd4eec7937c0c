"""The run of a task, for programs that the task starts: `CLEW_PARENT` and `CLEW_ROOT` as `namespace/job name/run id`.

Ids are those of Airflow's provider (`build_task_instance_ol_run_id`, `build_dag_run_ol_run_id`), recomputed here since importing
the provider costs more than a task should pay.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clew.naming import run_id
from clew_airflow.configure import OURS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


def variables(context: Mapping[str, Any], environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables for the task whose context is given; none where Clew does not collect."""
    if OURS not in environ.get("AIRFLOW__OPENLINEAGE__TRANSPORT", ""):
        return {}
    task, run = context["task_instance"], context["dag_run"]
    namespace = environ["AIRFLOW__OPENLINEAGE__NAMESPACE"]
    at = run.logical_date or run.run_after
    return {
        "CLEW_PARENT": f"{namespace}/{task.dag_id}.{task.task_id}/{task_run_id(namespace, task, at)}",
        "CLEW_ROOT": f"{namespace}/{task.dag_id}/{dag_run_id(namespace, task.dag_id, at, getattr(run, 'clear_number', 0))}",
    }


def task_run_id(namespace: str, task: Any, at: datetime) -> str:
    """Return the run id of a task instance's try; `at` is the logical date of its DAG run, or run_after where it has none."""
    return run_id(at, namespace, task.dag_id, task.task_id, task.try_number, task.map_index)


def dag_run_id(namespace: str, dag_id: str, at: datetime, clear_number: int) -> str:
    """Return the run id of a DAG run."""
    return run_id(at, namespace, dag_id, clear_number)
