"""Two DAGs over the same file: one that a guest may read, and one that they may not."""

from __future__ import annotations

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG, Asset, task

TILL, ORDERS, WAGES = Asset("file:///data/till.csv"), Asset("file:///data/orders.csv"), Asset("file:///data/wages.csv")

with DAG("shop", schedule=None):
    BashOperator(task_id="load.orders", bash_command="true", inlets=[TILL], outlets=[ORDERS])

    @task
    def count(day: int) -> None:
        print(day)

    count.expand(day=[1, 2])

with DAG("payroll", schedule=None):
    BashOperator(task_id="pay", bash_command="true", inlets=[ORDERS], outlets=[WAGES])
