"""Every way to end in a real Airflow: what the live path told, what sync closed, and Airflow's own database beside the backend.

One Airflow runs all DAGs; the tests look at what was gathered before it was stopped. docs/states.md has the same as a table.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from clew.demo.airflow import Airflow, Run
from clew.outbox import Outbox
from tests.acceptance.airflow_database import Kept, kept, on_postgres
from tests.acceptance.airflow_processes import wait_for_tasks
from tests.acceptance.embedded import backend
from tests.relays import end_relay
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.acceptance, pytest.mark.postgres]

DAGS = Path(__file__).parent / "endings"
DAY = datetime(2026, 3, 10, tzinfo=timezone.utc)
SECRET = "geheim"
QUICK_TO_NOTICE = {
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "60",  # one that goes on after a wait still has its heartbeat of before
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "2",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_SEC": "1",
    "AIRFLOW__CORE__PARALLELISM": "12",
}
SECRETS = {
    "AIRFLOW_CONN_TILL": f'{{"conn_type": "postgres", "host": "127.0.0.1", "port": 1, "login": "me", "password": "{SECRET}-in-a-connection",'
    f' "extra": {{"api_token": "{SECRET}-in-an-extra"}}}}',
    "AIRFLOW_VAR_TILL_API_KEY": f"{SECRET}-in-a-variable",
    "SHOP_DB_PASSWORD": f"{SECRET}-in-the-environment",
}
SECRET_PLACES = ("a_command", "source_code", "arguments", "a_message", "an_xcom", "python_code")
CLEARED = "task cleared while running"
"""What Airflow 3.0 leaves in the state `restarting` for ever."""
BY_HAND = (
    "task marked success while running",
    "task marked failed while running",
    CLEARED,
    "DAG run marked failed while running",
    "task marked failed later",
    "DAG run marked failed later",
    "cleared later, and not reached again",
)
RUN_OFTEN = ("by_hand", "by_hand.after", "by_themselves.second_try_works", "scheduled", "scheduled.works")


@dataclass(frozen=True, kw_only=True)
class Ended:
    """What was gathered.

    Attributes:
        database: of Airflow, at the end.
        live: states in the backend before the first sync, by job and run id.
        synced: the same after it.
        summary: of that sync.
        verified: status and answer of `clew verify`.
        past: status of `clew verify` with a backend that knew nothing before a sync of its own, and states there.
        events: what reached the backend, the newest first.
        versions: how many versions jobs have that ran more than once, after the syncs.
        homes: folders of Clew: of Airflow, of the syncs, of the backends.
    """

    database: list[Kept]
    live: dict[tuple[str, str], str]
    synced: dict[tuple[str, str], str]
    summary: dict[str, Any]
    verified: tuple[int, Any]
    past: tuple[int, Any]
    events: list[dict[str, Any]]
    versions: dict[str, int]
    homes: list[Path]

    def live_states(self, job: str) -> set[str | None]:
        """Return what the backend said of a job's runs before the sync."""
        return {self.live.get((one.job, one.run)) for one in self.database if one.job == job}

    def of(self, job: str) -> set[tuple[str, str]]:
        """Return how a job's runs ended: in Airflow, and in the backend after the sync."""
        return {(one.airflow, self.synced[one.job, one.run]) for one in self.database if one.job == job}


@pytest.fixture(scope="module")
def ended(airflow_python, postgres, tmp_path_factory):
    """Run everything, do by hand what people do, and gather."""
    folder = tmp_path_factory.mktemp("endings")
    for name in ("live", "past"):
        (folder / name).mkdir()
    with backend(folder / "live") as live, backend(folder / "past") as past:
        environ = {
            "CLEW_URL": live.url.replace("://", f"://me:{SECRET}-in-the-url@"),
            **on_postgres(postgres.url()),
            **QUICK_TO_NOTICE,
            **SECRETS,
        }
        home = folder / "airflow"
        with Airflow(python=airflow_python, home=home, dags=DAGS, environ=environ, triggerer=True) as airflow:
            run_all(airflow)
            wait_for_tasks(airflow.scheduler)
            assert Outbox(home / "clew").wait_until_empty(120)
            seen = live.runs()
            summary = live.clew("sync", airflow.url)[1]
            gathered = Ended(
                database=kept(postgres.url()),
                live=seen,
                synced=live.runs(),
                summary=summary,
                verified=live.clew("verify", airflow.url),
                past=(past.clew("sync", airflow.url)[0], past.clew("verify", airflow.url)[1]),
                events=live.events(),
                versions={job: live.versions(job) for job in RUN_OFTEN},
                homes=[home / "clew", live.home, past.home, folder / "live", folder / "past"],
            )
        end_relay(home / "clew")
        yield gathered


def run_all(airflow: Airflow) -> None:
    """Run every DAG, and the one that waits once for each thing that is done by hand."""
    airflow.wait(airflow.trigger("waiting", logical_date=DAY), timeout=240)  # alone: who goes on late has lost its heartbeat
    airflow.trigger("takes_too_long", logical_date=DAY)  # before the others: its task has to begin in time
    airflow.ask("PATCH", "/api/v2/dags/scheduled", {"is_paused": False})
    airflow.trigger("keeps_secrets", logical_date=DAY, conf={"token": f"{SECRET}-in-conf"})
    day = DAY.date().isoformat()
    backfill = {"dag_id": "backfilled", "from_date": f"{day}T00:00:00Z", "to_date": f"{day}T00:00:00Z", "reprocess_behavior": "none"}
    airflow.ask("POST", "/api/v2/backfills", {**backfill, "max_active_runs": 1, "run_backwards": False, "dag_run_conf": {}})
    for dag in ("by_themselves", "killed", "in_pieces"):
        airflow.trigger(dag, logical_date=DAY)
    done_by_hand(airflow)
    until(lambda: len(airflow.runs("scheduled")) == 2, 240)
    for dag in ("by_themselves", "by_hand", "killed", "in_pieces", "takes_too_long", "scheduled", "keeps_secrets"):
        for run in airflow.runs(dag):
            airflow.wait(run, timeout=240)
    for dag in ("backfilled", "triggered", "reads_safe"):
        airflow.wait(airflow.started_run(dag, seen=0), timeout=240)


def done_by_hand(airflow: Airflow) -> None:
    is_3_0 = airflow.ask("GET", "/api/v2/version")["version"].startswith("3.0.")
    ways = [what for what in BY_HAND if what != CLEARED or not is_3_0]
    runs = {what: airflow.trigger("by_hand", logical_date=DAY + timedelta(days=n)) for n, what in enumerate(ways)}
    for run in runs.values():
        until(lambda run=run: airflow.tasks(run)["waits"] == "running", 240)
    run = runs["task marked success while running"]
    airflow.ask("PATCH", task(run), {"new_state": "success"})
    run = runs["task marked failed while running"]
    airflow.ask("PATCH", task(run), {"new_state": "failed"})
    if (clearing := runs.get(CLEARED)) is not None:
        clear = {"dry_run": False, "dag_run_id": clearing.run_id, "task_ids": ["waits"], "only_failed": False}
        airflow.ask("POST", "/api/v2/dags/by_hand/clearTaskInstances", clear)
    run = runs["DAG run marked failed while running"]
    airflow.ask("PATCH", where(run), {"state": "failed"})
    for run in runs.values():
        (airflow.home / run.run_id).touch()
    for run in runs.values():
        airflow.wait(run, timeout=240)
    run = runs["task marked failed later"]
    airflow.ask("PATCH", task(run), {"new_state": "failed"})
    run = runs["DAG run marked failed later"]
    airflow.ask("PATCH", where(run), {"state": "failed"})
    run = runs["cleared later, and not reached again"]
    (airflow.home / run.run_id).unlink()
    airflow.ask("POST", f"{where(run)}/clear", {"dry_run": False, "only_failed": False})
    until(lambda: airflow.tasks(run)["waits"] == "running", 240)
    airflow.ask("PATCH", task(run), {"new_state": "failed"})


def where(run: Run) -> str:
    return f"/api/v2/dags/{run.dag_id}/dagRuns/{quote(run.run_id)}"


def task(run: Run) -> str:
    return f"{where(run)}/taskInstances/waits"


# --- All of it ------------------------------------------------------------------------------------------------------------------


def test_the_backend_has_each_row_of_airflows_database(ended):
    wrong = {one: ended.synced.get((one.job, one.run)) for one in ended.database}
    assert {one: state for one, state in wrong.items() if state != one.state} == {}
    assert len(ended.database) > 60


def test_no_run_is_left_open(ended):
    assert {job for (job, _), state in ended.synced.items() if state in {"NEW", "RUNNING"}} == set()


def test_verify_finds_no_difference(ended):
    status, found = ended.verified
    assert found["different"] == []
    assert status == 0


def test_a_backend_that_knew_nothing_has_the_same_after_a_sync(ended):
    status, found = ended.past
    assert found["different"] == []
    assert status == 0


@pytest.mark.parametrize(
    ("job", "ends"),
    [
        ("by_themselves.fails", {("failed", "FAILED")}),
        ("by_themselves.never_runs", {("upstream_failed", "ABORTED")}),
        ("by_themselves.skips", {("skipped", "COMPLETED")}),
        ("by_themselves.second_try_works", {("failed", "FAILED"), ("success", "COMPLETED")}),
        ("by_themselves.chosen", {("success", "COMPLETED")}),
        ("by_themselves.not_chosen", {("skipped", "ABORTED")}),
        ("by_themselves.not_needed", {("skipped", "ABORTED")}),
        ("by_themselves.times_out", {("failed", "FAILED")}),
        ("by_themselves.fails_and_so_does_its_callback", {("failed", "FAILED")}),
        ("by_themselves.works_and_its_callback_fails", {("success", "COMPLETED")}),
        ("killed.task_process", {("failed", "FAILED")}),
        ("killed.supervisor", {("failed", "FAILED"), ("success", "COMPLETED")}),
        ("in_pieces.even", {("failed", "FAILED"), ("success", "COMPLETED")}),
        ("in_pieces.of_nothing", set()),
        ("in_pieces.group.echo", {("success", "COMPLETED")}),
        ("in_pieces.opens", {("success", "COMPLETED")}),
        ("in_pieces.uses", {("failed", "FAILED")}),
        ("in_pieces.closes", {("success", "COMPLETED")}),
        ("waiting.is_rescheduled", {("success", "COMPLETED")}),
        ("waiting.gives_up_softly", {("skipped", "COMPLETED")}),
        ("waiting.is_deferred", {("success", "COMPLETED")}),
        ("takes_too_long", {("failed", "FAILED")}),
        ("takes_too_long.is_cut_off", {("skipped", "ABORTED")}),
        ("takes_too_long.never_begins", set()),
        ("backfilled", {("success", "COMPLETED")}),
        ("scheduled", {("success", "COMPLETED")}),
        ("triggered", {("success", "COMPLETED")}),
    ],
)
def test_each_ending_is_that_of_the_table(ended, job, ends):
    assert ended.of(job) == ends


@pytest.mark.parametrize("job", ["never_runs", "chosen", "not_chosen", "not_needed", "is_empty"])
def test_what_the_scheduler_ends_without_a_process_is_told_by_sync_alone(ended, job):
    assert ended.live_states(f"by_themselves.{job}") == {None}


def test_a_task_whose_process_was_killed_is_open_until_sync(ended):
    assert ended.live_states("killed.task_process") == {"RUNNING"}


def test_the_end_that_sync_tells_has_airflows_own_word(ended):
    told = {e["job"]["name"]: e["run"]["facets"]["clew_airflow"]["state"] for e in ended.events if e["eventType"] == "ABORT"}
    assert told["by_themselves.never_runs"] == "upstream_failed"
    assert told["takes_too_long.is_cut_off"] == "skipped"


def test_a_task_that_goes_on_after_a_deferral_does_not_start_again(ended):
    assert [e["eventType"] for e in ended.events if e["job"]["name"] == "waiting.is_deferred"].count("START") == 1


def test_a_deferred_task_ends_with_what_it_read_before_and_after(ended):
    [end] = [e for e in ended.events if e["job"]["name"] == "waiting.is_deferred" and e["eventType"] == "COMPLETE"]
    assert [Path(d["name"]).name for d in end["inputs"]] == ["before.csv", "after.csv"]


def test_code_that_did_not_change_stays_one_version_of_its_job(ended):
    assert ended.versions == dict.fromkeys(RUN_OFTEN, 1)


# --- Secrets --------------------------------------------------------------------------------------------------------------------


def test_no_secret_is_in_any_event(ended):
    assert {place for event in ended.events for place in places(event, event["job"]["name"])} == set()
    assert {e["job"]["name"] for e in ended.events} >= {f"keeps_secrets.in_{place}" for place in SECRET_PLACES}


def test_no_secret_is_in_any_file_of_clew(ended):
    files = [file for home in ended.homes for file in home.rglob("*") if file.is_file()]
    assert {(file.name, found[:40]) for file in files for found in file.read_bytes().split(SECRET.encode())[1:]} == set()
    assert {"store.db", "outbox.db", "relay.log"} <= {file.name for file in files}


def places(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """Give where a secret stands, and the text around it."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from places(inner, f"{path} {key}")
    elif isinstance(value, list):
        for inner in value:
            yield from places(inner, path)
    elif isinstance(value, str) and SECRET in value:
        at = value.index(SECRET)
        yield path, value[max(0, at - 30) : at + 30]
