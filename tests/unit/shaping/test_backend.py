"""What the backend's answers tell of what the outbox knows nothing of."""

from __future__ import annotations

import pytest

from clew.shaping import Known, known_dataset, known_job, known_run, shape

from ._events import A, B, event, names, run_id

DATASET = {**B, "description": "what it is", "fields": [{"name": "id", "type": "int", "tags": [], "description": None}], "facets": {}}
RUN = {"id": run_id(1), "state": "COMPLETED", "startedAt": "2026-01-01T01:00:00Z", "endedAt": "2026-01-01T01:00:30Z", "facets": {}}
JOB = {
    "namespace": "ns", "name": "job", "description": "what it does", "location": "https://example.org", "inputs": [A], "outputs": [B],
    "latestRun": RUN, "facets": {},
}  # fmt: skip


@pytest.mark.parametrize("make", [known_dataset, known_job, known_run])
def test_nothing_is_known_of_what_the_backend_has_not(make):
    assert make(None) is None


def test_edges_description_and_place_of_the_code_are_known_from_the_job():
    (sent,) = shape(event("START", run=2), Known(job=known_job(JOB))).events
    assert names(sent) == (["a"], ["b"])
    assert sent["job"]["facets"]["documentation"]["description"] == "what it does"
    assert sent["job"]["facets"]["sourceCodeLocation"]["url"] == "https://example.org"


def test_schema_and_description_are_known_from_the_dataset():
    (sent,) = shape(event("START", run=2), Known(job=known_job(JOB, [DATASET]))).events
    facets = sent["outputs"][0]["facets"]
    assert (facets["documentation"]["description"], facets["schema"]["fields"]) == ("what it is", [{"name": "id", "type": "int"}])
    assert known_dataset(DATASET).facets == facets


def test_after_an_older_run_the_newest_that_the_backend_has_is_sent_again():
    newest = {**RUN, "id": run_id(5), "startedAt": "2026-01-01T05:00:00Z", "endedAt": "2026-01-01T05:30:00Z"}
    known = Known(job=known_job({**JOB, "latestRun": newest}, [DATASET]))
    _, again = shape(event("COMPLETE", run=2), known).events
    assert (again["eventType"], again["eventTime"], again["run"]["runId"]) == ("COMPLETE", "2026-01-01T05:30:00Z", run_id(5))
    assert names(again) == (["a"], ["b"])


def test_a_run_that_the_backend_has_finished_stays_finished():
    assert shape(event("RUNNING"), Known(run=known_run({**RUN, "startedAt": "2026-01-01T01:00:00Z"}))).events[0]["eventType"] == "COMPLETE"


def test_a_parent_that_the_backend_has_is_not_started():
    parent = {"run": {"runId": run_id(1)}, "job": {"namespace": "ns", "name": "dag"}}
    shaped = shape(event("START", run=2, parent=parent), Known(parent_run=known_run({**RUN, "state": "RUNNING", "jobVersion": None})))
    assert len(shaped.events) == 1


def test_a_newest_run_whose_outputs_are_known_by_name_alone_is_not_sent_again():
    assert known_job(JOB).latest is None


def test_a_running_parent_that_the_backend_has_is_named_below_its_own_parent():
    grand = {"run": {"runId": run_id(9)}, "job": {"namespace": "ns", "name": "dag.task"}}
    running = known_run({**RUN, "state": "RUNNING", "jobVersion": None, "facets": {"parent": grand}})
    parent = {"run": {"runId": run_id(1)}, "job": {"namespace": "ns", "name": "dbt"}}
    (child,) = shape(event("START", run=2, parent=parent), Known(parent_run=running)).events
    assert child["run"]["facets"]["parent"]["job"]["name"] == "dag.task.dbt"
