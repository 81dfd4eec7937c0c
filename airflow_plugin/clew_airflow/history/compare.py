"""Runs of Airflow beside those of the backend, row by row."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from clew_airflow.history import states

if TYPE_CHECKING:
    from clew_airflow.history.shapes import DagRun, TaskTry
    from clew_airflow.history.there import There

MISSING = "missing"


class Row(NamedTuple):
    """A run that both should have.

    Attributes:
        job: its job.
        run: the DAG run's id in Airflow, with try and map index of a task.
        airflow: the state in Airflow.
        expected: what the backend should say.
        backend: what it says, or `missing`.
    """

    job: str
    run: str
    airflow: str
    expected: str
    backend: str

    @property
    def is_same(self) -> bool:
        """Whether both have it the same. A run that is not over may be anything that is not an end, or not be there yet."""
        return self.backend == self.expected or (self.expected == "RUNNING" and self.backend in {"NEW", MISSING})


def of_dag_run(run: DagRun, there: There | None) -> Row:
    """Compare a DAG run."""
    return Row(run.dag_id, run.dag_run_id, run.state or "none", _shown(states.ENDS.get(run.state or "")), _said(there))


def of_earlier_life(run: DagRun, number: int, there: There) -> Row:
    """Show what the backend has of a DAG run from before it was cleared, and never saw end."""
    return Row(run.dag_id, f"{run.dag_run_id}, cleared {number} times", "cleared", "an end", there.state)


def of_try(one: TaskTry, run: DagRun, there: There | None) -> Row | None:
    """Compare a task try; None where it never began, and so is no run, or where its task has gone, and with it how it ended."""
    if states.began_at(one) is None or (one.state == "removed" and (there is None or there.is_over)):
        return None
    which = f"{one.dag_run_id}, try {one.try_number}" + (f", map index {one.map_index}" if one.map_index >= 0 else "")
    return Row(f"{one.dag_id}.{one.task_id}", which, one.state or "none", _shown(states.end_of(one, run)), _said(there))


def _shown(end: str | None) -> str:
    return states.SHOWN[end] if end else "RUNNING"


def _said(there: There | None) -> str:
    return MISSING if there is None else there.state
