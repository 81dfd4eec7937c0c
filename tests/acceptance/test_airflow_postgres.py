"""SQL operators, and SQL inside Python, on a real Postgres: inputs, outputs and schemas under the names that the specification has."""

from __future__ import annotations

import json
import os
import subprocess
from datetime import datetime, timezone
from pathlib import Path

import pytest

from clew.demo.airflow import Airflow
from clew.outbox import Outbox
from tests.acceptance.airflow_processes import wait_for_tasks
from tests.backends import Backend

pytestmark = [pytest.mark.acceptance, pytest.mark.postgres]

PASSWORD = "geheim-4711"
DAGS = Path(__file__).parent / "dags"


@pytest.fixture(scope="module")
def told(airflow_python, postgres, tmp_path_factory):
    """What arrives of one run of each DAG, and of one of `tills_in_sqlite` whose tasks run in one process."""
    home = tmp_path_factory.mktemp("airflow")
    with Backend() as backend:
        shop = home / "shop.db"
        (home / "shop.csv").write_text("sku\napple\n")
        environ = {
            "CLEW_URL": backend.url,
            "AIRFLOW_CONN_TILLS": postgres.url(PASSWORD),
            "AIRFLOW_CONN_SHOP_SQLITE": json.dumps({"conn_type": "sqlite", "host": str(home / "tills.db")}),
            "AIRFLOW__CORE__PARALLELISM": "1",
        }
        with Airflow(python=airflow_python, home=home, dags=DAGS, environ={**environ, "SHOP_SQLITE": str(shop)}) as airflow:
            for dag in ("tills_in_postgres", "inside_python", "tills_in_sqlite"):
                airflow.run(dag, logical_date=datetime(2026, 3, 4, tzinfo=timezone.utc))
            wait_for_tasks(airflow.scheduler)
            assert Outbox(home / "clew").wait_until_empty(60)
            by_processes = list(backend.accepted)
            (home / "tills.db").unlink()
            airflow.command("dags", "test", "tills_in_sqlite", "2026-03-05")
        assert Outbox(home / "clew").wait_until_empty(60)
        return by_processes, backend.accepted[len(by_processes) :]


@pytest.fixture(scope="module")
def events(told):
    return told[0]


ONE_STATEMENT = """
import random
from airflow.providers.openlineage.sqlparser import SQLParser
from clew_airflow import hook_sql
theirs = SQLParser.split_sql_string
hook_sql._split_a_statement_once(SQLParser)
parts = ["select", "1", "a.b", "'x\\ny'", "'it''s'", '"q c"', "$$ b $$", "(", ")", ",", "begin", "end", "create", "function", "as", "case",
    "declare", "if", "loop", "for", "%s", "{{ x }}", "`t`", "[a]", "insert into", "values", "\\xa0", "\\x0b", "'", '"', ":p", "\\\\", "/", "go", ";"]
chance = random.Random(4711)
for _ in range(600):
    sql = "".join(chance.choice(parts) + chance.choice(["", " ", "\\n"]) for _ in range(chance.randint(0, 12)))
    assert SQLParser.split_sql_string(sql) == theirs(sql), sql
"""


def event(events, task, kind):
    return next(e for e in events if e["job"]["name"] == f"tills_in_postgres.{task}" and e["eventType"] == kind)


def test_a_statement_reads_and_writes_tables(events, postgres):
    end = event(events, "sum_up", "COMPLETE")
    namespace = f"postgres://127.0.0.1:{postgres.port}"
    assert [(d["namespace"], d["name"]) for d in end["inputs"]] == [(namespace, "postgres.public.sales")]
    assert [(d["namespace"], d["name"]) for d in end["outputs"]] == [(namespace, "postgres.public.revenue")]


def test_what_has_nothing_to_split_is_what_the_provider_would_make_of_it(airflow_python, tmp_path):
    environ = {**os.environ, "AIRFLOW_HOME": str(tmp_path)}
    subprocess.run([airflow_python, "-W", "ignore", "-c", ONE_STATEMENT], env=environ, check=True)


def test_five_megabytes_of_sql_are_cut_and_their_table_is_told(events):
    end = event(events, "load", "COMPLETE")
    assert [d["name"] for d in end["outputs"]] == ["postgres.public.sales"]
    assert 0 < len(end["job"]["facets"]["sql"]["query"]) < 600_000
    assert event(events, "load", "START")["job"]["facets"]["sql"] == end["job"]["facets"]["sql"]


def test_columns_are_told(events):
    (sales,) = event(events, "sum_up", "COMPLETE")["inputs"]
    assert [c["name"] for c in sales["facets"]["schema"]["fields"]] == ["sale_id", "amount_cents"]


def test_the_statement_is_told_as_it_was_rendered(events):
    assert "select 'EUR', sum(amount_cents)" in event(events, "sum_up", "COMPLETE")["job"]["facets"]["sql"]["query"]


def test_a_failed_statement_says_why(events):
    assert "currency" in event(events, "fails", "FAIL")["run"]["facets"]["errorMessage"]["message"]


def test_the_password_of_the_connection_is_nowhere(events):
    assert PASSWORD not in json.dumps(events)


def inside(events, task, dag="inside_python") -> tuple[dict[str, str], dict[str, int | None]]:
    """Return inputs by name, with their namespace, and outputs with how many rows were written."""
    end = next(e for e in events if e["job"]["name"] == f"{dag}.{task}" and e["eventType"] in {"COMPLETE", "FAIL"})
    rows = {d["name"]: d.get("outputFacets", {}).get("outputStatistics", {}).get("rowCount") for d in end["outputs"]}
    return {d["name"]: d["namespace"] for d in end["inputs"]}, rows


def test_what_hooks_do_inside_a_task_stands_on_the_task(events, postgres):
    read, written = inside(events, "by_hook")
    assert read == dict.fromkeys(
        ["postgres.till.visits", "postgres.public.visitors", "postgres.public.loyal"], f"postgres://127.0.0.1:{postgres.port}"
    )
    assert written == {"postgres.till.visits": 2, "postgres.public.visitors": 1, "postgres.public.loyal": 1}


def test_no_statement_has_a_job_of_its_own(events):
    assert [e["job"]["name"] for e in events if ".query." in e["job"]["name"]] == []


@pytest.mark.parametrize(
    ("task", "read", "written"),
    [
        ("by_driver", {"postgres.till.visits"}, {"postgres.public.loyal": 2}),
        ("by_engine", {"postgres.public.visitors"}, {"postgres.public.loyal": 1}),
        ("by_sqlite", set(), {"main.orders": 2}),
        ("parameters", {"postgres.public.visitors"}, {"postgres.public.loyal": 1, "postgres.public.visitors": None}),
        ("fails", {"postgres.public.visitors"}, {"postgres.public.loyal": 1}),
    ],
)
def test_what_drivers_do_inside_a_task_stands_on_the_task(events, task, read, written):
    inputs, outputs = inside(events, task)
    assert (set(inputs), outputs) == (read, written)


def test_files_and_tables_of_duckdb_are_seen(events):
    read, written = inside(events, "by_duckdb")
    assert [(namespace, Path(name).name) for name, namespace in read.items()] == [("file", "shop.csv")]
    assert list(written) == ["shop.main.stock"]


def test_no_error_is_told_of_sql_that_was_read_after_all(events):
    (end,) = (e for e in events if e["job"]["name"] == "inside_python.parameters" and e["eventType"] == "COMPLETE")
    assert "extractionError" not in end["run"]["facets"]


def test_a_database_is_asked_for_columns_at_the_end_alone(events):
    start, end = event(events, "sum_up", "START"), event(events, "sum_up", "COMPLETE")
    assert (start["inputs"], len(end["inputs"])) == ([], 1)
    assert start["job"]["facets"]["sql"] == end["job"]["facets"]["sql"]


@pytest.mark.parametrize(
    ("task", "read", "written"),
    [
        ("make", [], {"main.sales": None, "main.revenue": None, "main.closed": None}),
        ("by_hook", ["main.revenue"], {"main.sales": 2}),
        ("by_place", ["main.sales"], {"main.revenue": 1}),
        ("by_name", ["main.revenue"], {"main.closed": 0, "main.sales": None}),
        ("fails", [], {}),
    ],
)
def test_sql_on_sqlite_stands_on_the_task_with_values_bound_by_place_and_by_name(events, task, read, written):
    inputs, outputs = inside(events, task, dag="tills_in_sqlite")
    assert {Path(namespace).name for namespace in inputs.values()} <= {"tills.db"}
    assert (list(inputs), outputs) == (read, written)


def test_values_that_are_bound_to_a_statement_are_parameters(events):
    told = {
        task: {
            p["key"]: p["value"]
            for e in events
            if e["job"]["name"] == f"tills_in_sqlite.{task}" and e["eventType"] == "COMPLETE"
            for p in e["run"]["facets"]["executionParameters"]["parameters"]
        }
        for task in ("by_place", "by_name")
    }
    assert told == {"by_place": {"parameters.0": "a"}, "by_name": {"parameters.till": "a"}}


def test_what_a_task_did_is_told_of_no_other_one_in_the_same_process(events, told):
    tasks = ["make", "by_hook", "by_place", "by_name", "fails", "does_nothing"]
    by_processes, in_one = ({task: inside(one, task, dag="tills_in_sqlite") for task in tasks} for one in (events, told[1]))
    assert in_one == by_processes
    assert in_one["does_nothing"] == ({}, {})
    assert [e["job"]["name"] for e in told[1] if ".query." in e["job"]["name"]] == []
