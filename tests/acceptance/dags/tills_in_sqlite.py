"""SQL of Airflow's operator and hook on SQLite, of which the provider tells nothing: with values bound, and several statements."""

from __future__ import annotations

from datetime import datetime, timezone

from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
from airflow.providers.sqlite.hooks.sqlite import SqliteHook
from airflow.sdk import chain, dag, task


@dag(schedule=None, start_date=datetime(2026, 3, 4, tzinfo=timezone.utc), catchup=False)
def tills_in_sqlite():
    make = SQLExecuteQueryOperator(
        task_id="make",
        conn_id="shop_sqlite",
        sql=[
            "create table sales (sale_id integer, till text)",
            "create table revenue (till text, sales integer)",
            "create table closed (till text)",
        ],
    )
    by_place = SQLExecuteQueryOperator(
        task_id="by_place", conn_id="shop_sqlite", sql="insert into revenue select till, 1 from sales where till = ?", parameters=("a",)
    )
    by_name = SQLExecuteQueryOperator(
        task_id="by_name",
        conn_id="shop_sqlite",
        sql="insert into closed select till from revenue where till <> :till; delete from sales where till = :till",
        parameters={"till": "a"},
        split_statements=True,
    )
    fails = SQLExecuteQueryOperator(task_id="fails", conn_id="shop_sqlite", sql="insert into closed select till from nowhere")

    @task
    def by_hook():
        hook = SqliteHook(sqlite_conn_id="shop_sqlite")
        hook.insert_rows("sales", [(1, "a"), (2, "b")], target_fields=["sale_id", "till"])
        return hook.get_first("select count(*) from revenue where till = ?", parameters=("b",))[0]

    @task(trigger_rule="all_done")
    def does_nothing():
        pass

    chain(make, by_hook(), by_place, by_name, fails, does_nothing())


tills_in_sqlite()
