from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

import pytest

from clew.errors import OutboxFull
from clew.outbox import Outbox, database
from tests.events import event

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    outbox = Outbox(tmp_path)
    yield outbox
    outbox.close()


def rows(outbox: Outbox, columns: str = "type") -> list[tuple[object, ...]]:
    with outbox.reading() as connection:
        return connection.execute(f"SELECT {columns} FROM events ORDER BY seq").fetchall()


def refuse(outbox: Outbox, *ids: int) -> None:
    with outbox.writing() as connection:
        for seq in ids:
            connection.execute("UPDATE events SET state = 'refused', reason = 'bad' WHERE seq = ?", (seq,))


def test_events_are_kept_in_the_order_in_which_they_were_appended(outbox: Outbox) -> None:
    outbox.append([event("START"), event("RUNNING")])
    outbox.append([event("COMPLETE")])
    assert rows(outbox) == [("START",), ("RUNNING",), ("COMPLETE",)]


def test_what_decides_the_order_is_read_from_the_event(outbox: Outbox) -> None:
    outbox.append([event("START", run=2, job="child", parent=1)])
    ids = "00000000-0000-0000-0000-00000000000"
    assert rows(outbox, "run, namespace, name, parent_run") == [(f"{ids}2", "test", "child", f"{ids}1")]


def test_dataset_events_are_ordered_by_their_dataset(outbox: Outbox) -> None:
    outbox.append([b'{"eventTime": "2026-01-01T00:00:00Z", "dataset": {"namespace": "db", "name": "orders"}}'])
    assert rows(outbox, "state, run, namespace, name") == [("waiting", "", "db", "orders")]


@pytest.mark.parametrize("body", [b"", b"no json", b"[]", b'{"run": 7}', b"\xff"])
def test_what_is_no_event_is_kept_aside_with_the_reason(outbox: Outbox, body: bytes) -> None:
    outbox.append([body, event()])
    (aside, reason, kept), (fine, *_) = rows(outbox, "state, reason, body")
    assert (aside, kept, fine) == ("refused", body, "waiting")
    assert str(reason).startswith("no OpenLineage event: ")


@pytest.mark.parametrize("body", [b'{"run": null}', b'{"run": {"runId": "x", "facets": null}}', b'{"run": {"facets": {"parent": null}}}'])
def test_null_where_nothing_is_said_is_no_fault(outbox: Outbox, body: bytes) -> None:
    outbox.append([body])
    assert rows(outbox, "state") == [("waiting",)]


def test_threads_share_an_outbox(outbox: Outbox) -> None:
    threads = [threading.Thread(target=lambda: [outbox.append([event()]) for _ in range(20)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(rows(outbox)) == 80


def test_an_outbox_that_was_moved_away_is_made_anew(outbox: Outbox) -> None:
    outbox.append([event("START")])
    for file in list(outbox.home.iterdir()):
        file.rename(outbox.home.parent / f"moved-{file.name}")
    outbox.append([event("COMPLETE")])
    assert rows(outbox) == [("COMPLETE",)]


def test_no_connection_is_open_while_the_process_forks(outbox: Outbox) -> None:
    outbox.append([event("START")])
    child = os.fork()
    if child == 0:
        os._exit(0 if outbox._connection is None else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    outbox.append([event("COMPLETE")])
    assert len(rows(outbox)) == 2


def test_at_the_limit_new_runs_are_refused_loudly_and_nothing_of_them_is_kept(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path, limit=400_000)
    with pytest.raises(OutboxFull, match=r"limit of 400,000 bytes: \d+ of 1000 events were not kept.*CLEW_OUTBOX_LIMIT"):
        outbox.append([event(run=run, note="x" * 1000) for run in range(1000)])
    kept = len(rows(outbox))
    assert 0 < kept < 400
    with pytest.raises(OutboxFull, match="2 of 2"):
        outbox.append([event("START", run=5000), event("COMPLETE", run=5000)])
    assert len(rows(outbox)) == kept
    outbox.close()


def test_any_number_of_events_is_appended_in_portions_and_told_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clew.outbox.outbox.PORTION", 2_000)
    outbox = Outbox(tmp_path, limit=400_000)
    before_each = []

    def bodies() -> Iterator[bytes]:
        for run in range(9):
            before_each.append(len(rows(outbox)))
            yield event(run=run, note="x" * 1000)

    assert outbox.append(bodies()) == len(rows(outbox)) == 9
    assert before_each == [0, 0, 2, 2, 4, 4, 6, 6, 8]
    with pytest.raises(OutboxFull, match=r"of 1000 events were not kept"):
        outbox.append(event(run=run, note="x" * 1000) for run in range(1000))
    outbox.close()


def test_at_the_limit_ends_of_accepted_runs_are_still_kept(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path, limit=400_000)
    with pytest.raises(OutboxFull):
        outbox.append([event(run=run, note="x" * 1000) for run in range(1000)])
    outbox.append([event("COMPLETE", run=0)])
    assert rows(outbox)[-1] == ("COMPLETE",)
    outbox.close()


def test_the_reserve_for_ends_is_a_tenth_of_the_limit(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path, limit=400_000)
    outbox.append([event("START")])
    with pytest.raises(OutboxFull):
        outbox.append([event("RUNNING", note="x" * 1000) for _ in range(1000)])
    with outbox.reading() as connection:
        assert 400_000 < database.bytes_used(connection) <= 440_000
    outbox.close()


def test_a_refused_event_that_is_tried_again_waits_last_in_line(outbox: Outbox) -> None:
    outbox.append([event("START"), event("COMPLETE")])
    refuse(outbox, 1)
    assert outbox.retry([1]) == 1
    assert rows(outbox, "type, state, reason") == [("COMPLETE", "waiting", ""), ("START", "waiting", "")]


def test_only_refused_events_can_be_tried_again(outbox: Outbox) -> None:
    outbox.append([event()])
    assert outbox.retry([1, 99]) == 0
    assert rows(outbox, "seq") == [(1,)]


def test_dropped_events_are_gone_and_their_numbers_never_used_again(outbox: Outbox) -> None:
    outbox.append([event(), event()])
    assert outbox.drop([2, 99]) == 1
    outbox.append([event()])
    assert rows(outbox, "seq") == [(1,), (3,)]


def test_an_outbox_with_nothing_but_refused_events_is_empty(outbox: Outbox) -> None:
    assert outbox.is_empty()
    outbox.append([event()])
    assert not outbox.is_empty()
    refuse(outbox, 1)
    assert outbox.wait_until_empty(seconds=1)
    assert outbox.ids("refused") == [1]


def test_waiting_for_delivery_ends_at_the_deadline(outbox: Outbox) -> None:
    outbox.append([event()])
    assert not outbox.wait_until_empty(seconds=0.05)
