"""A DAG whose tasks take long enough to be killed, and are tried again."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import Asset, dag, task


@dag(schedule=None, start_date=datetime(2026, 3, 4, tzinfo=timezone.utc), max_active_runs=32)
def killed_at_random():
    again = {"retries": 2, "retry_delay": timedelta(0)}

    @task(**again)
    def part(number: int):
        time.sleep(0.4)
        return number

    begins = BashOperator(task_id="begins", bash_command="sleep 0.3", outlets=[Asset("s3://shop/parts.csv")], **again)
    ends = BashOperator(task_id="ends", bash_command="true", inlets=[Asset("s3://shop/parts.csv")], **again)
    begins >> part.expand(number=[1, 2]) >> ends


killed_at_random()
