"""Everything that a backend has is read: in order, once, and from where reading broke off."""

from __future__ import annotations

import json
from itertools import islice

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clew.marquez import Marquez
from clew.moving import sources
from clew.moving.items import BEGINNING, Made, item, line
from clew.server.seam import InProcessSeam
from clew.server.store import Store
from clew.server.times import instant
from tests.unit.server.conftest import Backend, run_id


@pytest.fixture
def backend(tmp_path):
    store = Store(tmp_path / "store.db")
    yield Backend(store)
    store.close()


def event(number, at="06:00"):
    return {
        "eventType": "COMPLETE", "eventTime": f"2026-03-02T{at}:00Z", "producer": "p", "schemaURL": "s",
        "run": {"runId": run_id(number)}, "job": {"namespace": "ns", "name": "job"},
    }  # fmt: skip


def runs(items):
    return [int(json.loads(i.body)["run"]["runId"][-12:]) for i in items]


def test_a_store_gives_events_as_they_came_in_the_order_in_which_they_came(backend):
    sent = [json.dumps(event(n, at), indent=n).encode() for n, at in ((2, "07:00"), (1, "06:00"))]
    for body in sent:
        backend.call("POST", "/api/v1/lineage", body)
    assert [i.body for i in sources.of_store(backend.store.path)] == sent


def test_an_event_is_one_line_whatever_its_layout():
    pretty = json.dumps(event(1), indent=2).encode()
    assert b"\n" not in line(item(pretty))
    assert json.loads(line(item(pretty))) == event(1)


def test_a_change_is_a_line_of_its_own_and_read_back_the_same(backend):
    backend.call("PUT", "/api/v1/namespaces/a%2Fb", {"ownerName": "me"})
    (made,) = sources.of_store(backend.store.path, changes=True)
    assert isinstance(made, Made)
    assert item(line(made)).change == made.change
    assert (made.change.method, made.change.target) == ("PUT", "/api/v1/namespaces/a%2Fb")
    assert list(sources.of_store(backend.store.path)) == []


def test_a_backend_gives_events_by_time_each_once_however_many_came_at_the_same_time(backend):
    for number in range(250):
        backend.send(event(number, "06:00" if number < 230 else "07:00"))
    found = list(sources.of_backend(Marquez(InProcessSeam(backend.store))))
    assert sorted(runs(found)) == list(range(250))


def test_a_backend_is_read_to_its_end_though_events_came_within_a_second(backend):
    for number in range(150):
        backend.send(event(number) | {"eventTime": "2026-03-02T06:00:00Z" if number % 2 else f"2026-03-02T06:00:00.{number + 1:06}Z"})
    assert sorted(runs(sources.of_backend(Marquez(InProcessSeam(backend.store))))) == list(range(150))


TIMES = tuple(f"2026-03-02T06:00:0{second}{fraction}Z" for second in (0, 1) for fraction in ("", ".000", ".5", ".500001", ".9999999"))


@given(times=st.lists(st.sampled_from(TIMES), max_size=12), first=st.integers(0, 12))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_however_times_are_written_each_event_is_read_once_wherever_reading_broke_off(times, first, tmp_path_factory, monkeypatch):
    monkeypatch.setattr(sources, "_PAGE", 2)
    store = Store(tmp_path_factory.mktemp("times") / "store.db")
    for number, time in enumerate(times):
        Backend(store).send(event(number) | {"eventTime": time})
    marquez = Marquez(InProcessSeam(store))
    found = list(islice(sources.of_backend(marquez), first))
    found += sources.of_backend(marquez, found[-1].place if found else BEGINNING)
    store.close()
    assert runs(found) == sorted(range(len(times)), key=lambda n: (instant(times[n]), n))


def test_what_comes_while_a_store_is_read_waits_for_the_next_time(backend):
    backend.send(event(1))
    reading = sources.of_store(backend.store.path)
    first = next(reading)
    backend.send(event(2))
    assert list(reading) == []
    assert runs(sources.of_store(backend.store.path, first.place)) == [2]


def test_many_copies_of_one_event_do_not_hold_the_reader(backend):
    for _ in range(120):
        backend.send(event(1))
    backend.send(event(2, "07:00"))
    assert runs(sources.of_backend(Marquez(InProcessSeam(backend.store)))) == [1, 2]


@pytest.mark.parametrize("broken_off", [1, 3, 149])
def test_reading_goes_on_where_it_broke_off(backend, broken_off):
    for number in range(150):
        backend.send(event(number, f"06:{number // 5:02}"))
    marquez = Marquez(InProcessSeam(backend.store))
    for read in (lambda after: sources.of_store(backend.store.path, after), lambda after: sources.of_backend(marquez, after)):
        whole = runs(read(sources.BEGINNING))
        some = [next(items) for items in [read(sources.BEGINNING)] for _ in range(broken_off)]
        assert runs(some) + runs(read(some[-1].place)) == whole


def test_what_is_older_can_be_left_out(backend):
    for number, at in ((1, "06:00"), (2, "07:00")):
        backend.send(event(number, at))
    since = 1772434800000000  # 2026-03-02T07:00:00Z
    assert runs(sources.of_store(backend.store.path, since=since)) == [2]
    assert runs(sources.of_backend(Marquez(InProcessSeam(backend.store)), since=since)) == [2]
