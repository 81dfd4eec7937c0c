"""Airflow 2: datasets for assets, execution dates, no versions. What a real 2.11 answered, and 2.10 by its documented API."""

import json

import pytest

from clew.naming import run_id
from clew_airflow.history.lift import lifted
from tests.unit.airflow.history.recorded import LONG_AGO, Recorded, answers, synced

DAY = "2025-03-04T00:00:00+00:00"
RUN = {
    "dag_id": "shop",
    "dag_run_id": "scheduled__2025-03-04",
    "execution_date": DAY,
    "logical_date": DAY,
    "start_date": "2026-03-05T00:00:00+00:00",
    "end_date": "2026-03-05T00:01:00+00:00",
    "data_interval_start": DAY,
    "data_interval_end": "2025-03-05T00:00:00+00:00",
    "run_type": "scheduled",
    "state": "success",
    "external_trigger": False,
    "conf": {},
    "note": None,
}
TRY = {
    "dag_id": "shop",
    "dag_run_id": "scheduled__2025-03-04",
    "task_id": "load",
    "map_index": -1,
    "execution_date": DAY,
    "start_date": "2026-03-05T00:00:10+00:00",
    "end_date": "2026-03-05T00:00:20+00:00",
    "duration": 10.0,
    "state": "success",
    "try_number": 2,
    "operator": "SQLExecuteQueryOperator",
    "pool": "default_pool",
    "queue": "default",
    "rendered_fields": {"sql": "insert into orders select * from till.sales", "conn_id": "shop", "parameters": None},
}
ANSWERS = {
    "GET /api/v1/version": {"version": "2.10.5", "git_version": None},
    "GET /api/v1/datasets?limit=100&offset=0": {
        "datasets": [
            {
                "uri": "s3://shop/orders.csv",
                "consuming_dags": [],
                "producing_tasks": [{"dag_id": "shop", "task_id": "load"}],
            }
        ],
        "total_entries": 1,
    },
    "POST /api/v1/dags/~/dagRuns/list": {"dag_runs": [RUN], "total_entries": 1},
    "POST /api/v1/dags/~/dagRuns/~/taskInstances/list": {"task_instances": [TRY], "total_entries": 1},
    "GET /api/v1/dags/shop/details": {
        "dag_id": "shop",
        "fileloc": "/dags/shop.py",
        "owners": ["till-team"],
        "tags": [{"name": "raw"}],
        "doc_md": "Loads.",
        "params": {"day": {"__class": "airflow.models.param.Param", "value": "today", "schema": {}}},
    },
    "GET /api/v1/dags/shop/tasks": {
        "tasks": [{"task_id": "load", "owner": "airflow", "class_ref": {"module_path": "m", "class_name": "SQLExecuteQueryOperator"}}]
    },
    "GET /api/v1/connections/shop": {"connection_id": "shop", "conn_type": "postgres", "host": "db", "port": None, "schema": "shop"},
    "GET /api/v1/dags/shop/dagRuns/scheduled__2025-03-04/taskInstances/load/tries": {
        "task_instances": [{**TRY, "try_number": 1, "state": "failed", "rendered_fields": {}}],
        "total_entries": 1,
    },
}


@pytest.fixture
def sent():
    return synced(Recorded(ANSWERS))[0]


def test_a_task_try_has_the_id_that_the_provider_gives_it(sent):
    from datetime import datetime

    last = [e for e in sent if e["job"]["name"] == "shop.load"][-1]
    assert last["run"]["runId"] == run_id(datetime.fromisoformat(DAY), "airflow", "shop", "load", 2, -1)


def test_earlier_tries_are_runs_too(sent):
    assert [e["eventType"] for e in sent if e["job"]["name"] == "shop.load"] == ["START", "FAIL", "START", "COMPLETE"]


def test_datasets_and_sql_name_what_was_read_and_written(sent):
    end = sent[-2]
    assert [(d["namespace"], d["name"]) for d in end["inputs"]] == [("postgres://db:5432", "shop.till.sales")]
    assert {(d["namespace"], d["name"]) for d in end["outputs"]} == {
        ("postgres://db:5432", "shop.public.orders"),
        ("s3://shop", "orders.csv"),
    }
    assert end["job"]["facets"]["sql"]["query"] == "insert into orders select * from till.sales"


def test_a_task_without_an_owner_of_its_own_has_the_dags(sent):
    assert sent[1]["job"]["facets"]["ownership"]["owners"] == [{"name": "till-team"}]


def test_there_are_no_versions(sent):
    assert "tags" not in sent[0]["run"]["facets"]
    assert "sourceCodeLocation" not in sent[0]["job"]["facets"]


def test_where_earlier_tries_are_not_told_the_summary_says_so():
    before_2_10 = {ask: answer for ask, answer in ANSWERS.items() if not ask.endswith("/tries")}
    told, missing = synced(Recorded(before_2_10))
    assert [e["eventType"] for e in told if e["job"]["name"] == "shop.load"] == ["START", "COMPLETE"]
    assert any("earlier tries" in what for what in missing.counts.unknown)


def test_airflow_2_is_asked_for_nothing_that_it_refuses():
    airflow = Recorded(ANSWERS)
    bodies = []
    call = airflow.call
    airflow.call = lambda method, path, body=None: (bodies.append(json.loads(body)) if body else None, call(method, path, body))[1]
    synced(airflow, until=LONG_AGO)
    assert all("order_by" not in body for body in bodies if "dag_run_ids" in body)


def test_what_people_wrote_is_not_renamed():
    assert lifted({"conf": {"datasets": 1}, "datasets": []}) == {"conf": {"datasets": 1}, "datasets": [], "assets": []}


def test_runs_that_datasets_triggered_are_those_that_assets_triggered():
    assert lifted({"run_type": "dataset_triggered"}) == {"run_type": "asset_triggered"}


@pytest.fixture(scope="module")
def recorded():
    return synced(Recorded(answers("2_11_0")))[0]


def test_a_real_2_11_is_read(recorded):
    ends = {
        (e["job"]["name"], e["run"]["facets"].get("airflow", {}).get("taskInstance", {}).get("map_index")): e["eventType"] for e in recorded
    }
    assert ends == {
        ("old", None): "FAIL",
        ("old.works", None): "COMPLETE",
        ("old.second_try", None): "COMPLETE",
        ("old.empty", None): "COMPLETE",
        ("old.fails", None): "FAIL",
        ("old.never", None): "ABORT",
        ("old.mapped", 0): "COMPLETE",
        ("old.mapped", 1): "COMPLETE",
    }


def test_a_real_2_11_tells_parameters_datasets_and_owners(recorded):
    dag_run, task = recorded[0], next(e for e in recorded if e["job"]["name"] == "old.works")
    assert [p["value"] for p in task["run"]["facets"]["executionParameters"]["parameters"]] == ["USD"]
    assert [(d["namespace"], d["name"]) for d in task["outputs"]] == [("s3://shop", "report.csv")]
    assert task["job"]["facets"]["sourceCode"]["sourceCode"] == "echo USD"
    assert [o["name"] for o in dag_run["job"]["facets"]["ownership"]["owners"]] == ["till"]
    assert dag_run["run"]["facets"]["nominalTime"]["nominalStartTime"] == "2025-03-04T00:00:00+00:00"
