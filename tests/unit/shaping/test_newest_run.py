"""For Marquez the run that arrives last is the job's current one, so after an older run's end the newest is sent again."""

from __future__ import annotations

import pytest

from ._events import A, B, event, facet, play, run_id


def runs(sent):
    return [(e["run"]["runId"], e["eventType"]) for e in sent]


@pytest.mark.parametrize("newest", ["COMPLETE", "FAIL", "START"])
def test_after_the_end_of_an_older_run_the_newest_is_sent_again(newest):
    sent = play(event(newest, run=5), event("START", run=2), event("COMPLETE", run=2))
    assert runs(sent)[1:] == [(run_id(2), "START"), (run_id(2), "COMPLETE"), (run_id(5), newest)]


def test_the_newest_run_comes_with_its_own_datasets():
    sent = play(event("COMPLETE", run=5, inputs=[A], outputs=[B]), event("COMPLETE", run=2, inputs=[B]))
    assert ([d["name"] for d in sent[-1]["inputs"]], [d["name"] for d in sent[-1]["outputs"]]) == (["a"], ["b"])


def test_runs_that_were_under_way_together_are_not_sent_again():
    first, second = event("START", run=1), event("START", run=1, at="2026-01-01T01:00:10Z")
    second["run"]["runId"] = run_id(9)
    assert len(play(first, second, event("COMPLETE", run=1))) == 3


def test_history_that_comes_oldest_first_is_sent_once():
    stream = [event(kind, run=n) for n in (1, 2, 3) for kind in ("START", "COMPLETE")]
    assert len(play(*stream)) == len(stream)


def test_an_older_run_does_not_replace_what_is_known_of_its_datasets():
    def schema(column):
        return {**B, "facets": {"schema": facet(fields=[{"name": column, "type": "int"}])}}

    (*_, start) = play(
        event("COMPLETE", run=5, outputs=[schema("new")]),
        event("COMPLETE", run=2, outputs=[schema("old")]),
        event("START", run=6, outputs=[B]),
    )
    assert start["outputs"][0]["facets"]["schema"]["fields"][0]["name"] == "new"


def test_a_newest_run_whose_schemas_are_too_large_to_remember_is_not_sent_again():
    wide = {**B, "facets": {"schema": facet(fields=[{"name": f"column {n}", "type": "x" * 100} for n in range(900)])}}
    assert runs(play(event("COMPLETE", run=5, outputs=[wide]), event("COMPLETE", run=2)))[1:] == [(run_id(2), "COMPLETE")]
