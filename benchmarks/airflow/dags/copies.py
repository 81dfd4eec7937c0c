"""Tasks that copy a table of a Postgres, as SQL operators do."""

from __future__ import annotations

import os
from datetime import datetime, timezone

from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
from airflow.sdk import dag


@dag(schedule=None, start_date=datetime(2026, 1, 1, tzinfo=timezone.utc), params={"currency": "EUR"})
def copies():
    make = SQLExecuteQueryOperator(
        task_id="make",
        conn_id="tills",
        sql=["create table if not exists sales (cents integer)", "create table if not exists revenue (cents integer)"],
    )
    make >> [
        SQLExecuteQueryOperator(task_id=f"task_{number}", conn_id="tills", sql="insert into revenue select cents from sales")
        for number in range(int(os.environ.get("BENCHMARK_TASKS", "1")))
    ]


copies()
