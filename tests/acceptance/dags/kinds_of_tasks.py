"""One task of each kind that the acceptance tests look at."""

from __future__ import annotations

import json
import os
from datetime import datetime, timedelta, timezone
from pathlib import Path

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import Asset, AssetAlias, ObjectStoragePath, dag, get_current_context, task

HOME = Path(os.environ["AIRFLOW_HOME"])
WRITE_ENVIRONMENT = """python3 -c 'import json, os; print(json.dumps({k: v for k, v in os.environ.items() if k.startswith("CLEW_")}))' > """


@dag(schedule=None, start_date=datetime(2026, 3, 4, tzinfo=timezone.utc), catchup=False)
def kinds_of_tasks():
    BashOperator(task_id="inherits", bash_command=f"{WRITE_ENVIRONMENT} {HOME}/inherits.json")
    BashOperator(task_id="appends", bash_command=f"{WRITE_ENVIRONMENT} {HOME}/appends.json", env={"A": "b"}, append_env=True)
    BashOperator(task_id="knows_a_secret", bash_command="echo '{{ conn.till.password }}' '{{ dag_run.conf.token }}'")

    @task
    def in_python():
        (HOME / "in_python.json").write_text(json.dumps({k: v for k, v in os.environ.items() if k.startswith("CLEW_")}))

    @task
    def mapped(number: int):
        return number

    @task(retries=1, retry_delay=timedelta(0))
    def second_try_works():
        if get_current_context()["ti"].try_number == 1:
            raise ValueError("the first try fails")

    @task(outlets=[AssetAlias("report")])
    def decides_what_it_writes(*, outlet_events):
        outlet_events[AssetAlias("report")].add(Asset("duckdb:///data/shop.duckdb/billing/report"))

    @task
    def writes_a_file():
        with ObjectStoragePath(f"file://{HOME}/written.txt").open("w") as file:
            file.write("x")

    in_python()
    decides_what_it_writes()
    writes_a_file()
    mapped.expand(number=[1, 2, 3])
    second_try_works()


kinds_of_tasks()
