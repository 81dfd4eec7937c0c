"""Marquez takes a job's edges from its last event, so no event goes without those that are known."""

from __future__ import annotations

from clew.shaping import Known, KnownJob, KnownRun, shape

from ._events import A, B, event, names, play


def test_a_start_that_tells_no_datasets_carries_those_of_the_jobs_last_run():
    (*_, start) = play(event("COMPLETE", run=1, inputs=[A], outputs=[B]), event("START", run=2))
    assert names(start) == (["a"], ["b"])


def test_a_fail_that_tells_no_datasets_carries_those_that_its_run_told():
    (*_, fail) = play(event("START", inputs=[A], outputs=[B]), event("FAIL"))
    assert names(fail) == (["a"], ["b"])


def test_the_datasets_of_a_runs_events_add_up():
    (*_, complete) = play(event("START", inputs=[A]), event("COMPLETE", outputs=[B]))
    assert names(complete) == (["a"], ["b"])


def test_what_a_run_tells_itself_is_never_mixed_with_what_the_last_run_told():
    (*_, complete) = play(event("COMPLETE", run=1, inputs=[A]), event("COMPLETE", run=2, inputs=[B]))
    assert names(complete) == (["b"], [])


def test_what_is_borrowed_says_so():
    (*_, start) = play(event("COMPLETE", run=1, inputs=[A], outputs=[B]), event("START", run=2))
    assert "clew_borrowed" in start["inputs"][0]["inputFacets"]
    assert "clew_borrowed" in start["outputs"][0]["outputFacets"]


def test_what_is_borrowed_is_not_remembered_as_told():
    after = shape(event("START", run=2), Known(job=KnownJob(inputs=(A,)))).known
    assert after.run.told["inputs"] == []


def test_a_job_that_ended_well_three_times_without_datasets_has_none_any_more():
    silent = [event("COMPLETE", run=n) for n in (2, 3, 4)]
    sent = play(event("COMPLETE", run=1, inputs=[A]), *silent, event("START", run=5))
    assert [names(e)[0] for e in sent] == [["a"], ["a"], ["a"], ["a"], []]


def test_a_failure_without_datasets_is_no_sign_that_the_job_has_none():
    sent = play(event("COMPLETE", run=1, inputs=[A]), *(event("FAIL", run=n) for n in range(2, 7)))
    assert names(sent[-1])[0] == ["a"]


def test_row_counts_are_told_once():
    counted = {**B, "outputFacets": {"outputStatistics": {"rowCount": 3}}}
    (*_, complete) = play(event("START", outputs=[counted]), event("COMPLETE"))
    assert "outputFacets" not in complete["outputs"][0]


def test_a_run_of_which_nothing_is_known_is_sent_as_it_is():
    (sent,) = shape(event("START"), Known(run=KnownRun())).events
    assert names(sent) == ([], [])
