"""A DAG with as many mapped tasks as its `parts` say, spread over `seconds`, for an Airflow whose backend is gone or whose disk is full."""

from __future__ import annotations

import time
from datetime import datetime, timezone

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import Asset, dag, task


@dag(schedule=None, start_date=datetime(2026, 3, 4, tzinfo=timezone.utc), params={"parts": 2, "seconds": 0})
def mapped_many_times():
    @task
    def numbers(params):
        return list(range(params["parts"]))

    @task
    def part(number: int, params, dag_run):
        due = dag_run.start_date.timestamp() + params["seconds"] * (number + 1) / params["parts"]
        time.sleep(max(0, due - time.time()))
        return number

    @task
    def fails():
        raise ValueError("as it should")

    part.expand(number=numbers()) >> BashOperator(task_id="ends", bash_command="true", outlets=[Asset("s3://shop/parts.csv")])
    fails() >> BashOperator(task_id="never_runs", bash_command="true")


mapped_many_times()
