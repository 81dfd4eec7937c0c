from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from clew.outbox import Outbox, lock, status
from clew.outbox.lease import Aside, Lease, Postponed
from clew.outbox.lock import Holder
from clew.settings import Settings
from tests.events import event, run_id

if TYPE_CHECKING:
    from pathlib import Path


def test_where_there_is_no_outbox_nothing_waits_and_none_is_made(tmp_path: Path) -> None:
    found = status(Settings(home=tmp_path / "clew", outbox_limit=9))
    assert (found.waiting, found.refused, found.relay, found.destination, found.limit) == (0, 0, None, None, 9)
    assert not (tmp_path / "clew").exists()


def test_what_waits_is_counted_by_job_in_the_order_of_delivery(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path)
    outbox.append([event("START", job="b"), event("START", run=2, job="a"), event("COMPLETE", job="b")])
    found = status(Settings(home=tmp_path))
    assert (found.waiting, [(job.name, job.events) for job in found.jobs]) == (3, [("b", 2), ("a", 1)])
    assert found.oldest is not None
    assert datetime.now(timezone.utc) - found.oldest < timedelta(minutes=1)
    assert found.bytes_used > 0
    outbox.close()


def test_refused_events_and_reasons_for_waiting_are_told(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path)
    outbox.append([event("START"), event("START", run=2, job="slow")])
    lease = Lease(outbox, "me")
    lease.take(now=1.0)
    lease.settle([Aside(seq=1, attempts=0, reason="422"), Postponed(seq=2, attempts=1, due_at=2.0, reason="500")], now=1.0)
    lease.note_trouble("connection refused", since=1000.0)
    found = status(Settings(home=tmp_path))
    assert [(r.id, r.type, r.name, r.run, r.reason) for r in found.refusals] == [(1, "START", "job", run_id(1), "422")]
    assert [(job.name, job.reason) for job in found.jobs] == [("slow", "500")]
    assert (found.trouble, found.trouble_since) == ("connection refused", datetime.fromtimestamp(1000, tz=timezone.utc))
    outbox.close()


def test_the_relay_that_runs_is_told_by_its_process(tmp_path: Path) -> None:
    held = lock.acquire(tmp_path)
    assert held is not None
    held.write(Holder(pid=77))
    assert status(Settings(home=tmp_path)).relay == 77
    held.release()
    assert status(Settings(home=tmp_path)).relay is None


def test_the_destination_is_told_without_credentials(tmp_path: Path) -> None:
    assert status(Settings(home=tmp_path, url="http://ann:secret@marquez:5000")).destination == "http://marquez:5000"
