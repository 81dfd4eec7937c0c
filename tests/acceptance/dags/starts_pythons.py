"""Tasks whose Pythons run elsewhere: in Bash, in another environment, in a fork; and a DAG that is left out."""

from __future__ import annotations

import os
import sys
from datetime import datetime, timezone
from pathlib import Path

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import dag, task

HOME = Path(os.environ["AIRFLOW_HOME"])
START = datetime(2026, 3, 4, tzinfo=timezone.utc)
WRITE = "import fsspec, os, sys; fsspec.open(sys.argv[1], 'w').open().close(); os.kill(os.getpid(), int(sys.argv[2]))"


@dag(schedule=None, start_date=START, catchup=False)
def starts_pythons():
    BashOperator(task_id="in_bash", bash_command=f'{sys.executable} -c "{WRITE}" {HOME}/in_bash.csv 0')
    BashOperator(task_id="is_killed", bash_command=f'{sys.executable} -c "{WRITE}" {HOME}/is_killed.csv 9; true')

    @task.external_python(python=sys.executable, expect_airflow=False)
    def in_another_environment(home):
        import fsspec

        fsspec.open(f"{home}/in_another_environment.csv", "w").open().close()

    @task
    def in_a_fork():
        import multiprocessing

        import fsspec

        def write():
            fsspec.open(f"{HOME}/in_a_fork.csv", "w").open().close()

        child = multiprocessing.get_context("fork").Process(target=write)
        child.start()
        child.join()

    in_another_environment(str(HOME))
    in_a_fork()


@dag(schedule=None, start_date=START, catchup=False, tags=["private"])
def is_left_out():
    BashOperator(
        task_id="writes", bash_command=f'{sys.executable} -c "{WRITE}" {HOME}/left_out.csv 0; echo $CLEW_ENABLED > {HOME}/left_out.txt'
    )


starts_pythons()
is_left_out()
