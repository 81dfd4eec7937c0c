"""What the comparison with recorded answers lets pass, and what it does not."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from tests.conformance.compare import Sent, differences

RUN = "0176a8c2-fe01-7439-87e6-56a1a1b4029f"
OTHER = "f03277f6-bbc8-4fbb-ba2a-8d3d1d1d1d1d"
SENT = Sent(frozenset({RUN}), frozenset({datetime(2026, 3, 2, 6, tzinfo=timezone.utc)}))


def same(want, got, *, path="/api/v1/jobs", want_status=200, status=200):
    return not list(differences({"path": path, "status": want_status, "answer": want}, status, got, SENT))


def test_ids_that_were_sent_must_come_back():
    assert not same({"id": RUN}, {"id": OTHER})


def test_ids_of_the_backend_itself_only_have_to_be_equal_where_they_were_equal():
    fresh = "11111111-2222-3333-4444-555555555555"
    assert same({"a": OTHER, "b": OTHER}, {"a": fresh, "b": fresh})
    assert not same({"a": OTHER, "b": OTHER}, {"a": OTHER, "b": fresh})


def test_times_that_were_sent_are_compared_as_instants():
    assert same({"at": "2026-03-02T06:00:00Z"}, {"at": "2026-03-02T07:00:00+01:00"})
    assert not same({"at": "2026-03-02T06:00:00Z"}, {"at": "2026-03-02T06:00:01Z"})


def test_what_marquez_left_out_may_be_there():
    assert same({"description": None}, {"description": "orders"})
    assert not same({"description": "orders"}, {"description": None})


def test_where_marquez_crashed_any_proper_answer_will_do():
    assert same(None, {"sources": []}, want_status=500, status=200)
    assert not same(None, None, want_status=500, status=500)


@pytest.mark.parametrize(("key", "alike"), [("inputs", True), ("runs", False), ("jobs", False)])
def test_order_counts_where_it_means_something(key, alike):
    first, second = {"name": "a", "updatedAt": "2026-03-02T06:00:00Z", "startedAt": "2026-03-02T06:00:00Z"}, {"name": "b"}
    assert same({key: [first, second]}, {key: [second, first]}) is alike


def test_what_has_the_same_time_may_come_in_any_order():
    at = "2026-03-02T06:00:00Z"
    jobs = [{"name": n, "updatedAt": at} for n in "ab"]
    assert same({"jobs": jobs}, {"jobs": jobs[::-1]})
