"""SQL on a real database, whose password the tests look for."""

from __future__ import annotations

from datetime import datetime, timezone

from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
from airflow.sdk import dag


@dag(schedule=None, start_date=datetime(2026, 3, 4, tzinfo=timezone.utc), catchup=False, params={"currency": "EUR"})
def tills_in_postgres():
    make = SQLExecuteQueryOperator(
        task_id="make",
        conn_id="tills",
        sql=[
            "create table if not exists sales (sale_id integer, amount_cents integer)",
            "create table if not exists revenue (currency text, amount_cents bigint)",
        ],
    )
    load = SQLExecuteQueryOperator(
        task_id="load",
        conn_id="tills",
        sql="insert into sales values (1, 2){{ ', (1, 2)' * 700_000 }}",  # 5 MB when it is rendered
    )
    sum_up = SQLExecuteQueryOperator(
        task_id="sum_up",
        conn_id="tills",
        sql="insert into revenue select '{{ params.currency }}', sum(amount_cents) from sales",
    )
    fails = SQLExecuteQueryOperator(task_id="fails", conn_id="tills", sql="insert into revenue select currency from sales")
    make >> load >> sum_up >> fails


tills_in_postgres()
