"""Marquez names a job below its parent, which must be there first, under the name that the child gives it."""

from __future__ import annotations

from ._events import Memory, event, keys, parent, play, run_id


def test_an_unseen_parent_is_started_before_its_child():
    first, child = play(event("FAIL", run=2, job="task", namespace="dbt", parent=parent(1, "dag")))
    assert (first["eventType"], first["run"]["runId"], first["job"]["namespace"], first["job"]["name"]) == ("START", run_id(1), "ns", "dag")
    assert child["eventType"] == "FAIL"


def test_a_parent_is_started_once():
    children = [event("START", run=n, job="task", parent=parent(1, "dag")) for n in (2, 3)]
    assert [e["run"]["runId"] for e in play(*children)] == [run_id(1), run_id(2), run_id(3)]


def test_a_parent_that_was_sent_is_not_started_again():
    assert len(play(event("START", run=1, job="dag"), event("START", run=2, job="task", parent=parent(1, "dag")))) == 2


def test_the_parents_own_start_says_when_it_began():
    child = event("START", run=2, job="task", parent=parent(1, "dag"))
    (*_, late, running) = play(
        child, event("START", run=1, job="dag", at="2026-01-01T03:00:00Z"), event("RUNNING", run=1, job="dag", at="2026-01-01T04:00:00Z")
    )
    assert late["eventTime"] == "2026-01-01T03:00:00Z"
    assert running["eventTime"] == "2026-01-01T03:00:00.000001Z"


def test_a_started_parent_keeps_its_jobs_edges_and_description():
    described = {"documentation": {"_producer": "p:", "_schemaURL": "s:", "description": "what it is"}}
    dag = event("COMPLETE", run=1, job="dag", job_facets=described, inputs=[{"namespace": "n", "name": "a"}])
    (_, start, _) = play(dag, event("START", run=3, job="task", parent=parent(2, "dag")))
    assert start["job"]["facets"] == described
    assert start["inputs"][0]["name"] == "a"


def test_a_child_names_its_parent_as_marquez_does():
    stream = (
        event("START", run=1, job="dag.task"),
        event("START", run=2, job="dbt", parent=parent(1, "dag.task")),
        event("START", run=3, job="model", parent=parent(2, "dbt")),
    )
    assert play(*stream)[-1]["run"]["facets"]["parent"]["job"]["name"] == "dag.task.dbt"


def test_a_run_has_one_parent_for_good():
    start = event("START", run=2, job="task", parent=parent(1, "dag"))
    without, other = event("RUNNING", run=2, job="task"), event("FAIL", run=2, job="task", parent=parent(9, "other"))
    (_, _, running, fail) = play(start, without, other)
    assert running["run"]["facets"]["parent"]["job"]["name"] == "dag"
    assert fail["run"]["facets"]["parent"]["run"]["runId"] == run_id(1)


def test_a_run_is_never_its_own_parent():
    memory = Memory()
    (sent,) = memory.shape(event("START", run=1, parent=parent(1, "job")))
    assert "parent" not in sent["run"]["facets"]
    assert "its own parent" in memory.warnings[0]


def test_a_parent_whose_id_is_no_uuid_is_left_to_marquez_which_gives_it_one():
    one = parent(1, "dag")
    one["run"]["runId"] = "manual__1"
    assert len(play(event("START", run=2, parent=one))) == 1


def test_a_job_is_asked_for_by_its_name_in_marquez():
    assert keys(event("START", job="task", parent=parent(1, "dag"))).shown == ("ns", "dag.task")
    assert keys(event("START", job="dag.task", parent=parent(1, "dag"))).shown == ("ns", "dag.task")
    assert keys(event("START", job="task")).shown == ("ns", "task")
