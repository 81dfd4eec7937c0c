"""A DAG that has a secret in every place where people put them; each is its own text, so that one that leaks tells where it stood."""

from __future__ import annotations

import os
from datetime import datetime, timezone

from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import Asset, Connection, Param, Variable, dag, task

SAFE = Asset("s3://shop/safe.csv", extra={"access_token": "geheim-in-an-asset"})


def logs_in(db_password: str, api: dict[str, str]) -> None:
    """Take secrets as arguments."""


@dag(
    schedule=None,
    start_date=datetime(2026, 3, 4, tzinfo=timezone.utc),
    params={"db_password": Param("geheim-in-a-param", type="string"), "plain": "fine"},
)
def keeps_secrets():
    BashOperator(
        task_id="in_a_command",
        bash_command="true '{{ conn.till.password }}' '{{ var.value.till_api_key }}' '{{ dag_run.conf.token }}' '{{ params.db_password }}'",
        env={"DB_PASSWORD": "geheim-in-env"},
        append_env=True,
    )
    BashOperator(
        task_id="in_source_code",
        bash_command="true --password geheim-in-source https://me:geheim-in-url@shop.example/x?token=geheim-in-query",
    )
    PythonOperator(
        task_id="in_arguments",
        python_callable=logs_in,
        op_kwargs={"db_password": "geheim-in-kwargs", "api": {"secret": "geheim-in-nested"}},
        outlets=[SAFE],
    )

    @task
    def in_a_message():
        connection = Connection.get("till")
        raise ValueError(
            f"cannot log in with {connection.password}, {connection.extra_dejson['api_token']}, {Variable.get('till_api_key')},"
            f" {os.environ['SHOP_DB_PASSWORD']}, postgres://me:geheim-in-message-url@till/shop"
        )

    @task
    def in_an_xcom():
        return {"password": "geheim-in-xcom"}

    @task(multiple_outputs=False)
    def in_python_code():
        password = "geheim-in-python"
        return len(password)

    in_a_message()
    in_an_xcom()
    in_python_code()


@dag(schedule=[SAFE], start_date=datetime(2026, 3, 4, tzinfo=timezone.utc))
def reads_safe():
    BashOperator(task_id="works", bash_command="true", inlets=[SAFE])


keeps_secrets()
reads_safe()
