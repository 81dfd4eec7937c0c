from __future__ import annotations

import json
from datetime import datetime, timezone

import pytest

from clew import events
from clew.marquez import Marquez
from clew.naming import run_id
from clew.pages.links import Links
from clew.server.seam import InProcessSeam
from clew.server.store import Store
from clew_airflow.ui.here import Here, KnownRun, here, path

AT = datetime(2026, 3, 4, tzinfo=timezone.utc)
OTHER_RUN = "11111111-1111-4111-8111-111111111111"
MANUAL = "manual__2026-03-04T00:00:00+00:00"


class Database:
    """What Airflow knows: one DAG run, and the newest try of a task instance."""

    def __init__(self, *, clear_number: int = 0, tries: int | None = 1) -> None:
        self._run, self._tries = KnownRun(run_id=MANUAL, at=AT, clear_number=clear_number), tries

    def dag_run(self, _, run_id):
        return self._run if run_id == MANUAL else None

    def newest_dag_runs(self, _):
        return (self._run,)

    def newest_try(self, *_):
        return self._tries


@pytest.fixture
def marquez(tmp_path):
    store = Store(tmp_path / "store.db")
    yield Marquez(InProcessSeam(store))
    store.close()


def tell(marquez: Marquez, name: str, run: str, **more: object) -> None:
    event = events.run_event("COMPLETE", at=AT, run_id=run, job=events.job("airflow", name), **more)
    marquez.send(json.dumps(event).encode())


def place(marquez: Marquez, of: Here, database: Database | None = None) -> str | None:
    return path(of, namespace="airflow", marquez=marquez, metadata=database or Database(), links=Links("", "~"))


def task_run(number: int, index: int = -1) -> str:
    return run_id(AT, "airflow", "shop", "load", number, index)


def test_a_dag_has_the_page_of_its_job(marquez):
    tell(marquez, "shop", OTHER_RUN)
    assert place(marquez, Here(dag_id="shop")) == "/jobs/airflow/shop"


def test_a_task_has_the_page_of_its_job(marquez):
    tell(marquez, "shop.load.orders", OTHER_RUN)
    assert place(marquez, Here(dag_id="shop", task_id="load.orders")) == "/jobs/airflow/shop.load.orders"


def test_a_dag_run_has_the_page_of_its_run(marquez):
    own = run_id(AT, "airflow", "shop", 2)
    tell(marquez, "shop", own)
    assert place(marquez, Here(dag_id="shop", run_id=MANUAL), Database(clear_number=2)) == f"/runs/{own}"


def test_a_task_instance_has_the_page_of_its_newest_try(marquez):
    for number in (1, 2):
        tell(marquez, "shop.load", task_run(number))
    assert place(marquez, Here(dag_id="shop", run_id=MANUAL, task_id="load"), Database(tries=2)) == f"/runs/{task_run(2)}"


def test_while_the_newest_try_is_untold_the_one_before_it_is_shown(marquez):
    tell(marquez, "shop.load", task_run(1))
    assert place(marquez, Here(dag_id="shop", run_id=MANUAL, task_id="load"), Database(tries=2)) == f"/runs/{task_run(1)}"


def test_a_mapped_task_instance_has_the_page_of_its_own_run(marquez):
    tell(marquez, "shop.load", task_run(1, 7))
    assert place(marquez, Here(dag_id="shop", run_id=MANUAL, task_id="load", map_index=7)) == f"/runs/{task_run(1, 7)}"


@pytest.mark.parametrize("database", [Database(), Database(tries=None), Database(tries=0)])
def test_a_run_that_is_not_told_yet_has_the_page_of_its_job(marquez, database):
    tell(marquez, "shop.load", OTHER_RUN)
    assert place(marquez, Here(dag_id="shop", run_id=MANUAL, task_id="load"), database) == "/jobs/airflow/shop.load"
    assert place(marquez, Here(dag_id="shop", run_id="other", task_id="load")) == "/jobs/airflow/shop.load"


def test_what_nothing_is_told_of_has_no_page(marquez):
    assert place(marquez, Here(dag_id="shop")) is None
    assert place(marquez, Here(dag_id="shop", run_id=MANUAL, task_id="load")) is None


def test_a_dag_that_is_only_triggered_has_the_page_of_the_job_below_its_trigger(marquez):
    parent = {
        "_producer": "https://x",
        "_schemaURL": "https://x/x.json",
        "run": {"runId": task_run(1)},
        "job": {"namespace": "airflow", "name": "other.trigger"},
    }
    tell(marquez, "shop", run_id(AT, "airflow", "shop", 0), run_facets={"parent": parent})
    assert place(marquez, Here(dag_id="shop")) == "/jobs/airflow/other.trigger.shop"


def test_what_airflow_has_no_value_for_is_not_told():
    told = {"dag_id": "shop", "run_id": "{RUN_ID}", "task_id": "", "map_index": "{MAP_INDEX}"}
    assert here(told) == Here(dag_id="shop")


@pytest.mark.parametrize("index", ["-1", "x", "٣", "99999999999999", "1.5"])
def test_a_map_index_that_is_none_is_that_of_an_unmapped_task(index):
    assert here({"dag_id": "shop", "map_index": index}) == Here(dag_id="shop")


def test_an_address_without_a_dag_names_nothing():
    assert here({"run_id": MANUAL}) is None
    assert here({"dag_id": "{DAG_ID}"}) is None
