"""DAGs that end in every way that Airflow knows, by themselves or by what the test does to them while they wait."""

from __future__ import annotations

import os
import signal
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

import fsspec
from airflow.exceptions import AirflowSkipException
from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.providers.standard.sensors.date_time import DateTimeSensorAsync
from airflow.sdk import Asset, dag, get_current_context, setup, task, task_group, teardown

HOME = Path(os.environ["AIRFLOW_HOME"])
START = datetime(2026, 3, 4, tzinfo=timezone.utc)
REPORT = Asset("s3://shop/report.csv")
AT_ONCE = {"retries": 1, "retry_delay": timedelta(0)}


def raises(_context):
    raise RuntimeError("a callback fails")


class ReadsAndWaits(DateTimeSensorAsync):
    """Reads a file before it defers, and another one when it goes on."""

    def execute(self, context):
        self.read("before.csv")
        super().execute(context)

    def execute_complete(self, context, event=None):
        super().execute_complete(context, event)
        self.read("after.csv")

    def read(self, name):
        (HOME / name).write_text("id\n1\n")
        fsspec.filesystem("file").cat(str(HOME / name))


def waits_for(name: str) -> None:
    while not (HOME / name).exists():
        time.sleep(0.1)


@dag(schedule=None, start_date=START)
def by_themselves():
    @task
    def fails():
        raise ValueError("no report today")

    @task
    def skips():
        raise AirflowSkipException("nothing to do")

    @task(**AT_ONCE)
    def second_try_works():
        if get_current_context()["ti"].try_number == 1:
            raise ValueError("the first try fails")

    @task.branch
    def chooses():
        return "chosen"

    @task(trigger_rule="one_failed")
    def not_needed():
        pass

    fails() >> BashOperator(task_id="never_runs", bash_command="true")
    chooses() >> [EmptyOperator(task_id="chosen"), BashOperator(task_id="not_chosen", bash_command="true")]
    EmptyOperator(task_id="is_empty") >> not_needed()
    skips()
    second_try_works()
    BashOperator(task_id="times_out", bash_command="sleep 60", execution_timeout=timedelta(seconds=1))
    BashOperator(task_id="fails_and_so_does_its_callback", bash_command="false", on_failure_callback=raises)
    BashOperator(task_id="works_and_its_callback_fails", bash_command="true", on_success_callback=raises, outlets=[REPORT])


@dag(schedule=None, start_date=START)
def killed():
    @task
    def task_process():
        os.kill(os.getpid(), signal.SIGKILL)

    @task(**AT_ONCE)
    def supervisor():
        if get_current_context()["ti"].try_number == 1:
            os.kill(os.getppid(), signal.SIGKILL)
            os.kill(os.getpid(), signal.SIGKILL)

    task_process()
    supervisor()


@dag(schedule=None, start_date=START)
def in_pieces():
    @task
    def even(number: int):
        if number % 2:
            raise ValueError("odd")

    @task
    def numbers():
        return []

    @task
    def echo(number: int):
        return number

    @task_group
    def group(number: int):
        echo(number)

    @setup
    def opens():
        pass

    @teardown
    def closes():
        pass

    @task
    def uses():
        raise ValueError("not to be used")

    even.expand(number=[1, 2])
    echo.override(task_id="of_nothing").expand(number=numbers())
    group.expand(number=[3, 4])
    opened = opens()
    opened >> uses() >> closes().as_teardown(setups=opened)


@dag(schedule=None, start_date=START)
def waiting():
    @task.sensor(mode="reschedule", poke_interval=3)
    def is_rescheduled():
        first, last = HOME / "poked_once", HOME / "poked_twice"
        seen = last.exists()
        (last if first.exists() else first).touch()
        return seen

    @task.sensor(mode="reschedule", poke_interval=3, timeout=1, soft_fail=True)
    def gives_up_softly():
        return False

    in_a_second = "{{ (macros.datetime.now() + macros.timedelta(seconds=1)).isoformat() }}"
    ReadsAndWaits(task_id="is_deferred", target_time=in_a_second)
    is_rescheduled()
    gives_up_softly()


@dag(schedule=None, start_date=START, dagrun_timeout=timedelta(seconds=40))
def takes_too_long():
    BashOperator(task_id="is_cut_off", bash_command="sleep 60") >> BashOperator(task_id="never_begins", bash_command="true")


@dag(schedule=None, start_date=START, max_active_runs=16)
def by_hand():
    @task
    def waits():
        waits_for(get_current_context()["run_id"])

    waits() >> BashOperator(task_id="after", bash_command="true")


@dag(schedule="@daily", start_date=START, end_date=START + timedelta(days=1), catchup=True, is_paused_upon_creation=True)
def scheduled():
    BashOperator(task_id="works", bash_command="true")


@dag(schedule="@daily", start_date=START, end_date=START + timedelta(days=1), catchup=False)
def backfilled():
    BashOperator(task_id="works", bash_command="true")


@dag(schedule=[REPORT], start_date=START)
def triggered():
    BashOperator(task_id="works", bash_command="true", inlets=[REPORT])


for one in (by_themselves, killed, in_pieces, waiting, takes_too_long, by_hand, scheduled, backfilled, triggered):
    one()
