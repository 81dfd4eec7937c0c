"""Everything goes over, in order, once; and goes on where it was broken off."""

from __future__ import annotations

import threading

import msgspec
import pytest

from clew.errors import BackendError
from clew.moving.items import BEGINNING, Change, Event, Made, Place
from clew.moving.replay import ReplayRuns, folder_of, forget, replay
from clew.outbox import lock
from clew.settings import Settings
from tests.backends import ACCEPTS, Backend, Says
from tests.events import event, run_id

KINDS = ("START", "COMPLETE")


def items(runs, *, change_after=None):
    """Give START and COMPLETE of some runs of one job, and maybe a change after so many events."""
    found = [Event(body=event(kind, run=run)) for run in runs for kind in KINDS]
    if change_after is not None:
        found.insert(change_after, Made(change=Change(method="PUT", target="/api/v1/tags/x", body="{}", at="2026-03-02T06:00:00Z")))
    return [msgspec.structs.replace(item, place=Place(number=n)) for n, item in enumerate(found, 1)]


class Source:
    """A source, and the places from which it was read."""

    def __init__(self, found):
        self.items, self.asked = found, []

    def __call__(self, after):
        self.asked.append(after)
        return iter([i for i in self.items if i.place.number > after.number])


@pytest.fixture
def backend():
    with Backend() as backend:
        yield backend


def go(source, tmp_path, backend, stop=None, **settings):
    return replay(source, tmp_path / "replay", Settings(url=backend.url, **settings), stop=stop or threading.Event())


def sent(backend):
    return [(e["run"]["runId"], e["eventType"]) for e in backend.accepted]


def test_events_go_in_order(tmp_path, backend):
    outcome = go(Source(items(range(1, 6))), tmp_path, backend)
    assert outcome.finished
    assert outcome.delivered == 10
    assert sent(backend) == [(run_id(run), kind) for run in range(1, 6) for kind in KINDS]


def test_a_second_time_only_what_came_since_is_sent(tmp_path, backend):
    go(Source(items(range(1, 3))), tmp_path, backend)
    source = Source(items(range(1, 4)))
    outcome = go(source, tmp_path, backend)
    assert source.asked == [Place(number=4)]
    assert sent(backend)[4:] == [(run_id(3), kind) for kind in KINDS]
    assert outcome.delivered == 6


def test_what_was_read_and_not_delivered_is_delivered_the_next_time(tmp_path, backend):
    stop = threading.Event()

    def stop_after_three(_):
        if len(backend.accepted) == 3:
            stop.set()
        return ACCEPTS

    backend.answers = stop_after_three
    assert not go(Source(items(range(1, 6))), tmp_path, backend, stop, relay_threads=1).finished
    backend.answers = lambda _: ACCEPTS
    assert go(Source(items(range(1, 6))), tmp_path, backend).finished
    assert sent(backend) == [(run_id(run), kind) for run in range(1, 6) for kind in KINDS]


def test_what_is_refused_is_told_and_holds_nothing_up(tmp_path, backend):
    backend.answers = lambda e: Says(422) if e["run"]["runId"] == run_id(2) else ACCEPTS
    outcome = go(Source(items(range(1, 4))), tmp_path, backend)
    assert outcome.finished
    assert [r.run for r in outcome.refused] == [run_id(2)] * 2
    assert len(backend.accepted) == 4


def test_a_backend_that_comes_back_gets_everything(tmp_path):
    backend, outcomes = Backend(), []
    sending = threading.Thread(target=lambda: outcomes.append(go(Source(items([1])), tmp_path, backend)))
    sending.start()
    backend.start()
    sending.join(60)
    backend.stop()
    assert outcomes[0].finished
    assert len(backend.accepted) == 2


def test_a_change_is_refused_with_its_reason(tmp_path, backend):
    outcome = go(Source(items([1], change_after=1)), tmp_path, backend)
    assert outcome.finished
    assert [(r.change, r.reason[:3]) for r in outcome.journey.refused_changes] == [("PUT /api/v1/tags/x", "501")]
    assert len(backend.accepted) == 2


def test_a_change_that_meets_nobody_is_made_the_next_time(tmp_path):
    backend = Backend()
    with pytest.raises(BackendError):
        go(Source(items([], change_after=0)), tmp_path, backend)
    backend.start()
    outcome = go(Source(items([], change_after=0)), tmp_path, backend)
    backend.stop()
    assert len(outcome.journey.refused_changes) == 1  # this backend takes no changes; it was asked


def test_two_at_once_are_one_too_many(tmp_path, backend):
    go(Source([]), tmp_path, backend)
    held = lock.acquire(tmp_path / "replay")
    with pytest.raises(ReplayRuns, match="by another process"):
        go(Source(items([1])), tmp_path, backend)
    held.release()


def test_a_replay_that_is_forgotten_begins_anew(tmp_path, backend):
    go(Source(items([1])), tmp_path, backend)
    forget(tmp_path / "replay")
    source = Source(items([1]))
    go(source, tmp_path, backend)
    assert source.asked == [BEGINNING]


def test_each_way_has_a_place_of_its_own(tmp_path):
    ways = [("a", "b"), ("b", "a"), ("a", "c")]
    assert len({folder_of(tmp_path, *way) for way in ways}) == 3
