"""Tasks that read and write by themselves: Airflow's hooks, drivers, SQLAlchemy, DuckDB, sqlite3."""

from __future__ import annotations

import os
from datetime import datetime, timezone
from pathlib import Path

from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
from airflow.providers.postgres.hooks.postgres import PostgresHook
from airflow.sdk import chain, dag, task


@dag(schedule=None, start_date=datetime(2026, 3, 4, tzinfo=timezone.utc), catchup=False)
def inside_python():
    make = SQLExecuteQueryOperator(
        task_id="make",
        conn_id="tills",
        sql=[
            "create schema if not exists till",
            "create table if not exists till.visits (id integer, till text)",
            "create table if not exists visitors (id integer)",
            "create table if not exists loyal (id integer)",
        ],
    )

    @task
    def by_hook():
        hook = PostgresHook(postgres_conn_id="tills")
        hook.insert_rows("till.visits", [(1, "a"), (2, "b")], target_fields=["id", "till"])
        hook.run("insert into visitors select id from till.visits where till = %s", parameters=("a",))
        hook.run(["begin", "insert into loyal select id from visitors", "commit"])
        return hook.get_first("select count(*) from loyal")[0]

    @task
    def by_driver():
        import psycopg

        with psycopg.connect(os.environ["AIRFLOW_CONN_TILLS"].replace("postgres://", "postgresql://")) as connection:
            connection.execute("create temporary table step as select id from till.visits")
            connection.execute("insert into loyal select id from step where id < %(most)s", {"most": 9})

    @task
    def by_engine():
        import sqlalchemy

        engine = sqlalchemy.create_engine(os.environ["AIRFLOW_CONN_TILLS"].replace("postgres://", "postgresql+psycopg2://"))
        with engine.begin() as connection:
            connection.execute(sqlalchemy.text("insert into loyal select id from visitors where id = :id"), {"id": 1})

    @task
    def by_sqlite():
        import sqlite3

        connection = sqlite3.connect(os.environ["SHOP_SQLITE"])
        connection.execute("create table if not exists orders (id)")
        connection.executemany("insert into orders values (?)", [(1,), (2,)])
        connection.commit()
        connection.close()

    @task
    def by_duckdb():
        import duckdb

        shop = Path(os.environ["SHOP_SQLITE"])
        with duckdb.connect(shop.with_suffix(".duckdb")) as connection:
            connection.execute(f"create table stock as select * from read_csv('{shop.with_suffix('.csv')}')")

    @task
    def fails():
        PostgresHook(postgres_conn_id="tills").run("insert into loyal select id from visitors")
        raise ValueError("after it has written")

    parameters = SQLExecuteQueryOperator(
        task_id="parameters",
        conn_id="tills",
        sql="insert into loyal select id from visitors where id = %(id)s; delete from visitors where id = 7",
        parameters={"id": 1},
        split_statements=True,
    )
    chain(make, by_hook(), [by_driver(), by_engine(), by_sqlite(), by_duckdb(), parameters, fails()])


inside_python()
