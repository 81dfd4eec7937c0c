"""Airflow's own database, read row by row: what a backend should have, found without Clew."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple

import psycopg2
from openlineage.client.uuid import generate_static_uuid

if TYPE_CHECKING:
    from datetime import datetime

STATES = {"success": "COMPLETED", "failed": "FAILED", "up_for_retry": "FAILED", "upstream_failed": "ABORTED", "skipped": "COMPLETED"}


class Kept(NamedTuple):
    """A run in Airflow's database.

    Attributes:
        job: the DAG, or DAG and task.
        run: the id that the OpenLineage provider gives it.
        airflow: its state in Airflow.
        state: what a backend should call that.
    """

    job: str
    run: str
    airflow: str
    state: str


def on_postgres(url: str) -> dict[str, str]:
    """Return what has an Airflow keep its metadata in Postgres. SQLite locks itself out where much happens at once."""
    return {"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": url.replace("postgresql://", "postgresql+psycopg2://")}


def kept(url: str, namespace: str = "airflow") -> list[Kept]:
    """Return every DAG run and every task try that is over, as the database of an Airflow has them.

    Args:
        url: of the Postgres database.
        namespace: of the jobs.
    """
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as database:
        database.execute("SELECT dag_id, run_id, COALESCE(logical_date, run_after), clear_number, state, start_date FROM dag_run")
        dag_runs = database.fetchall()
        columns = "dag_id, run_id, task_id, map_index, try_number, state, start_date, end_date"
        database.execute(f"SELECT {columns} FROM task_instance_history")
        past = database.fetchall()
        database.execute(f"SELECT {columns} FROM task_instance")
        last = database.fetchall()
    at = {(dag, run): moment for dag, run, moment, *_ in dag_runs}
    found = [
        Kept(dag, _id(at[dag, run], namespace, dag, cleared), state, STATES[state])
        for dag, run, _, cleared, state, started in dag_runs
        if started and state in {"success", "failed"}
    ]
    told = {one[:5] for one in past}
    for dag, run, task, index, number, state, start, end in [*past, *(one for one in last if one[:5] not in told)]:
        failed_in_the_queue = start is None and state in {"failed", "up_for_retry"} and number > 0
        if state not in STATES or (start is None and not failed_in_the_queue):
            continue
        never_ran = state == "skipped" and (number == 0 or end is None)
        which = _id(at[dag, run], namespace, dag, task, number, index)
        found.append(Kept(f"{dag}.{task}", which, state, "ABORTED" if never_ran else STATES[state]))
    return found


def _id(at: datetime, *parts: str | int) -> str:
    """Return a run id as the provider makes it: of the moment, and the parts between dots."""
    return str(generate_static_uuid(at, ".".join(str(part) for part in parts).encode()))
