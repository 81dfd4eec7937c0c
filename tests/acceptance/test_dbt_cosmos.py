"""`dbt-clew` as the dbt of Cosmos, which makes an Airflow task of each node: `ExecutionConfig(dbt_executable_path="dbt-clew")`."""

from __future__ import annotations

import shutil
from datetime import datetime, timezone

import pytest

from clew.demo.airflow import Airflow
from clew.outbox import Outbox
from tests.acceptance import shop as shops
from tests.backends import Backend

pytestmark = pytest.mark.acceptance

DAG = """
# Airflow looks for the words airflow and dag before it reads a file.
import os
from datetime import datetime

from cosmos import DbtDag, ExecutionConfig, ProfileConfig, ProjectConfig, RenderConfig
from cosmos.constants import ExecutionMode, InvocationMode, LoadMode

project, dbt_clew = os.environ["SHOP_PROJECT"], os.environ["SHOP_DBT_CLEW"]
shop = DbtDag(
    dag_id="cosmos_shop",
    schedule=None,
    start_date=datetime(2026, 1, 1),
    project_config=ProjectConfig(project),
    profile_config=ProfileConfig(profile_name="shop", target_name="duckdb", profiles_yml_filepath=f"{project}/profiles.yml"),
    execution_config=ExecutionConfig(
        execution_mode=ExecutionMode.LOCAL, invocation_mode=InvocationMode.SUBPROCESS, dbt_executable_path=dbt_clew
    ),
    render_config=RenderConfig(
        load_method=LoadMode.DBT_LS, invocation_mode=InvocationMode.SUBPROCESS, dbt_executable_path=dbt_clew, select=["crm_customers"]
    ),
    operator_args={"install_deps": False},
)
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("cosmos")


@pytest.fixture(scope="module")
def events(cosmos_python, dbt, home):
    """What arrives of a DAG of two tasks: a seed, and its tests."""
    project = shutil.copytree(shops.EXAMPLE, home / "project", ignore=shutil.ignore_patterns("target", "logs", "*.duckdb*"))
    (home / "dags").mkdir()
    (home / "dags" / "shop.py").write_text(DAG)
    with Backend() as backend:
        environ = {
            "CLEW_URL": backend.url,
            "SHOP_PROJECT": str(project),
            "SHOP_DBT_CLEW": str(dbt.parent / "dbt-clew"),
            "SHOP_DUCKDB": str(home / "shop.duckdb"),
            "AIRFLOW__CORE__PARALLELISM": "1",
            "AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT": "120",
            "AIRFLOW__DAG_PROCESSOR__DAG_FILE_PROCESSOR_TIMEOUT": "150",
            "AIRFLOW__COSMOS__ENABLE_TELEMETRY": "false",
        }
        with Airflow(python=cosmos_python, home=home, dags=home / "dags", environ=environ) as airflow:
            assert airflow.run("cosmos_shop", logical_date=datetime(2026, 3, 4, tzinfo=timezone.utc), timeout=300).state == "success"
        assert Outbox(home / "clew").wait_until_empty(60)
        yield [e for e in backend.accepted if "run" in e]


def start(events, job):
    return next(e for e in events if e["eventType"] == "START" and e["job"]["name"] == job)


def test_each_task_has_its_own_dbt_run_below_it(events):
    for task in ("seed", "test"):
        run = start(events, f"cosmos_shop.crm_customers.{task}")["run"]["runId"]
        below = [e for e in events if (e["run"]["facets"].get("parent") or {}).get("run", {}).get("runId") == run]
        assert [(e["job"]["name"], e["eventType"]) for e in below] == [("dbt-run-shop", "START"), ("dbt-run-shop", "COMPLETE")]


def test_a_node_is_part_of_that_run_and_the_dag_run_is_its_root(events):
    seed = start(events, "seed.shop.crm_customers")["run"]["facets"]["parent"]
    assert seed["run"]["runId"] == start(events, "dbt-run-shop")["run"]["runId"]
    assert seed["root"]["run"]["runId"] == start(events, "cosmos_shop")["run"]["runId"]


def test_files_are_those_of_the_project_and_not_of_the_links_that_cosmos_makes(events, home):
    assert [d["name"] for d in start(events, "seed.shop.crm_customers")["inputs"]] == [
        str(home / "project" / "seeds" / "crm_customers.csv")
    ]


def test_listing_nodes_makes_no_run_and_nothing_is_told_twice(events):
    told = [(e["run"]["runId"], e["eventType"]) for e in events]
    assert len(told) == len(set(told))
    assert len([e for e in events if e["job"]["name"] == "dbt-run-shop" and e["eventType"] == "START"]) == 2
