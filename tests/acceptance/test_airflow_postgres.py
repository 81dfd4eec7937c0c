"""SQL operators on a real Postgres: inputs, outputs and schemas under the names that the specification has."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from pathlib import Path

import pytest

from clew.demo.airflow import Airflow
from clew.outbox import Outbox
from tests.backends import Backend

pytestmark = [pytest.mark.acceptance, pytest.mark.postgres, pytest.mark.xdist_group("airflow")]

PASSWORD = "geheim-4711"
DAGS = Path(__file__).parent / "dags"


@pytest.fixture(scope="module")
def events(airflow_python, postgres, tmp_path_factory):
    """What arrives of one DAG run."""
    home = tmp_path_factory.mktemp("airflow")
    with Backend() as backend:
        environ = {"CLEW_URL": backend.url, "AIRFLOW_CONN_TILLS": postgres.url(PASSWORD), "AIRFLOW__CORE__PARALLELISM": "1"}
        with Airflow(python=airflow_python, home=home, dags=DAGS, environ=environ) as airflow:
            airflow.run("tills_in_postgres", logical_date=datetime(2026, 3, 4, tzinfo=timezone.utc))
        assert Outbox(home / "clew").wait_until_empty(60)
        yield backend.accepted


def event(events, task, kind):
    return next(e for e in events if e["job"]["name"] == f"tills_in_postgres.{task}" and e["eventType"] == kind)


def test_a_statement_reads_and_writes_tables(events, postgres):
    end = event(events, "sum_up", "COMPLETE")
    namespace = f"postgres://127.0.0.1:{postgres.port}"
    assert [(d["namespace"], d["name"]) for d in end["inputs"]] == [(namespace, "postgres.public.sales")]
    assert [(d["namespace"], d["name"]) for d in end["outputs"]] == [(namespace, "postgres.public.revenue")]


def test_columns_are_told(events):
    (sales,) = event(events, "sum_up", "COMPLETE")["inputs"]
    assert [c["name"] for c in sales["facets"]["schema"]["fields"]] == ["sale_id", "amount_cents"]


def test_the_statement_is_told_as_it_was_rendered(events):
    assert "select 'EUR', sum(amount_cents)" in event(events, "sum_up", "COMPLETE")["job"]["facets"]["sql"]["query"]


def test_a_failed_statement_says_why(events):
    assert "currency" in event(events, "fails", "FAIL")["run"]["facets"]["errorMessage"]["message"]


def test_the_password_of_the_connection_is_nowhere(events):
    assert PASSWORD not in json.dumps(events)
