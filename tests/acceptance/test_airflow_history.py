"""The past of a real Airflow: what `clew sync airflow` sends is what the live path sent, and it closes what that never saw end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from urllib.parse import quote

import pytest

from clew.demo.airflow import Airflow, Run
from clew.outbox import Outbox
from tests.acceptance.airflow_processes import wait_for_tasks
from tests.acceptance.embedded import Backend, backend
from tests.relays import end_relay
from tests.waiting import until

pytestmark = pytest.mark.acceptance

DAGS = Path(__file__).parent / "history"
DAY = datetime(2026, 3, 4, tzinfo=timezone.utc)
NEVER_RAN = {"endings.never_runs", "endings.chosen", "endings.not_chosen"}
"""What the scheduler ends without a process; no listener hears of it."""


@dataclass(frozen=True, kw_only=True)
class Ran:
    """An Airflow that has run, a backend that heard it live, and one that knows nothing yet."""

    airflow: Airflow
    run: Run
    live: Backend
    past: Backend

    @property
    def url(self) -> str:
        return self.airflow.url


@pytest.fixture(scope="module")
def ran(airflow_python, tmp_path_factory):
    folder = tmp_path_factory.mktemp("history")
    for name in ("live", "past"):
        (folder / name).mkdir()
    with backend(folder / "live") as live, backend(folder / "past") as past:
        environ = {"CLEW_URL": live.url}
        with Airflow(python=airflow_python, home=folder / "airflow", dags=DAGS, environ=environ) as airflow:
            run = airflow.run("endings", logical_date=DAY, conf={"currency": "USD"})
            airflow.wait(airflow.started_run("reads_report", seen=0))
            wait_for_tasks(airflow.scheduler)
            for dag in ("endings", "reads_report"):
                live.wait_for_ends(dag)
            assert Outbox(folder / "airflow" / "clew").wait_until_empty(120)
            yield Ran(airflow=airflow, run=run, live=live, past=past)
        end_relay(folder / "airflow" / "clew")


def test_history_has_the_jobs_the_run_ids_and_the_states_of_the_live_path(ran):
    live = ran.live.runs()
    status, summary = ran.past.clew("sync", ran.url)
    past = ran.past.runs()
    assert status == 0
    assert summary["closed"] == 0
    killed = {key for key, state in live.items() if state == "RUNNING"}
    assert {job for job, _ in killed} == {"endings.is_killed"}
    assert {key: past.get(key) for key in live} == {**live, **dict.fromkeys(killed, "FAILED")}
    assert {job for job, run in past.keys() - live.keys()} == NEVER_RAN


def test_a_second_sync_sends_nothing_and_verify_agrees(ran):
    ran.past.clew("sync", ran.url)
    assert ran.past.clew("sync", ran.url, "--restart")[1]["events"] == 0
    assert ran.past.clew("verify", ran.url) == (0, {"runs": 15, "different": [], "to": ran.past.url})


def test_sync_closes_a_task_that_was_killed_and_leaves_the_rest_alone(ran):
    before = ran.live.runs()
    status, found = ran.live.clew("verify", ran.url)
    assert status == 1
    assert {(row["job"], row["backend"]) for row in found["different"]} == {
        ("endings.is_killed", "RUNNING"),
        *((job, "missing") for job in NEVER_RAN),
    }
    summary = ran.live.clew("sync", ran.url)[1]
    assert (summary["closed"], summary["new"], summary["events"]) == (1, 3, 7)
    after = ran.live.runs()
    assert {key for key in before if before[key] != after[key]} == {key for key in before if key[0] == "endings.is_killed"}
    assert ran.live.clew("verify", ran.url)[0] == 0


def test_a_cleared_dag_run_is_the_one_that_the_backend_saw(ran):
    seen = ran.live.runs()
    where = f"/api/v2/dags/endings/dagRuns/{quote(ran.run.run_id)}/clear"
    ran.airflow.ask("POST", where, {"dry_run": False})
    until(lambda: ran.airflow.wait(ran.run).is_over, 120)
    ran.airflow.wait(ran.airflow.started_run("reads_report", seen=1))
    wait_for_tasks(ran.airflow.scheduler)
    for dag in ("endings", "reads_report"):
        ran.live.wait_for_ends(dag, runs=2)
    assert Outbox(ran.airflow.home / "clew").wait_until_empty(120)
    told = {key: state for key, state in ran.live.runs().items() if key not in seen}
    assert [state for (job, _), state in told.items() if job == "endings"] == ["FAILED"]
    summary = ran.live.clew("sync", ran.url)[1]
    assert summary["unknown"] == {}
    assert {job for job, _ in ran.live.runs().keys() - seen.keys() - told.keys()} <= NEVER_RAN
    assert ran.live.clew("verify", ran.url)[0] == 0
