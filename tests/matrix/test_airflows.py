"""Every Airflow that we stand for: the same DAGs tell the same. `make matrix` makes the environments and runs it."""

from __future__ import annotations

import json
import os
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from clew.demo.airflow import Airflow
from clew.demo.environments import AIRFLOW, Environment, ensure
from clew.naming import run_id
from clew.outbox import Outbox
from tests.acceptance import embedded
from tests.acceptance.airflow_database import on_postgres
from tests.acceptance.airflow_processes import wait_for_tasks
from tests.acceptance.conftest import ENVIRONMENTS, needed
from tests.acceptance.test_airflow import stop_relay
from tests.backends import Backend
from tests.matrix import airflow2
from tests.postgres import programs as programs_of_postgres
from tests.postgres import serving
from tests.waiting import until

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.skipif(not os.environ.get("CLEW_TEST_MATRIX"), reason="`make matrix` runs it"),
]

HERE = Path(__file__).parent
DAGS = HERE / "dags"
AT = datetime(2026, 3, 4, tzinfo=timezone.utc)
SECRET = "geheim-4711"
AIRFLOW_3 = ("apache-airflow", "apache-airflow-providers-postgres", "apache-airflow-providers-standard")
PROVIDER = ("apache-airflow-providers-common-sql", "apache-airflow-providers-openlineage", "apache-airflow-providers-sqlite")
ASKED = {
    "2.7": ("apache-airflow", "openlineage-airflow", "apache-airflow-providers-common-sql", "apache-airflow-providers-sqlite"),
    "2.10": ("apache-airflow", "apache-airflow-providers-standard", *PROVIDER),
    "2.11": ("apache-airflow", "apache-airflow-providers-standard", *PROVIDER),
    "3.0": (*AIRFLOW_3, *PROVIDER),
    "3.1": (*AIRFLOW_3, "apache-airflow-providers-fab", *PROVIDER),
    "3.2": (*AIRFLOW_3, "apache-airflow-providers-fab", *PROVIDER),
}
NEWEST = "3.3"


def environment(version: str) -> Environment:
    return Environment(name=f"airflow-{version}", requirements=ASKED[version], pins=str(HERE / "pins" / f"airflow-{version}.txt"))


@dataclass(frozen=True, kw_only=True)
class Synced:
    """What `clew sync airflow` and `clew verify airflow` found after the live path.

    Attributes:
        live: the state of each run in the backend before them, by job and id.
        after: the same after the sync.
        again: events of a second sync of everything.
        verified: status of `clew verify`, and its answer.
    """

    live: dict[tuple[str, str], str]
    after: dict[tuple[str, str], str]
    again: int
    verified: tuple[int, Any]


@dataclass(frozen=True, kw_only=True)
class Told:
    """What one Airflow did, and what it told; `synced` is missing where no REST API runs."""

    version: str
    home: Path
    programs: Path
    states: dict[str, str]
    events: list[dict[str, Any]]
    synced: Synced | None = None

    @property
    def tells_of_skips(self) -> bool:
        """Whether a listener hears of a task that skips itself."""
        return self.version not in {"2.7", "2.10", "2.11", "3.0"}

    def of(self, job: str, *kinds: str) -> list[dict[str, Any]]:
        return [e for e in self.events if e["job"]["name"] == job and (not kinds or e["eventType"] in kinds)]


@pytest.fixture(scope="module", params=[*ASKED, NEWEST])
def told(request, tmp_path_factory) -> Told:
    """Run the DAGs once in each Airflow, until the ends of both DAG runs have arrived."""
    version = request.param
    programs = ensure(AIRFLOW if version == NEWEST else environment(version), ENVIRONMENTS)
    home = tmp_path_factory.mktemp(f"airflow-{version}")
    run = told_by_airflow_2 if version.startswith("2.") else told_by_airflow_3
    try:
        return run(version, programs, home)
    finally:
        stop_relay(home)


def told_by_airflow_2(version: str, programs: Path, home: Path) -> Told:
    with Backend() as backend:
        states = airflow2.run(
            "write_books",
            at=AT,
            conf=json.dumps({"token": SECRET}),
            python=programs / "python",
            home=home,
            dags=DAGS,
            environ=environ(home, backend.url),
            over=lambda: ends_of_dag_runs(backend.accepted) == 2,
        )
        assert Outbox(home / "clew").wait_until_empty(60)
    return Told(version=version, home=home, programs=programs, states=states, events=backend.accepted)


def told_by_airflow_3(version: str, programs: Path, home: Path) -> Told:
    with ExitStack() as running:
        backend = running.enter_context(embedded.backend(home))
        own = environ(home, backend.url)
        if version == "3.0":  # on SQLite the provider's process, forked while the file is open, finds it malformed
            own |= on_postgres(running.enter_context(serving(home, needed(programs_of_postgres(), "PostgreSQL"))).url())
        airflow = running.enter_context(Airflow(python=programs / "python", home=home, dags=DAGS, environ=own))
        books = airflow.run("write_books", logical_date=AT, conf={"token": SECRET})
        invoices = airflow.wait(airflow.started_run("reads_invoices", seen=0))
        wait_for_tasks(airflow.scheduler)
        until(lambda: ends_of_dag_runs(backend.events()) == 2, 120)
        assert Outbox(home / "clew").wait_until_empty(60)
        return Told(
            version=version,
            home=home,
            programs=programs,
            states={run.dag_id: run.state for run in (books, invoices)},
            events=backend.events()[::-1],
            synced=synced(backend, airflow.url),
        )


def synced(backend: embedded.Backend, airflow: str) -> Synced:
    live = backend.runs()
    backend.clew("sync", airflow)
    after = backend.runs()
    again = backend.clew("sync", airflow, "--restart")[1]["events"]
    return Synced(live=live, after=after, again=again, verified=backend.clew("verify", airflow))


def environ(home: Path, url: str) -> dict[str, str]:
    return {"CLEW_URL": url, "AIRFLOW_CONN_TILL": f"sqlite://{home / 'till.db'}"}


def ends_of_dag_runs(events: list[dict[str, Any]]) -> int:
    return sum(e["eventType"] in {"COMPLETE", "FAIL"} and "." not in e["job"]["name"] for e in events)


def names(datasets: list[dict[str, Any]]) -> set[tuple[str, str]]:
    return {(d["namespace"], d["name"]) for d in datasets}


def parameters(event: dict[str, Any]) -> dict[str, Any]:
    return {p["key"]: p["value"] for p in event["run"]["facets"]["executionParameters"]["parameters"] if not p["key"].startswith("op_")}


def test_runs_end_as_they_would_without_clew(told):
    assert told.states == {"write_books": "failed", "reads_invoices": "success"}


def test_each_try_starts_and_ends(told):
    kinds = {job: [e["eventType"] for e in told.of(job)] for job in {e["job"]["name"] for e in told.events}}
    kinds.pop("write_books.in_sql", None)
    kinds.pop("write_books.is_killed", None)
    assert kinds == {
        "write_books": ["START", "FAIL"],
        "write_books.in_bash": ["START", "COMPLETE"],
        "write_books.in_python": ["START", "COMPLETE"],
        "write_books.by_a_name_of_its_own": ["START", "COMPLETE"],
        "write_books.second_try_works": ["START", "FAIL", "START", "COMPLETE"],
        "write_books.skips": ["START", "COMPLETE"] if told.tells_of_skips else ["START"],
        "write_books.mapped": kinds["write_books.mapped"],
        "write_books.fails": ["START", "FAIL"],
        "reads_invoices": ["START", "COMPLETE"],
        "reads_invoices.reads": ["START", "COMPLETE"],
    }
    assert sorted(kinds["write_books.mapped"]) == ["COMPLETE", "COMPLETE", "START", "START"]


@pytest.mark.parametrize(
    ("task", "tries"),
    [("in_bash", {(1, -1)}), ("second_try_works", {(1, -1), (2, -1)}), ("mapped", {(1, 0), (1, 1)})],
)
def test_a_try_has_the_id_that_sync_gives_it(told, task, tries):
    ids = {run_id(AT, "airflow", "write_books", task, number, index) for number, index in tries}
    assert {e["run"]["runId"] for e in told.of(f"write_books.{task}")} == ids


def test_a_task_is_part_of_its_dag_run(told):
    dag_run = run_id(AT, "airflow", "write_books", 0)
    assert {e["run"]["runId"] for e in told.of("write_books")} == {dag_run}
    for event in told.of("write_books.in_python"):
        parent = event["run"]["facets"]["parent"]
        assert (parent["job"]["name"], parent["run"]["runId"]) == ("write_books", dag_run)


def test_programs_of_a_task_know_its_run(told):
    assert (
        told.home / "parent"
    ).read_text().strip() == f"airflow/write_books.in_bash/{run_id(AT, 'airflow', 'write_books', 'in_bash', 1, -1)}"


@pytest.mark.parametrize("kind", ["START", "COMPLETE"])
def test_parameters_are_those_of_dag_and_conf(told, kind):
    (event,) = told.of("write_books.in_python", kind)
    assert parameters(event) == {"country": "de", "token": "***"}


def test_assets_are_datasets(told):
    (end,) = told.of("write_books.in_python", "COMPLETE")
    assert names(end["inputs"]) == {("s3://shop", "orders")}
    assert names(end["outputs"]) == {("file", "/data/invoices.csv")}
    (reads,) = told.of("reads_invoices.reads", "COMPLETE")
    assert (names(reads["inputs"]), reads["outputs"]) == ({("file", "/data/invoices.csv")}, [])


def test_tables_of_sql_are_datasets_and_airflows_own_are_not(told):
    ends = told.of("write_books.in_sql", "COMPLETE")
    if not ends:
        pytest.skip("there is no provider for SQLite")
    assert {name for _, name in names(ends[0]["inputs"])} == {"main.sales"}
    assert {name for _, name in names(ends[0]["outputs"])} == {"main.sales", "main.days"}
    for job in ("in_bash", "fails", "second_try_works", "mapped"):
        assert not [d for e in told.of(f"write_books.{job}") for d in (*e["inputs"], *e["outputs"])]


def test_a_function_that_the_dags_file_imports_by_its_name_is_watched(told):
    (end,) = told.of("write_books.by_a_name_of_its_own", "COMPLETE")
    assert names(end["outputs"]) == {(f"sqlite://{told.home}/days.db", "main.days")}


def test_the_code_is_the_dags_file(told):
    for event in told.of("write_books.in_bash"):
        assert event["job"]["facets"]["sourceCodeLocation"]["path"].endswith("tests/matrix/dags/books.py")


def test_a_failed_try_says_why_and_that_it_failed(told):
    (failed,) = told.of("write_books.fails", "FAIL")
    assert "no invoice" in failed["run"]["facets"]["errorMessage"]["message"]
    assert failed["run"]["facets"]["clew_airflow"]["state"] == "failed"


def test_a_good_try_says_that_it_succeeded(told):
    (done,) = told.of("write_books.in_bash", "COMPLETE")
    assert done["run"]["facets"]["clew_airflow"]["state"] == "success"


def test_sync_adds_and_closes_what_was_not_told_live_and_nothing_else(told):
    synced = told.synced or pytest.skip("no REST API of this Airflow runs here")
    closed = {"write_books.is_killed": "FAILED", **({} if told.tells_of_skips else {"write_books.skips": "COMPLETED"})}
    assert {job for (job, _), state in synced.live.items() if state == "RUNNING"} == closed.keys()
    assert {key: synced.after.get(key) for key in synced.live} == {key: closed.get(key[0], state) for key, state in synced.live.items()}
    assert {job for job, _ in synced.after.keys() - synced.live.keys()} == {"write_books.never_starts"}


def test_after_a_sync_nothing_differs_and_nothing_is_sent_again(told):
    synced = told.synced or pytest.skip("no REST API of this Airflow runs here")
    assert synced.again == 0
    status, found = synced.verified
    assert (status, found["different"]) == (0, [])


def test_nothing_of_ours_went_wrong(told):
    logs = [*told.home.glob("logs/**/*.log"), told.home / "airflow.log"]
    assert not [log for log in logs if log.is_file() and "clew could not" in log.read_text(errors="replace")]


def test_nothing_secret_is_told(told):
    assert SECRET not in json.dumps(told.events)


def test_the_doctor_says_that_all_is_well(told):
    environ = {k: v for k, v in os.environ.items() if not k.startswith(("AIRFLOW", "CLEW_", "OPENLINEAGE_"))}
    asked = {**environ, "AIRFLOW_HOME": str(told.home), "CLEW_URL": "http://127.0.0.1:1", "CLEW_TIMEOUT": "1"}
    said = airflow2.doctor(told.programs, asked)
    package = "openlineage-airflow 1." if told.version == "2.7" else "OpenLineage provider 2."
    assert f"✓ Airflow    {told.version}." in said
    assert package in said
    assert "the provider's events go to the outbox" in said
