"""What our pages ask Airflow's own database, which the web server has at hand."""

from __future__ import annotations

from typing import Any

from airflow.models import DagModel, DagRun, TaskInstance
from airflow.utils.session import create_session
from sqlalchemy import select

from clew_airflow.ui.here import KnownRun

_NEWEST = 3
"""DAG runs of a DAG that are looked at for the name that the backend has for it."""


def dag_ids() -> frozenset[str]:
    """Return the ids of all DAGs, those too that are gone from the DAG folder."""
    with create_session() as session:
        return frozenset(session.scalars(select(DagModel.dag_id)))


def dag_run(dag_id: str, run_id: str) -> KnownRun | None:
    """Return a DAG run; None where there is none."""
    with create_session() as session:
        found = session.scalar(select(DagRun).where(DagRun.dag_id == dag_id, DagRun.run_id == run_id))
        return _known(found) if found else None


def newest_dag_runs(dag_id: str) -> tuple[KnownRun, ...]:
    """Return the newest DAG runs that have started, newest first."""
    with create_session() as session:
        asked = select(DagRun).where(DagRun.dag_id == dag_id, DagRun.start_date.is_not(None))
        return tuple(_known(r) for r in session.scalars(asked.order_by(DagRun.start_date.desc()).limit(_NEWEST)))


def newest_try(dag_id: str, run_id: str, task_id: str, map_index: int) -> int | None:
    """Return the number of a task instance's newest try; None where there is no such task instance."""
    of = (TaskInstance.dag_id == dag_id, TaskInstance.run_id == run_id, TaskInstance.task_id == task_id)
    with create_session() as session:
        number: int | None = session.scalar(select(TaskInstance.try_number).where(*of, TaskInstance.map_index == map_index))
        return number


def _known(run: Any) -> KnownRun:
    # Airflow 2 has no run_after, and before 2.8 no number of clearings.
    return KnownRun(run_id=run.run_id, at=run.logical_date or run.run_after, clear_number=getattr(run, "clear_number", 0))
