"""A DAG that ends in every way, and one that its asset triggers."""

from __future__ import annotations

import os
import signal
from datetime import datetime, timedelta, timezone

from airflow.exceptions import AirflowSkipException
from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import Asset, TaskGroup, dag, get_current_context, task

ORDERS, REPORT = Asset("s3://shop/orders.csv"), Asset("s3://shop/report.csv")


@dag(
    schedule=None,
    start_date=datetime(2026, 3, 4, tzinfo=timezone.utc),
    params={"currency": "EUR"},
    tags=["shop"],
    default_args={"owner": "till-team"},
    doc_md="Ends in every way.",
)
def endings():
    BashOperator(task_id="works", bash_command="echo {{ params.currency }}", outlets=[REPORT], inlets=[ORDERS], doc_md="Writes the report.")

    @task
    def fails():
        raise ValueError("no report today")

    @task
    def skips():
        raise AirflowSkipException("nothing to do")

    @task(retries=1, retry_delay=timedelta(0))
    def second_try_works():
        if get_current_context()["ti"].try_number == 1:
            raise ValueError("the first try fails")

    @task.branch
    def chooses():
        return "chosen"

    @task
    def mapped(number: int):
        return number

    @task
    def is_killed():
        os.kill(os.getpid(), signal.SIGKILL)

    fails() >> EmptyOperator(task_id="never_runs")
    chooses() >> [EmptyOperator(task_id="chosen"), EmptyOperator(task_id="not_chosen")]
    with TaskGroup("group"):
        mapped.expand(number=[1, 2])
    skips()
    second_try_works()
    is_killed()


@dag(schedule=[REPORT], start_date=datetime(2026, 3, 4, tzinfo=timezone.utc))
def reads_report():
    BashOperator(task_id="read", bash_command="true", inlets=[REPORT])


endings()
reads_report()
