from __future__ import annotations

import gzip
import json
import sqlite3

import pytest

from clew.server import bodies, intake
from clew.server.calls import Refusal
from clew.server.ingest.record import record
from tests.unit.server.conftest import run_id

EVENT = {
    "eventType": "COMPLETE", "eventTime": "2026-03-02T06:00:00Z", "producer": "p", "run": {"runId": run_id("1")},
    "job": {"namespace": "ns", "name": "job"}, "unknown": {"kept": True},
}  # fmt: skip


def test_the_raw_event_is_kept_as_it_came(backend):
    backend.send(EVENT)
    (kept,) = backend.get("events", "lineage")["events"]
    assert {k: v for k, v in kept.items() if k in EVENT} | {"job": EVENT["job"], "run": EVENT["run"]} == EVENT


def test_of_many_events_in_one_request_a_bad_one_harms_no_other(backend):
    second = EVENT | {"run": {"runId": run_id("2")}}
    status, answer = backend.call("POST", "/api/v1/lineage/batch", [EVENT, {**EVENT, "run": None}, second])
    assert (status, [r["status"] for r in answer["results"]]) == (200, [201, 422, 201])
    assert backend.get("namespaces", "ns", "jobs", "job", "runs")["totalCount"] == 2


HALVES = [rb"\ud83d", rb"\udc31", rb"\ud83d\ud83d\udc31", rb"\ud83dx"]


@pytest.mark.parametrize("half", HALVES)
def test_an_event_with_half_of_a_surrogate_pair_harms_no_other_of_its_batch(backend, half):
    cat = json.dumps(EVENT | {"run": {"runId": run_id("2")}, "cat": "\U0001f431", "path": "\\ud83d", "private": "\ue000"}).encode()
    bad = json.dumps(EVENT | {"bad": "HALF"}).encode().replace(b"HALF", half)
    status, answer = backend.call("POST", "/api/v1/lineage/batch", b"[" + b",".join((cat, bad, cat)) + b"]")
    assert (status, [r["status"] for r in answer["results"]]) == (200, [201, 400, 201])
    kept, _ = backend.get("events", "lineage")["events"]
    assert (kept["cat"], kept["path"], kept["private"]) == ("\U0001f431", "\\ud83d", "\ue000")


@pytest.mark.parametrize("half", HALVES)
def test_an_event_with_half_of_a_surrogate_pair_is_refused_alone_as_well(backend, half):
    assert backend.call("POST", "/api/v1/lineage", json.dumps(EVENT | {"bad": "HALF"}).encode().replace(b"HALF", half))[0] == 400


def test_a_large_batch_leaves_others_their_turn(backend, monkeypatch):
    there = []

    def recorded(*arguments, **more):
        there.append(backend.get("events", "lineage")["totalCount"])
        record(*arguments, **more)

    monkeypatch.setattr(intake, "record", recorded)
    monkeypatch.setattr(intake, "TOGETHER", 2)
    backend.call("POST", "/api/v1/lineage/batch", [EVENT] * 5)
    assert there == [0, 0, 2, 2, 4], "each portion is there before the next begins"


def test_of_a_batch_that_finds_no_room_each_event_says_so(backend, monkeypatch):
    def recorded(db, event, body, received):
        if b"large" in body:
            raise sqlite3.OperationalError("database or disk is full")
        record(db, event, body, received=received)

    monkeypatch.setattr(intake, "record", recorded)
    monkeypatch.setattr(intake, "TOGETHER", 2)
    status, answer = backend.call("POST", "/api/v1/lineage/batch", [EVENT, EVENT, EVENT, EVENT | {"large": 1}, EVENT])
    assert (status, [r["status"] for r in answer["results"]]) == (200, [201, 201, 507, 507, 201])
    assert backend.get("events", "lineage")["totalCount"] == 3


def test_the_same_event_twice_changes_nothing_but_the_log(backend):
    backend.send(EVENT)
    before = backend.job()
    backend.send(EVENT)
    assert backend.job() == before
    assert backend.get("events", "lineage")["totalCount"] == 2


def test_a_batch_that_is_no_array_is_refused(backend):
    assert backend.call("POST", "/api/v1/lineage/batch", EVENT)[0] == 400


def test_gzip_is_unpacked():
    assert bodies.unpacked(gzip.compress(b"body"), "gzip") == b"body"


@pytest.mark.parametrize(
    ("body", "encoding", "status"),
    [
        (b"no gzip", "gzip", 400),
        (gzip.compress(b"body" * 99)[:-9], "gzip", 400),
        (b"body", "br", 415),
        (gzip.compress(b"0" * 70 * 1024**2), "gzip", 413),
    ],
    ids=["not packed", "broken off", "unknown packing", "unpacks to more than the limit"],
)
def test_what_cannot_be_unpacked_is_refused(body, encoding, status):
    with pytest.raises(Refusal) as refused:
        bodies.unpacked(body, encoding)
    assert refused.value.status == status


def test_names_in_paths_may_hold_slashes(backend):
    backend.send(EVENT | {"outputs": [{"namespace": "s3://lake", "name": "a/b/c"}]})
    assert backend.dataset("a/b/c", "s3://lake")["name"] == "a/b/c"


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/api/v1/nowhere", 404), ("DELETE", "/api/v1/jobs", 405)])
def test_routes_that_are_not_there_say_so_in_json(backend, method, path, status):
    answered, problem = backend.call(method, path)
    assert (answered, problem["code"]) == (status, status)


@pytest.mark.parametrize("path", ["lineage?nodeId=nonsense", "jobs?limit=x", "jobs?limit=99999999999", "jobs?offset=1.5"])
def test_ids_and_numbers_that_are_none_are_not_found(backend, path):
    assert backend.call("GET", f"/api/v1/{path}")[0] == 404


@pytest.mark.parametrize(
    "path",
    ["search?q=a&filter=NONE", "search?q=a&sort=NONE", "jobs?lastRunStates=NONE", "events/lineage?sortDirection=up", "jobs?limit=-1",
     "lineage?nodeId=", "search?q=%20", "stats/jobs?period=YEAR"],
)  # fmt: skip
def test_words_that_are_not_known_are_refused(backend, path):
    assert backend.call("GET", f"/api/v1/{path}")[0] == 400


@pytest.mark.parametrize(
    "path", ["search?q=a&filter=job", "search?q=a&filter=", "jobs?lastRunStates=failed", "jobs?limit=", "stats/jobs?period=day"]
)
def test_the_case_of_words_does_not_matter_and_nothing_is_the_default(backend, path):
    assert backend.call("GET", f"/api/v1/{path}")[0] == 200


@pytest.mark.parametrize(
    ("query", "shown"),
    [("", ["failed", "never"]), ("?lastRunStates=", ["never"]), ("?lastRunStates=&lastRunStates=FAILED", ["failed", "never"])],
)
def test_states_that_are_asked_for_in_nothing_are_none(backend, query, shown):
    """Jobs that never ran are in every list, as with Marquez."""
    backend.run("FAIL", "06:00", job="failed")
    backend.call("PUT", "/api/v1/namespaces/ns/jobs/never", {"type": "BATCH", "inputs": [], "outputs": []})
    assert sorted(j["name"] for j in backend.call("GET", f"/api/v1/jobs{query}")[1]["jobs"]) == shown


@pytest.mark.parametrize(
    "path",
    [f"runlineage/upstream?runId={run_id('1')}", "lineage?nodeId=job:ns:job", "lineage?nodeId=dataset:db:t"],
)
def test_a_search_ends_where_there_is_nothing_more_however_deep_it_may_go(backend, path):
    backend.send(EVENT | {"inputs": [{"namespace": "db", "name": "t"}], "outputs": [{"namespace": "db", "name": "t"}]})
    assert backend.call("GET", f"/api/v1/{path}&depth={2**31 - 1}")[0] == 200


def test_events_are_windowed_by_time(backend):
    for hour in ("05", "06", "07"):
        backend.send(EVENT | {"eventTime": f"2026-03-02T{hour}:00:00Z"})
    found = backend.get("events", "lineage", after="2026-03-02T06:00:00Z", before="2026-03-02T07:00:00Z")
    assert ([e["eventTime"] for e in found["events"]], found["totalCount"]) == (["2026-03-02T06:00:00Z"], 1)


@pytest.mark.parametrize(
    ("after", "before", "count"),
    [
        ("1900-01-01T00:00", "2100-01-01T00:00", 6),
        ("2026-03-01T00:00", "2026-03-04T00:00", 4),
        ("2026-03-01T12:00", "2026-03-04T12:00", 3),
        ("2026-03-02T13:00", "2026-03-02T14:00", 0),
        ("2026-03-04T00:00", "2026-03-01T00:00", 0),
        ("1960-01-01T00:00", "1970-01-01T00:00", 1),
    ],
)
def test_events_are_counted_whichever_days_the_window_cuts(backend, after, before, count):
    for at in ("1969-12-31T23:59", "2026-03-01T06:00", "2026-03-01T18:00", "2026-03-02T12:00", "2026-03-03T23:59", "2026-03-04T12:00"):
        backend.send(EVENT | {"eventTime": f"{at}:00Z"})
    assert backend.get("events", "lineage", after=f"{after}:00Z", before=f"{before}:00Z")["totalCount"] == count


def test_an_array_that_is_broken_beside_a_half_is_refused_whole(backend):
    status, answer = backend.call("POST", "/api/v1/lineage/batch", rb'[{"bad": "\ud83d"}, {]')
    assert (status, answer["message"].startswith("expected an array of events")) == (400, True)


def test_of_an_array_that_uses_every_private_character_nothing_is_lost(backend):
    body = json.dumps([EVENT | {"all": "".join(map(chr, range(0xE000, 0xF900)))}]).encode()
    assert backend.call("POST", "/api/v1/lineage/batch", body)[1] == {"results": [{"status": 201}]}
    assert backend.call("POST", "/api/v1/lineage/batch", body.replace(b"]", rb', "\ud83d"]'))[0] == 400
