"""The relay over a real outbox and a real HTTP server; processes are for the acceptance tests."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from clew.errors import OutboxFull, OutboxUnwritable
from clew.marquez import HttpSeam, Marquez
from clew.outbox import Outbox, lock, pace
from clew.outbox.delivery import Delivery
from clew.outbox.relay import IDLE, REPLACED, STOPPED, UNREACHABLE, Manner, Progress, serve
from clew.outbox.sql import sql
from clew.shaping import Shaped
from tests.backends import ACCEPTS, Backend, BreaksOff, Hangs, Says
from tests.disks import fill, small_disk
from tests.events import event, run_id
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from clew.shaping import Known


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    outbox = Outbox(tmp_path / "home")
    assert outbox.is_empty()  # asking makes it
    yield outbox
    outbox.close()


@pytest.fixture
def backend() -> Iterator[Backend]:
    with Backend() as backend:
        yield backend


class Running:
    """A relay that runs in a thread."""

    def __init__(self, outbox: Outbox, backend: Backend, manner: Manner, timeout: float) -> None:
        self.stop, self.ended, self.progress, self.gone = threading.Event(), "", Progress(), False
        held = lock.acquire(outbox.home)
        assert held is not None
        self._own = Outbox(outbox.home, limit=outbox.limit, for_relay=True)
        delivery = Delivery(Marquez(HttpSeam(backend.url, timeout=timeout)), unshaped)
        self._work = lambda: serve(self._own, held, delivery, manner=manner, stop=self.stop, report=self._note)
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def join(self) -> str:
        self._thread.join(timeout=30)
        assert not self._thread.is_alive()
        self._own.close()
        return self.ended

    def _run(self) -> None:
        try:
            self.ended = self._work()
        except OutboxUnwritable:
            self.gone = True

    def _note(self, progress: Progress) -> None:
        self.progress = progress


def unshaped(event: dict[str, Any], known: Known) -> Shaped:
    return Shaped(events=(event,), known=known)


@contextmanager
def relay(outbox: Outbox, backend: Backend, *, timeout: float = 10.0, **manner: Any) -> Iterator[Running]:
    running = Running(outbox, backend, Manner(**manner), timeout)
    try:
        yield running
    finally:
        running.stop.set()
        running.join()


def deliver_all(outbox: Outbox, backend: Backend, **manner: Any) -> str:
    with relay(outbox, backend, idle_seconds=0.0, **manner) as running:
        return running.join()


def told(backend: Backend) -> list[tuple[str, int]]:
    return [(e["eventType"], int(e["run"]["runId"][-4:], 16)) for e in backend.accepted]


def reasons(outbox: Outbox) -> list[tuple[str, str]]:
    with outbox.reading() as connection:
        return connection.execute("SELECT state, reason FROM events ORDER BY seq").fetchall()


def noted(outbox: Outbox) -> tuple[str, float]:
    with outbox.reading() as connection:
        return connection.execute("SELECT trouble, trouble_since FROM lease").fetchone()


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses as they are, a thousand times shorter."""
    real = pace.pause
    for module in ("pace", "relay"):
        monkeypatch.setattr(f"clew.outbox.{module}.pause", lambda *args: real(*args) / 1000)


def test_everything_is_delivered_and_then_it_ends(outbox: Outbox, backend: Backend) -> None:
    outbox.append([event("START"), event("RUNNING"), event("COMPLETE")])
    assert deliver_all(outbox, backend) == IDLE
    assert told(backend) == [("START", 1), ("RUNNING", 1), ("COMPLETE", 1)]
    assert outbox.is_empty()


def test_independent_jobs_are_sent_at_the_same_time_and_no_more_than_there_are_threads(outbox: Outbox, backend: Backend) -> None:
    together = threading.Barrier(3)
    backend.answers = lambda _: (together.wait(timeout=10), ACCEPTS)[1]
    outbox.append([event(run=run, job=f"job{run}") for run in range(1, 7)])
    deliver_all(outbox, backend, threads=3)
    assert backend.most_at_once == 3


def test_what_is_appended_while_it_works_is_delivered_as_well(outbox: Outbox, backend: Backend) -> None:
    with relay(outbox, backend):
        for kind in ("START", "COMPLETE"):
            outbox.append([event(kind)])
            until(lambda kind=kind: told(backend)[-1:] == [(kind, 1)])


def test_a_refused_event_goes_aside_with_its_reason_and_the_rest_goes_on(outbox: Outbox, backend: Backend) -> None:
    backend.answers = lambda e: Says(422) if e["eventType"] == "START" else ACCEPTS
    outbox.append([event("START"), event("COMPLETE")])
    assert deliver_all(outbox, backend) == IDLE
    assert told(backend) == [("COMPLETE", 1)]
    assert reasons(outbox) == [("refused", "POST /api/v1/lineage: 422")]


def test_a_refused_event_is_delivered_when_it_is_tried_again(outbox: Outbox, backend: Backend) -> None:
    backend.answers = lambda _: Says(400)
    outbox.append([event("START")])
    deliver_all(outbox, backend)
    backend.answers = lambda _: ACCEPTS
    outbox.retry(outbox.ids("refused"))
    deliver_all(outbox, backend)
    assert told(backend) == [("START", 1)]


def test_a_backend_that_is_down_gets_everything_in_order_when_it_is_back(outbox: Outbox, backend: Backend, hasty: None) -> None:
    backend.stop()
    outbox.append([event(kind, run=run, job=f"job{run}") for run in (1, 2, 3) for kind in ("START", "COMPLETE")])
    with relay(outbox, backend) as running:
        until(lambda: running.progress.trouble.endswith("connection refused"))
        backend.start()
        assert outbox.wait_until_empty(30)
    for run in (1, 2, 3):
        assert [kind for kind, of in told(backend) if of == run] == ["START", "COMPLETE"]


@pytest.mark.parametrize("answer", [Says(502), Says(503), Says(504), Says(429), Says(408), Says(401), Says(404), BreaksOff(), Hangs()])
def test_what_may_be_well_later_is_tried_for_ever(outbox: Outbox, backend: Backend, hasty: None, answer: Any) -> None:
    backend.answers = lambda _: answer if len(backend.attempts) < 8 else ACCEPTS
    outbox.append([event("START"), event("COMPLETE")])
    with relay(outbox, backend, timeout=0.1, idle_seconds=0.0) as running:
        assert running.join() == IDLE
    assert told(backend) == [("START", 1), ("COMPLETE", 1)]


def test_a_backend_that_asks_for_a_pause_gets_it(outbox: Outbox, backend: Backend) -> None:
    backend.answers = lambda _: Says(429, {"Retry-After": "3600"})
    outbox.append([event(run=run, job=f"job{run}") for run in range(20)])
    with relay(outbox, backend, threads=2) as running:
        until(lambda: running.progress.trouble)
    assert len(backend.attempts) <= 2


def test_an_event_that_is_answered_500_while_others_are_accepted_goes_aside_after_some_tries(
    outbox: Outbox, backend: Backend, hasty: None
) -> None:
    backend.answers = lambda e: Says(500) if e["job"]["name"] == "poison" else ACCEPTS
    outbox.append([event("START", run=1, job="poison"), event("COMPLETE", run=2, job="poison")])
    with relay(outbox, backend):
        for number in range(1000):
            outbox.append([event(run=100 + number, job="fine")])
            until(lambda number=number: ("START", 100 + number) in told(backend)[-3:])
            if len(outbox.ids("refused")) == 2:
                break
    state, reason = reasons(outbox)[0]
    assert state == "refused"
    assert reason.endswith("500 (5 times, while other events were accepted)")


def test_while_nothing_is_accepted_a_500_is_tried_for_ever(outbox: Outbox, backend: Backend, hasty: None) -> None:
    backend.answers = lambda _: Says(500) if len(backend.attempts) < 20 else ACCEPTS
    outbox.append([event(run=run, job=f"job{run}") for run in (1, 2, 3)])
    assert deliver_all(outbox, backend) == IDLE
    assert sorted(told(backend)) == [("START", 1), ("START", 2), ("START", 3)]
    assert reasons(outbox) == []


def test_children_are_sent_when_their_parents_start_is_accepted(outbox: Outbox, backend: Backend, hasty: None) -> None:
    backend.answers = lambda _: Says(503) if len(backend.attempts) < 5 else ACCEPTS
    outbox.append([event("START", run=1, job="dag")])
    outbox.append([event("START", run=run, job=f"task{run}", parent=1) for run in (2, 3)])
    deliver_all(outbox, backend)
    assert told(backend)[0] == ("START", 1)
    assert {e["run"]["runId"] for e in backend.attempts[:5]} == {run_id(1)}


def test_an_event_that_somebody_drops_while_it_is_refused_is_not_sent_again(outbox: Outbox, backend: Backend, hasty: None) -> None:
    def drops_starts(sent: dict[str, Any]) -> Says:
        if sent["eventType"] == "COMPLETE":
            return ACCEPTS
        outbox.drop([1])
        return Says(503)

    backend.answers = drops_starts
    outbox.append([event("START"), event("COMPLETE")])
    with relay(outbox, backend):
        assert outbox.wait_until_empty(30)
    assert [e["eventType"] for e in backend.attempts] == ["START", "COMPLETE"]


def test_who_is_told_to_stop_writes_down_the_answers_that_still_come(outbox: Outbox, backend: Backend) -> None:
    go_on = threading.Event()
    backend.answers = lambda _: (go_on.wait(timeout=10), ACCEPTS)[1]
    outbox.append([event("START"), event("COMPLETE")])
    with relay(outbox, backend) as running:
        until(lambda: backend.attempts)
        running.stop.set()
        go_on.set()
        assert running.join() == STOPPED
    assert told(backend) == [("START", 1)]
    assert outbox.ids("waiting") == [2]


def test_who_has_patience_for_a_moment_only_gives_up_on_a_backend_that_is_not_there(outbox: Outbox, backend: Backend, hasty: None) -> None:
    backend.stop()
    outbox.append([event("START")])
    assert deliver_all(outbox, backend, patience=0.1) == UNREACHABLE
    assert outbox.ids("waiting") == [1]


def test_why_nothing_is_accepted_and_since_when_stands_in_the_outbox(outbox: Outbox, backend: Backend, hasty: None) -> None:
    backend.stop()
    outbox.append([event("START")])
    with relay(outbox, backend):
        until(lambda: noted(outbox)[0].endswith("connection refused") and noted(outbox)[1] > 0)
        backend.start()
        until(lambda: noted(outbox) == ("", 0.0))


def test_trouble_that_an_earlier_relay_had_is_forgotten_with_the_first_answer(outbox: Outbox, backend: Backend, hasty: None) -> None:
    backend.stop()
    outbox.append([event("START")])
    deliver_all(outbox, backend, patience=0.1)
    assert noted(outbox)[0].endswith("connection refused")
    backend.start()
    deliver_all(outbox, backend)
    assert noted(outbox) == ("", 0.0)


def test_a_relay_whose_lock_was_removed_leaves_the_outbox_to_the_next_one(outbox: Outbox, backend: Backend) -> None:
    with relay(outbox, backend) as running:
        until(lambda: (held := lock.current(outbox.home)) and held.pid)
        (outbox.home / lock.FILE).unlink()
        assert running.join() == REPLACED


def test_on_a_full_disk_a_relay_waits_for_room(tmp_path: Path, backend: Backend, caplog: pytest.LogCaptureFixture) -> None:
    with small_disk(tmp_path / "disk", 1024**2) as mounted:
        if not mounted:
            pytest.skip("a file system can be mounted by root only")
        outbox = Outbox(tmp_path / "disk" / "home")
        outbox.append([event(run=2)])
        deliver_all(outbox, backend)  # leaves a lock's file
        outbox.append([event()])
        outbox.close()
        ballast = fill(tmp_path / "disk")
        with relay(outbox, backend, idle_seconds=0.0, room_seconds=0.01) as running:
            until(lambda: "the disk is full" in caplog.text)
            ballast.unlink()
            assert running.join() == IDLE
        assert told(backend) == [("START", 2), ("START", 1)]
        outbox.close()


def test_a_window_that_is_full_of_waiting_events_moves_on(outbox: Outbox, backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clew.outbox.relay.WINDOW", 4)
    outbox.append([event(run=run, job=f"job{run % 2}") for run in range(20)])
    deliver_all(outbox, backend)
    assert len(told(backend)) == 20


def test_a_relay_never_makes_an_outbox_that_somebody_removed(outbox: Outbox, backend: Backend) -> None:
    outbox.append([event("START")])
    with relay(outbox, backend) as running:
        until(lambda: told(backend))
        outbox.home.rename(outbox.home.with_name("removed"))
        until(lambda: running.gone)
    assert not outbox.home.exists()


def test_an_event_that_is_appended_while_a_relay_ends_is_delivered_by_it(
    outbox: Outbox, backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = lock.RelayLock.release

    def appended_just_before(held: lock.RelayLock) -> None:
        if not told(backend)[1:]:
            outbox.append([event("COMPLETE")])  # who appended this saw the lock held, and started no relay
        release(held)

    monkeypatch.setattr(lock.RelayLock, "release", appended_just_before)
    outbox.append([event("START")])
    assert deliver_all(outbox, backend) == IDLE
    assert told(backend) == [("START", 1), ("COMPLETE", 1)]


def test_what_is_known_of_delivered_runs_never_keeps_events_out(outbox: Outbox, backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clew.outbox.relay.CROWDED", 0.1)
    outbox.limit = 1024**2
    outbox.append([event("START")])
    with relay(outbox, backend):
        until(lambda: told(backend))
        with outbox.writing() as connection:
            known = {"kind": "run", "namespace": "", "over": True, "value": b"x" * 50_000, "now": 0.0}
            connection.executemany(sql("know"), [{**known, "name": str(run)} for run in range(40)])
        until(lambda: _appended(outbox, event("COMPLETE")))


def _appended(outbox: Outbox, body: bytes) -> bool:
    try:
        outbox.append([body])
    except OutboxFull:
        return False
    return True
