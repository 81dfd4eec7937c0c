from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from clew.outbox import Outbox, known
from clew.outbox.lease import SECONDS, Aside, Delivered, Lease, LeaseLost, Postponed
from clew.outbox.order import Place
from clew.shaping import Keys, Known, KnownDataset, KnownJob, KnownRun
from tests.events import event

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEYS = Keys(job=("n", "j"), run="r", parent_run="p", parent_job=("n", "p"), datasets=(("db", "t"),))
NOTHING = Known()
ALL = Known(
    job=KnownJob(silent_inputs=1),
    run=KnownRun(started="s"),
    parent_run=KnownRun(assumed=True),
    parent_job=KnownJob(),
    datasets={("db", "t"): KnownDataset(facets={"a": {"b": 1}})},
)


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    outbox = Outbox(tmp_path)
    outbox.append([event("START"), event("COMPLETE")])
    yield outbox
    outbox.close()


@pytest.fixture
def lease(outbox: Outbox) -> Lease:
    lease = Lease(outbox, "me")
    assert lease.take(now=0.0)
    return lease


def rows(outbox: Outbox) -> list[tuple[object, ...]]:
    with outbox.reading() as connection:
        return connection.execute("SELECT seq, state, attempts, due_at, reason FROM events ORDER BY seq").fetchall()


def delivered(seq: int, after: Known = NOTHING) -> Delivered:
    return Delivered(seq=seq, keys=KEYS, before=NOTHING, after=after)


def test_a_lease_excludes_others_until_it_is_over(outbox: Outbox, lease: Lease) -> None:
    other = Lease(outbox, "other")
    assert not other.take(now=SECONDS - 1)
    assert other.take(now=SECONDS + 1)


def test_a_lease_of_one_that_the_lock_proves_dead_is_void(outbox: Outbox, lease: Lease) -> None:
    assert Lease(outbox, "other").take(now=1.0, predecessor="me")


def test_a_lease_that_was_given_back_is_free(outbox: Outbox, lease: Lease) -> None:
    lease.give_back()
    assert Lease(outbox, "other").take(now=1.0)


def test_writing_down_renews_the_lease(outbox: Outbox, lease: Lease) -> None:
    lease.settle([], now=SECONDS - 1)
    assert not Lease(outbox, "other").take(now=SECONDS + 1)


def test_who_lost_the_lease_can_write_nothing_down(outbox: Outbox, lease: Lease) -> None:
    Lease(outbox, "other").take(now=SECONDS + 1)
    with pytest.raises(LeaseLost):
        lease.settle([delivered(1)], now=SECONDS + 2)
    assert len(rows(outbox)) == 2


def test_who_leased_a_file_that_was_replaced_can_write_nothing_into_the_new_one(outbox: Outbox, lease: Lease) -> None:
    for file in outbox.home.iterdir():
        file.unlink()
    outbox.append([event("START")])
    with pytest.raises(LeaseLost):
        lease.settle([delivered(1)], now=1.0)
    assert len(rows(outbox)) == 1


def test_a_delivered_event_is_gone_and_counted(outbox: Outbox, lease: Lease) -> None:
    lease.settle([delivered(1)], now=1.0)
    assert rows(outbox) == [(2, "waiting", 0, 0.0, "")]
    with outbox.reading() as connection:
        assert connection.execute("SELECT delivered FROM lease").fetchone() == (1,)


def test_a_postponed_event_waits_with_its_reason(outbox: Outbox, lease: Lease) -> None:
    lease.settle([Postponed(seq=1, attempts=2, due_at=9.0, reason="500")], now=1.0)
    assert rows(outbox)[0] == (1, "waiting", 2, 9.0, "500")
    assert lease.next_places(after=0, count=9)[0].due_at == 9.0


def test_an_events_place_has_what_it_reads_and_writes(outbox: Outbox, lease: Lease) -> None:
    outbox.append(
        [b'{"job":{"namespace":"n","name":"j"},"inputs":[{"namespace":"db","name":"a"}],"outputs":[{"namespace":"db","name":"b"}]}']
    )
    assert lease.next_places(after=2, count=9) == [
        Place(seq=3, job=("n", "j"), reads=frozenset({("db", "a")}), writes=frozenset({("db", "b")}))
    ]


def test_an_event_aside_keeps_its_reason_and_waits_no_more(outbox: Outbox, lease: Lease) -> None:
    lease.settle([Aside(seq=1, attempts=0, reason="422")], now=1.0)
    assert rows(outbox)[0] == (1, "refused", 0, 0.0, "422")
    assert [place.seq for place in lease.next_places(after=0, count=9)] == [2]
    assert lease.event(1) is None


def test_what_is_then_known_is_read_back_under_the_same_keys(lease: Lease) -> None:
    assert lease.known(KEYS) == NOTHING
    lease.settle([delivered(1, after=ALL)], now=1.0)
    assert lease.known(KEYS) == ALL


def test_what_another_event_made_known_of_a_shared_parent_stands(lease: Lease) -> None:
    ended = Known(parent_run=KnownRun(ended="COMPLETE"))
    lease.settle([delivered(1, after=ended)], now=1.0)
    lease.settle([delivered(2, after=Known(parent_run=KnownRun(assumed=True)))], now=1.0)
    assert lease.known(KEYS) == ended


def test_where_the_keys_name_nothing_nothing_is_known(lease: Lease) -> None:
    lease.settle([delivered(1, after=ALL)], now=1.0)
    assert lease.known(Keys()) == NOTHING


def test_a_run_that_has_ended_is_forgotten_long_before_one_that_has_not(lease: Lease) -> None:
    over = Known(job=KnownJob(), run=KnownRun(ended="COMPLETE"), parent_run=KnownRun())
    lease.settle([delivered(1, after=over)], now=0.0)
    lease.tidy(now=known.ENDED_RUN + 1)
    assert lease.known(KEYS) == Known(job=KnownJob(), parent_run=KnownRun())
    lease.tidy(now=known.OPEN_RUN + 1)
    assert lease.known(KEYS) == Known(job=KnownJob())
    lease.tidy(now=known.REST + 1)
    assert lease.known(KEYS) == NOTHING


def test_a_run_of_which_an_event_waits_is_not_forgotten(outbox: Outbox, lease: Lease) -> None:
    outbox.append([b'{"run": {"runId": "r"}}'])
    lease.settle([delivered(1, after=Known(run=KnownRun(ended="FAIL")))], now=0.0)
    lease.tidy(now=known.ENDED_RUN + 1)
    assert lease.known(Keys(run="r")).run is not None


def test_what_is_known_stays_below_its_share_of_the_limit(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "small", limit=1_000_000)
    lease = Lease(outbox, "me")
    lease.take(now=0.0)
    big = KnownRun(ended="COMPLETE", told={"x": "x" * 10_000})
    for number in range(40):
        lease.settle([Delivered(seq=number, keys=Keys(run=str(number)), before=NOTHING, after=Known(run=big))], now=float(number))
    lease.tidy(now=100.0)
    kept = [number for number in range(40) if lease.known(Keys(run=str(number))).run]
    assert 0 < len(kept) <= 10
    assert kept == list(range(kept[0], 40)), "the oldest go first"
    outbox.close()


def test_empty_pages_go_back_to_the_disk(outbox: Outbox, lease: Lease) -> None:
    outbox.append([event(note="x" * 20_000) for _ in range(1000)])
    lease.settle([delivered(seq) for seq in range(1, 1003)], now=1.0)
    with outbox.reading() as connection:
        before = connection.execute("PRAGMA page_count").fetchone()[0]
        lease.shrink()
        assert connection.execute("PRAGMA page_count").fetchone()[0] < before / 3
