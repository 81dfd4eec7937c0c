from __future__ import annotations

from tests.unit.server.conftest import dataset, run_id


def test_a_deleted_job_is_gone_until_an_event_names_it_again(backend):
    backend.run("COMPLETE", outputs=(dataset("out"),))
    assert backend.call("DELETE", "/api/v1/namespaces/ns/jobs/job")[0] == 200
    assert backend.call("GET", "/api/v1/namespaces/ns/jobs/job")[0] == 404
    assert backend.graph("dataset:db:out").keys() == {"dataset:db:out"}
    backend.run("START", "07:00", run="2")
    assert backend.job()["latestRun"]["state"] == "RUNNING"


def test_a_deleted_namespace_takes_its_jobs_and_datasets_along(backend):
    backend.run("COMPLETE", outputs=(dataset("out", namespace="ns"),))
    backend.call("DELETE", "/api/v1/namespaces/ns")
    assert backend.get("namespaces", "ns")["isHidden"] is True
    assert backend.call("GET", "/api/v1/namespaces/ns/datasets/out")[0] == 404
    assert backend.get("jobs")["jobs"] == []


def test_a_tag_is_given_and_taken(backend):
    backend.run("COMPLETE", outputs=(dataset("out", columns=("id",)),))
    for path in ("namespaces/db/datasets/out", "namespaces/db/datasets/out/fields/id", "namespaces/ns/jobs/job"):
        assert backend.call("POST", f"/api/v1/{path}/tags/GOLD")[0] == 200
    found = backend.dataset("out")
    assert (found["tags"], found["fields"][0]["tags"], backend.job()["tags"]) == (["GOLD"], ["GOLD"], ["GOLD"])
    backend.call("DELETE", "/api/v1/namespaces/db/datasets/out/tags/GOLD")
    assert backend.dataset("out")["tags"] == []


def test_a_run_lives_without_events(backend):
    backend.run("COMPLETE")
    new = {"id": run_id("7"), "nominalStartTime": "2026-03-02T06:00:00Z", "args": {"k": "v"}}
    assert backend.call("POST", "/api/v1/namespaces/ns/jobs/job/runs", new)[0] == 201
    assert backend.call("POST", "/api/v1/namespaces/ns/jobs/job/runs", new)[0] == 400
    backend.call("POST", f"/api/v1/jobs/runs/{run_id('7')}/start?at=2026-03-02T06:01:00Z")
    _, ended = backend.call("POST", f"/api/v1/jobs/runs/{run_id('7')}/fail?at=2026-03-02T06:03:00Z")
    assert (ended["state"], ended["durationMs"], ended["args"]) == ("FAILED", 120_000, {"k": "v"})


def test_a_change_without_what_it_needs_is_refused_with_its_place(backend):
    status, problem = backend.call("PUT", "/api/v1/namespaces/ns", {})
    assert (status, "ownerName" in problem["message"]) == (422, True)
    assert backend.call("GET", "/api/v1/namespaces/ns")[0] == 404


def test_changes_are_logged_but_are_no_events(backend):
    backend.call("PUT", "/api/v1/namespaces/ns", {"ownerName": "me"})
    assert backend.get("events", "lineage")["totalCount"] == 0
    with backend.store.read() as db:
        assert [r["kind"] for r in db._connection.execute("SELECT kind FROM event")] == ["CHANGE"]
