"""dbt in a DAG, as a plain command: its run is part of the task, with nothing templated into the DAG."""

from __future__ import annotations

import shutil
from datetime import datetime, timezone
from pathlib import Path

import pytest

from clew.demo.airflow import Airflow
from clew.outbox import Outbox
from tests.backends import Backend

pytestmark = pytest.mark.acceptance

ROOT = Path(__file__).parents[2]
DAY = datetime(2026, 3, 4, tzinfo=timezone.utc)


@pytest.fixture(scope="module")
def events(airflow_python, dbt, tmp_path_factory):
    """What arrives of a load by Airflow and a build by dbt."""
    home = tmp_path_factory.mktemp("airflow")
    shutil.copytree(ROOT / "example_project", home / "project", ignore=shutil.ignore_patterns("target", "logs"))
    with Backend() as backend:
        environ = {
            "CLEW_URL": backend.url,
            "SHOP_DUCKDB": str(home / "shop.duckdb"),
            "SHOP_PROJECT": str(home / "project"),
            "SHOP_DBT_CLEW": str(dbt.parent / "dbt-clew"),
            "AIRFLOW__CORE__PARALLELISM": "1",
        }
        with Airflow(python=airflow_python, home=home, dags=ROOT / "example_dags", environ=environ) as airflow:
            airflow.run("load_shop", logical_date=DAY)
            airflow.wait(airflow.started_run("bill_shop", seen=0))
            assert airflow.run("transform_shop", logical_date=DAY).state == "success"
        assert Outbox(home / "clew").wait_until_empty(60)
        yield backend.accepted


def start(events, job):
    """Return the START event whose job's name ends so."""
    return next(e for e in events if e["eventType"] == "START" and e["job"]["name"].endswith(job))


def test_dbts_run_is_part_of_the_task(events):
    task, invocation = start(events, "transform_shop.dbt_build"), start(events, "dbt-run-shop")
    parent = invocation["run"]["facets"]["parent"]
    assert parent["run"]["runId"] == task["run"]["runId"]
    assert parent["root"]["run"]["runId"] == start(events, "transform_shop")["run"]["runId"]


def test_a_model_is_part_of_dbts_run_and_its_root_is_the_dag_run(events):
    parent = start(events, "stg_orders")["run"]["facets"]["parent"]
    assert parent["run"]["runId"] == start(events, "dbt-run-shop")["run"]["runId"]
    assert parent["root"]["run"]["runId"] == start(events, "transform_shop")["run"]["runId"]


def test_what_airflow_loads_is_what_dbt_reads(events):
    (loaded,) = start(events, "load_shop.load_orders")["outputs"]
    (read,) = start(events, "stg_orders")["inputs"]
    assert (loaded["namespace"], loaded["name"]) == (read["namespace"], read["name"])
