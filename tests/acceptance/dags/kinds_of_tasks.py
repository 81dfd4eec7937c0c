"""One task of each kind that the acceptance tests look at."""

from __future__ import annotations

import json
import os
from datetime import datetime, timedelta, timezone
from pathlib import Path

from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import Asset, AssetAlias, BaseOperator, ObjectStoragePath, TaskGroup, dag, get_current_context, task
from airflow.sdk.exceptions import AirflowSkipException

HOME = Path(os.environ["AIRFLOW_HOME"])
WRITE_ENVIRONMENT = """python3 -c 'import json, os; print(json.dumps({k: v for k, v in os.environ.items() if k.startswith("CLEW_")}))' > """


LEDGER = Asset("ledger", "s3://shop/ledger", group="books", extra={"team": "till"})


class InAnImage(BaseOperator):
    """An operator with an image, as those of Docker and Kubernetes are."""

    image = "shop/load:1@sha256:abc"
    command = ("load", "--all")

    def execute(self, context):
        """Do nothing: it is about the image."""


@dag(
    schedule=None,
    start_date=datetime(2026, 3, 4, tzinfo=timezone.utc),
    catchup=False,
    params={"country": "de"},
    doc_md="All kinds of tasks.",
    default_args={"owner": "till-team"},
    tags=["kinds"],
)
def kinds_of_tasks():  # noqa: C901  one function for each kind
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

    @task(pool_slots=2, priority_weight=7, retries=2, trigger_rule="all_done", owner="ada", doc_md="Takes arguments.")
    def takes_arguments(day, limit=10, *, till=None, ds=None):
        return day

    @task(outlets=[LEDGER, Asset("stock"), Asset(uri="wms://hall/shelf/3")], inlets=[Asset.ref(name="ledger")])
    def writes_assets(*, outlet_events):
        outlet_events[LEDGER].extra = {"row_count": 12, "late": True}

    @task
    def skips():
        raise AirflowSkipException("nothing to load")

    @task.branch
    def chooses():
        return "kinds_of_tasks_chosen"

    @task.short_circuit
    def goes_on():
        return True

    @task(map_index_template="{{ country }}")
    def mapped_by_name(country):
        get_current_context()["country"] = f"in {country}"

    with TaskGroup("in_a_group"):
        InAnImage(task_id="in_an_image")

    TriggerDagRunOperator(task_id="triggers", trigger_dag_id="is_triggered")
    takes_arguments("mon", till={"password": "geheim-0815"})
    writes_assets()
    skips()
    chooses() >> BashOperator(task_id="kinds_of_tasks_chosen", bash_command="true")
    goes_on()
    mapped_by_name.expand(country=["at"])
    in_python()
    decides_what_it_writes()
    writes_a_file()
    mapped.expand(number=[1, 2, 3])
    second_try_works()


@dag(schedule=None, start_date=datetime(2026, 3, 4, tzinfo=timezone.utc), catchup=False)
def is_triggered():
    BashOperator(task_id="ends", bash_command="true")


kinds_of_tasks()
is_triggered()
