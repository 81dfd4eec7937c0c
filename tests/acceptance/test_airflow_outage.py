"""A real Airflow whose outbox has no room on its disk, and then one without its backend: tasks end as they would, and nothing is lost.

A dozen mapped tasks run without a backend; `CLEW_SOAK_TASKS=1000` makes them a thousand, of which Airflow runs about one a second, and
`CLEW_SOAK_OUTAGE=3600` spreads them over an hour.
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from clew.demo.airflow import Airflow
from clew.outbox import Outbox, status
from clew.settings import Settings
from tests.acceptance.airflow_database import Kept, kept, on_postgres
from tests.acceptance.airflow_processes import wait_for_tasks
from tests.acceptance.embedded import backend
from tests.backends import free_port
from tests.disks import fill, small_disk
from tests.relays import end_relay
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from clew.outbox.state import Status
    from tests.postgres import Postgres

pytestmark = [pytest.mark.acceptance, pytest.mark.postgres]

DAGS = Path(__file__).parent / "outage"
DAG = "mapped_many_times"
DAY = datetime(2026, 3, 10, tzinfo=timezone.utc)
FEW = 12
PARTS = int(os.environ.get("CLEW_SOAK_TASKS", FEW))
OUTAGE = int(os.environ.get("CLEW_SOAK_OUTAGE", "0"))
"""Seconds over which they are spread."""
EVENTS = 2 * (PARTS + len(["the DAG run", "numbers", "ends", "fails"]))
SECONDS = 300 + 10 * PARTS + OUTAGE
DISK = (32 + PARTS // 20) * 1024**2
"""Bytes of the disk that the outbox is on."""
ROOM = 256 * 1024
"""Bytes of it that are left when it is full for SQLite: a new outbox, and a few events."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What was there after a DAG run.

    Attributes:
        state: of the DAG run in Airflow.
        outbox: before there was a backend.
        database: of Airflow, all DAG runs until then.
        delivered: states in the backend when the outbox was empty again, by job and run id.
        summary: of the sync that followed.
        synced: states in the backend after it.
        verified: answer of `clew verify`.
    """

    state: str
    outbox: Status
    database: list[Kept]
    delivered: dict[tuple[str, str], str]
    summary: dict[str, Any]
    synced: dict[tuple[str, str], str]
    verified: dict[str, Any]

    def differing(self) -> dict[Kept, str | None]:
        """Return what Airflow's own database has, and the backend had otherwise before the sync."""
        there = {row: self.delivered.get((row.job, row.run)) for row in self.database}
        return {row: state for row, state in there.items() if state != row.state}


@dataclass(frozen=True, kw_only=True)
class Survived:
    """An Airflow in trouble.

    Attributes:
        full: after a DAG run with a full disk; None where no small disk can be made.
        gone: after one without a backend.
        said: what the log of each task said of Clew while the disk was full.
    """

    full: Seen | None
    gone: Seen
    said: dict[str, list[str]]


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where everything is: an Airflow, its database, the home of its outbox, and the backend's port and folder."""

    airflow: Airflow
    postgres: Postgres
    outbox: Path
    port: int
    folder: Path

    def see(self, day: datetime, parts: int, events: int, *, seconds: int = 0, mend: Callable[[], object] | None = None) -> Seen:
        """Run the DAG without a backend, mend what else is wrong, start the backend, and look at what it has got.

        Args:
            day: logical date of the DAG run.
            parts: mapped tasks.
            events: how many there will be in the outbox; the last one comes a little after the end of the DAG run.
            seconds: over which the mapped tasks are spread.
            mend: is called before the backend starts; a relay may have ended for want of what it mends.
        """
        run = self.airflow.run(DAG, logical_date=day, conf={"parts": parts, "seconds": seconds}, timeout=SECONDS)
        wait_for_tasks(self.airflow.scheduler)
        until(lambda: status(Settings(home=self.outbox)).waiting >= events, 60)
        waiting = status(Settings(home=self.outbox))
        if mend is not None:
            mend()
        with backend(self.folder, self.port) as heard:
            if mend is not None:
                heard.deliver(self.outbox)
            assert Outbox(self.outbox).wait_until_empty(120 + PARTS)
            delivered = heard.runs()
            summary = heard.clew("sync", self.airflow.url)[1]
            return Seen(
                state=run.state,
                outbox=waiting,
                database=kept(self.postgres.url()),
                delivered=delivered,
                summary=summary,
                synced=heard.runs(),
                verified=heard.clew("verify", self.airflow.url)[1],
            )


@pytest.fixture(scope="module")
def survived(airflow_python, postgres, tmp_path_factory) -> Iterator[Survived]:
    folder = tmp_path_factory.mktemp("outage")
    (folder / "backend").mkdir()
    port = free_port()
    with small_disk(disk := folder / "disk", DISK) as mounted:
        environ = {"CLEW_URL": f"http://127.0.0.1:{port}", "CLEW_HOME": str(disk / "clew"), **on_postgres(postgres.url())}
        with Airflow(python=airflow_python, home=folder / "airflow", dags=DAGS, environ=environ) as airflow:
            place = Place(airflow=airflow, postgres=postgres, outbox=disk / "clew", port=port, folder=folder / "backend")
            full, said = None, {}
            if mounted:
                full = place.see(DAY, FEW, events=1, mend=fill(disk, but=ROOM).unlink)
                said = said_of_clew(airflow.home / "logs")
            gone = place.see(DAY + timedelta(days=1), PARTS, events=EVENTS, seconds=OUTAGE)
        end_relay(disk / "clew")
        yield Survived(full=full, gone=gone, said=said)


def said_of_clew(logs: Path) -> dict[str, list[str]]:
    """Return what the log of each task try says that Clew could not do."""
    found = {str(log.relative_to(logs)): log.read_text().splitlines() for log in logs.glob("dag_id=*/**/*.log")}
    return {log: told for log, lines in found.items() if (told := [line for line in lines if "clew could not" in line])}


# --- No room on the disk of the outbox -------------------------------------------------------------------------------------------


@pytest.fixture
def full(survived) -> Seen:
    if survived.full is None:
        pytest.skip("a small disk can be mounted by root only")
    return survived.full


def test_on_a_full_disk_tasks_end_as_they_would(full):
    ends = Counter((row.job, row.airflow) for row in full.database)
    assert ends == {
        (DAG, "failed"): 1,
        (f"{DAG}.numbers", "success"): 1,
        (f"{DAG}.part", "success"): FEW,
        (f"{DAG}.ends", "success"): 1,
        (f"{DAG}.fails", "failed"): 1,
        (f"{DAG}.never_runs", "upstream_failed"): 1,
    }


def test_what_was_kept_before_the_disk_was_full_is_delivered_and_the_rest_is_lost(full):
    assert 0 < full.outbox.waiting < 2 * FEW
    assert 0 < len(full.delivered) < len(full.database)


def test_the_log_of_each_task_says_once_that_there_is_no_room(full, survived):
    assert [lines for lines in survived.said.values() if len(lines) > 1] == []
    assert all("the disk is full. Make room" in line for lines in survived.said.values() for line in lines)
    assert len(survived.said) >= FEW // 2


def test_a_sync_brings_what_was_lost(full):
    assert full.summary["new"] + full.summary["closed"] > 0
    assert full.verified["different"] == []
    assert {row: full.synced.get((row.job, row.run)) for row in full.database} == {row: row.state for row in full.database}


# --- No backend ------------------------------------------------------------------------------------------------------------------


def test_without_a_backend_every_event_waits(survived):
    assert survived.gone.outbox.waiting == EVENTS


def test_when_the_backend_is_there_the_relay_delivers_all_that_a_process_saw(survived):
    assert {row.airflow for row in survived.gone.differing()} == {"upstream_failed"}
    assert len(survived.gone.database) >= PARTS


def test_after_a_sync_the_backend_has_what_airflows_database_has(survived):
    gone = survived.gone
    assert {row: gone.synced.get((row.job, row.run)) for row in gone.database} == {row: row.state for row in gone.database}
    assert gone.verified["different"] == []
    assert gone.summary["new"] == 1
