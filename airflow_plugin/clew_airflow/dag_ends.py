"""How the tasks of a DAG run fared, told with its end: how long each waited is known in Airflow's database alone.

The provider reads the database there itself, in a process that the scheduler keeps for the events of DAGs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clew.guard import guard
from clew_airflow.facets import HANDED_OVER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from clew.events import Json

    Told = Callable[..., dict[str, Any]]

MOST = 1000
"""Task instances that the end of a DAG run tells; each has a run of its own besides."""


def let_dag_ends_tell_tasks() -> None:
    """Have the provider tell what it reads of tasks and leaves out: when each was queued, its pool, its host, its mapped instances."""
    from airflow.providers.openlineage.plugins import adapter

    adapter.get_airflow_state_run_facet = with_tasks(adapter.get_airflow_state_run_facet, _read)


def let_dag_events_tell_when_they_were_queued() -> None:
    """Have the provider put a DAG run's queue time beside its other times, and the backfill that it is part of."""
    from airflow.providers.openlineage.utils.utils import DagRunInfo

    DagRunInfo.includes = [*DagRunInfo.includes, "queued_at", "backfill_id"]


def with_tasks(theirs: Told, read: Callable[[str, str], Iterable[Any]]) -> Told:
    """Return the provider's function, which then hands the tasks over to our transport.

    Args:
        theirs: takes id of the DAG and of the run first, and returns run facets.
        read: gives the task instances of a run.
    """

    def told(dag_id: str, run_id: str, *others: Any, **named: Any) -> dict[str, Any]:
        facets = dict(theirs(dag_id, run_id, *others, **named))
        with guard("tell the tasks of a DAG run"):
            facets[HANDED_OVER] = {"tasks": [_told(one) for one in read(dag_id, run_id)]}
        return facets

    return told


def _read(dag_id: str, run_id: str) -> Iterable[Any]:
    from airflow.models.taskinstance import TaskInstance as Instance
    from airflow.utils.session import create_session
    from sqlalchemy import select

    columns = (
        Instance.task_id,
        Instance.map_index,
        Instance.try_number,
        Instance.state,
        Instance.pool,
        Instance.hostname,
        Instance.queued_dttm,
        Instance.start_date,
        Instance.end_date,
    )
    of_run = select(*columns).where(Instance.dag_id == dag_id, Instance.run_id == run_id)
    with create_session() as session:
        return list(session.execute(of_run.order_by(Instance.task_id, Instance.map_index).limit(MOST)).all())


def _told(one: Any) -> Json:
    known = {
        "task_id": one.task_id,
        "map_index": one.map_index if one.map_index >= 0 else None,
        "try_number": one.try_number or None,
        "state": getattr(one.state, "value", one.state),
        "pool": one.pool,
        "hostname": one.hostname or None,
        "queued_at": _time(one.queued_dttm),
        "started_at": _time(one.start_date),
        "ended_at": _time(one.end_date),
    }
    return {key: value for key, value in known.items() if value is not None}


def _time(at: Any) -> str | None:
    return None if at is None else at.isoformat()
