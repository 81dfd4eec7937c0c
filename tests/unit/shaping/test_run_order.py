"""For Marquez the last event that arrives wins, so none may come after its run's end."""

from __future__ import annotations

import pytest

from ._events import A, Memory, event, facet, play


def kinds(sent):
    return [e["eventType"] for e in sent]


@pytest.mark.parametrize("late", ["START", "RUNNING", "OTHER", "start"])
def test_what_comes_after_the_end_and_tells_nothing_new_is_not_sent(late):
    memory = Memory()
    memory.shape(event("START"))
    memory.shape(event("COMPLETE"))
    assert memory.shape(event(late, at="2026-01-01T01:00:45Z")) == ()
    assert "came after its end" in memory.warnings[-1]


def test_a_run_that_is_sent_again_is_nothing_that_anybody_must_hear_of():
    memory = Memory()
    stream = (event("START"), event("COMPLETE"))
    assert [len(memory.shape(one)) for one in stream * 2] == [1, 1, 0, 1]
    assert memory.warnings == []


def test_what_comes_after_the_end_with_news_is_sent_as_the_end_with_the_news():
    (*_, again) = play(event("START"), event("FAIL"), event("RUNNING", inputs=[A], job_facets={"sql": facet(query="select 1")}))
    assert (again["eventType"], again["eventTime"]) == ("FAIL", "2026-01-01T01:00:30Z")
    assert again["inputs"][0]["name"] == "a"
    assert again["job"]["facets"]["sql"]["query"] == "select 1"


def test_a_second_end_is_sent_since_the_last_one_is_true():
    assert kinds(play(event("START"), event("COMPLETE"), event("FAIL"))) == ["START", "COMPLETE", "FAIL"]


def test_events_between_start_and_end_do_not_move_the_start():
    (_, running, again) = play(event("START"), event("RUNNING"), event("OTHER"))
    assert (running["eventTime"], again["eventTime"]) == ("2026-01-01T01:00:00.000001Z", "2026-01-01T01:00:00.000002Z")
    assert running["run"]["facets"]["clew_eventTime"]["eventTime"] == "2026-01-01T01:00:10Z"


def test_a_second_start_does_not_move_the_start():
    (_, again) = play(event("START"), event("START", at="2026-01-01T01:30:00Z"))
    assert again["eventTime"] == "2026-01-01T01:00:00.000001Z"


def test_an_end_keeps_its_own_time():
    (_, complete) = play(event("START"), event("COMPLETE"))
    assert complete["eventTime"] == "2026-01-01T01:00:30Z"


def test_a_start_that_is_first_heard_after_the_end_is_sent_directly_before_the_end():
    assert kinds(play(event("COMPLETE"), event("START"))) == ["COMPLETE", "START", "COMPLETE"]


def test_what_the_end_told_is_not_replaced_by_what_came_late():
    (*_, again) = play(
        event("COMPLETE", job_facets={"sql": facet(query="end")}), event("OTHER", inputs=[A], job_facets={"sql": facet(query="late")})
    )
    assert again["job"]["facets"]["sql"]["query"] == "end"
