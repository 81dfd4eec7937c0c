"""Marquez forgets a description, an owner or a schema with the next event that lacks it, so none goes without what was told."""

from __future__ import annotations

import pytest

from ._events import A, B, event, facet, play

DESCRIBED = {"documentation": facet(description="what it is")}
SCHEMA = {"schema": facet(fields=[{"name": "id", "type": "int"}])}


@pytest.mark.parametrize("name", ["documentation", "ownership", "tags", "sourceCodeLocation", "jobType"])
def test_what_stays_true_of_a_job_comes_with_every_event_of_every_later_run(name):
    told = {name: facet(description="x", url="https://example.org", processingType="BATCH", integration="X", jobType="JOB")}
    (*_, start) = play(event("COMPLETE", run=1, job_facets=told), event("START", run=2))
    assert name in start["job"]["facets"]


def test_sql_is_of_one_run_since_it_may_be_rendered():
    sql = {"sql": facet(query="select '2026-01-01'")}
    sent = play(event("START", run=1, job_facets=sql), event("COMPLETE", run=1), event("START", run=2))
    assert ["sql" in e["job"]["facets"] for e in sent] == [True, True, False]


def test_the_end_of_a_run_has_the_dataset_facets_of_its_start():
    (*_, complete) = play(event("START", outputs=[{**B, "facets": SCHEMA}]), event("COMPLETE", outputs=[B]))
    assert complete["outputs"][0]["facets"] == SCHEMA


def test_the_start_of_a_run_has_the_dataset_facets_of_the_jobs_last_run():
    (*_, start) = play(event("COMPLETE", run=1, outputs=[{**B, "facets": SCHEMA}]), event("START", run=2))
    assert start["outputs"][0]["facets"] == SCHEMA


def test_what_one_job_told_of_a_dataset_comes_with_the_events_of_another():
    writer = event("COMPLETE", run=1, job="writer", outputs=[{**B, "facets": DESCRIBED}])
    (*_, reader) = play(writer, event("START", run=2, job="reader", inputs=[B]))
    assert reader["inputs"][0]["facets"] == DESCRIBED


def test_a_lifecycle_change_is_of_one_run():
    dropped = {"lifecycleStateChange": facet(lifecycleStateChange="DROP")}
    sent = play(event("START", run=1, outputs=[{**B, "facets": dropped}]), event("COMPLETE", run=1), event("START", run=2, outputs=[B]))
    assert ["lifecycleStateChange" in e["outputs"][0]["facets"] for e in sent] == [True, True, False]


def test_what_is_told_anew_replaces_what_was_told():
    other = {"documentation": facet(description="something else")}
    sent = play(event("COMPLETE", run=1, job_facets=DESCRIBED), event("START", run=2, job_facets=other), event("COMPLETE", run=2))
    assert [e["job"]["facets"]["documentation"]["description"] for e in sent] == ["what it is", "something else", "something else"]


def test_an_older_run_tells_nothing_of_the_job_as_it_is_now():
    old = {"documentation": facet(description="as it was")}
    sent = play(event("COMPLETE", run=5, job_facets=DESCRIBED, inputs=[A]), event("COMPLETE", run=1, job_facets=old), event("START", run=6))
    assert sent[-1]["job"]["facets"] == DESCRIBED
