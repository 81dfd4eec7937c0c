"""One task of each kind, in words that Airflow 2.7 knows as well as Airflow 3."""

from __future__ import annotations

import os
import signal
from datetime import datetime, timedelta, timezone
from importlib.util import find_spec
from pathlib import Path
from sqlite3 import connect

from airflow.exceptions import AirflowSkipException

try:  # Airflow 3
    from airflow.sdk import Asset, dag, get_current_context, task
except ImportError:
    from airflow.datasets import Dataset as Asset
    from airflow.decorators import dag, task
    from airflow.operators.python import get_current_context
try:
    from airflow.providers.standard.operators.bash import BashOperator
except ImportError:
    from airflow.operators.bash import BashOperator
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator

HOME = Path(os.environ["AIRFLOW_HOME"])
IS_AIRFLOW_3 = find_spec("airflow.sdk") is not None
ORDERS, INVOICES = Asset("s3://shop/orders"), Asset("file:///data/invoices.csv")
BEGIN = datetime(2026, 3, 4, tzinfo=timezone.utc)


@task
def is_killed():
    os.kill(os.getpid(), signal.SIGKILL)


def begin_in_airflow_3_alone():
    if IS_AIRFLOW_3:
        is_killed()


@dag(schedule=None, start_date=BEGIN, params={"country": "de"}, doc_md="One task of each kind.", tags=["books"])
def write_books():
    BashOperator(task_id="in_bash", bash_command=f"echo $CLEW_PARENT > {HOME}/parent; echo '{{{{ dag_run.conf.token }}}}'")

    if find_spec("airflow.providers.sqlite"):
        SQLExecuteQueryOperator(
            task_id="in_sql",
            conn_id="till",
            sql=["create table if not exists sales (cents int)", "create table if not exists days as select sum(cents) from sales"],
        )

    @task(inlets=[ORDERS], outlets=[INVOICES])
    def in_python():
        return None

    @task
    def by_a_name_of_its_own():
        connect(HOME / "days.db").execute("create table if not exists days (day text)").connection.close()

    @task(retries=1, retry_delay=timedelta(0))
    def second_try_works():
        if get_current_context()["ti"].try_number == 1:
            raise ValueError("the first try fails")

    @task
    def skips():
        raise AirflowSkipException("nothing to do")

    @task
    def mapped(number: int):
        return number

    @task
    def fails():
        raise ValueError("no invoice")

    @task
    def never_starts():
        return None

    in_python()
    by_a_name_of_its_own()
    second_try_works()
    skips()
    mapped.expand(number=[1, 2])
    fails() >> never_starts()
    begin_in_airflow_3_alone()


@dag(schedule=[INVOICES], start_date=BEGIN)
def reads_invoices():
    @task(inlets=[INVOICES])
    def reads():
        return None

    reads()


write_books()
reads_invoices()
