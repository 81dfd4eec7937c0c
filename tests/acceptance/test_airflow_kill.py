"""kill -9 in a real Airflow at random moments: of a task, of what supervises it, of the scheduler with its executor, of the relay.

After `clew sync airflow` the backend has the runs and states of Airflow's own database. Ten kills are one round of ten DAG runs;
`CLEW_SOAK_ROUNDS=200` makes twenty of them.
"""

from __future__ import annotations

import os
import random
import signal
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from clew.demo.airflow import Airflow, Run
from tests.acceptance.airflow_database import kept, on_postgres
from tests.acceptance.airflow_processes import kill_all, tasks_of
from tests.acceptance.embedded import Backend, backend
from tests.relays import end_relay, relay_of
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.postgres import Postgres

pytestmark = [pytest.mark.acceptance, pytest.mark.postgres]

DAGS = Path(__file__).parent / "killing"
DAY = datetime(2026, 3, 10, tzinfo=timezone.utc)
TOGETHER = 10
SEEDS = range(max(1, int(os.environ.get("CLEW_SOAK_ROUNDS", "10")) // TOGETHER))
VICTIMS = ("task", "supervisor", "scheduler", "relay")
QUICK_TO_NOTICE = {
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "15",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "2",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_SEC": "1",
    "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_THRESHOLD": "10",
    "AIRFLOW__SCHEDULER__SCHEDULER_HEARTBEAT_SEC": "1",
    "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "5",
}


@dataclass(kw_only=True)
class Running:
    """An Airflow that is being killed, and what hears of it.

    Attributes:
        schedulers: those that were started, each the leader of its session; the last one is alive.
    """

    airflow: Airflow
    backend: Backend
    postgres: Postgres
    schedulers: list[int] = field(default_factory=list)

    @property
    def outbox(self) -> Path:
        return self.airflow.home / "clew"


@pytest.fixture(scope="module")
def running(airflow_python, postgres, tmp_path_factory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("killing")
    (folder / "backend").mkdir()
    with backend(folder / "backend") as heard:
        environ = {"CLEW_URL": heard.url, **on_postgres(postgres.url()), **QUICK_TO_NOTICE}
        with Airflow(python=airflow_python, home=folder / "airflow", dags=DAGS, environ=environ) as airflow:
            one = Running(airflow=airflow, backend=heard, postgres=postgres, schedulers=[airflow.scheduler])
            yield one
        end_relay(one.outbox)


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: f"seed{seed}")
def test_after_a_sync_the_backend_has_what_airflows_database_has(running, seed):
    chance = random.Random(seed)
    victims = [*VICTIMS, *chance.choices(VICTIMS, k=TOGETHER - len(VICTIMS))]
    chance.shuffle(victims)
    runs = [round_of(running, chance, victim, DAY + timedelta(days=seed * TOGETHER + n)) for n, victim in enumerate(victims)]
    for run in runs:
        assert running.airflow.wait(run, timeout=300).is_over
    running.backend.deliver(running.outbox)
    running.backend.clew("sync", running.airflow.url)
    assert running.backend.clew("verify", running.airflow.url)[1]["different"] == []
    there = running.backend.runs()
    rows = kept(running.postgres.url())
    assert {row: there.get((row.job, row.run)) for row in rows if there.get((row.job, row.run)) != row.state} == {}
    assert [key for key, state in there.items() if state in {"NEW", "RUNNING"}] == []
    assert len(rows) >= len(runs) * 5


def round_of(running: Running, chance: random.Random, victim: str, day: datetime) -> Run:
    """Start a DAG run, and kill something at a moment when it runs."""
    run = running.airflow.trigger("killed_at_random", logical_date=day)
    so_many = chance.choice([1, 1, 2, 3])

    def has_come_far() -> bool:
        begun = [state for state in running.airflow.tasks(run).values() if state in {"running", "success"}]
        return len(begun) >= so_many

    until(has_come_far, 120)
    time.sleep(chance.random() / 2)  # any moment will do
    kill(running, chance, victim)
    return run


def kill(running: Running, chance: random.Random, victim: str) -> None:
    """Kill one process of a kind, where there is one at this moment; the scheduler dies with its executor, as a container does."""
    scheduler = running.schedulers[-1]
    if victim == "scheduler":
        kill_all(scheduler)
        running.schedulers.append(running.airflow.start_scheduler())
        return
    tasks = tasks_of(scheduler)  # one look at what comes and goes
    found = {"task": list(tasks), "supervisor": sorted(set(tasks.values())), "relay": [relay_of(running.outbox)]}[victim]
    if any(found):
        with suppress(ProcessLookupError):
            os.kill(chance.choice(found), signal.SIGKILL)
