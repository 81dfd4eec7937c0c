"""Where Marquez 0.51 answers wrongly, and what is right."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clew.server.store import Store
from tests.unit.server.conftest import FACET, Backend, dataset, made_of, run_id

READ, WRITTEN = dataset("in"), dataset("out")


@pytest.mark.parametrize("late", ["START", "RUNNING", "OTHER"])
def test_a_finished_run_stays_finished_whatever_arrives_late(backend, late):
    backend.run("START", "06:00")
    backend.run("COMPLETE", "06:05")
    backend.run(late, "06:01")
    assert backend.a_run()["state"] == "COMPLETED"
    assert backend.job()["latestRun"]["state"] == "COMPLETED"


def test_a_later_end_replaces_an_earlier_one(backend):
    backend.run("COMPLETE", "06:05")
    backend.run("FAIL", "06:06")
    assert backend.a_run()["state"] == "FAILED"


def test_an_end_that_is_older_than_the_known_one_arrives_too_late(backend):
    backend.run("FAIL", "06:06")
    backend.run("COMPLETE", "06:05")
    assert (backend.a_run()["state"], backend.a_run()["endedAt"]) == ("FAILED", "2026-03-02T06:06:00Z")


def test_a_run_starts_when_start_says(backend):
    backend.run("RUNNING", "06:01")
    backend.run("START", "06:00")
    backend.run("RUNNING", "06:02")
    assert backend.a_run()["startedAt"] == "2026-03-02T06:00:00Z"


def test_a_second_start_does_not_move_the_time_of_the_start(backend):
    backend.run("START", "06:00")
    backend.run("START", "06:02")
    assert backend.a_run()["startedAt"] == "2026-03-02T06:00:00Z"


def test_a_late_start_still_says_when_the_run_started(backend):
    backend.run("COMPLETE", "06:05")
    backend.run("START", "06:00")
    assert backend.a_run()["durationMs"] == 300_000


def test_what_a_failed_child_made_us_guess_of_its_parent_ends_when_the_parent_speaks(backend):
    backend.run("FAIL", "06:01", run="2", job="dag.task", parent=("dag", "1"))
    assert backend.a_run()["state"] == "FAILED"
    backend.run("START", "06:00", job="dag")
    assert (backend.a_run()["state"], backend.a_run()["endedAt"]) == ("RUNNING", None)


def test_in_lineage_an_old_run_that_is_told_late_is_not_the_latest(backend):
    backend.run("COMPLETE", "07:00", run="1", outputs=(dataset("made"),))
    backend.run("FAIL", "06:00", run="2", outputs=(dataset("made"),))
    assert backend.graph("job:ns:job")["job:ns:job"]["data"]["latestRun"]["id"] == run_id("1") == backend.job()["latestRun"]["id"]


def test_a_run_that_two_jobs_tell_of_shows_the_version_of_the_job_that_has_it(backend):
    backend.run("START", job="first")
    backend.run("COMPLETE", "06:05", job="second")
    assert backend.a_run()["jobVersion"]["name"] == "second"
    assert backend.job("first")["latestRun"] == backend.a_run()
    assert [r["id"] for r in backend.get("namespaces", "ns", "jobs", "first", "runs")["runs"]] == [run_id("1")]


def test_column_lineage_of_a_deleted_job_is_not_found(backend):
    backend.run("COMPLETE")
    backend.call("DELETE", "/api/v1/namespaces/ns/jobs/job")
    assert backend.call("GET", "/api/v1/column-lineage?nodeId=job:ns:job")[0] == 404


def test_in_lineage_the_latest_run_of_a_child_is_its_own(backend):
    backend.run("START", "06:00", job="dag")
    backend.run("COMPLETE", "06:01", run="2", job="dag.task", parent=("dag", "1"), outputs=(WRITTEN,))
    backend.run("FAIL", "06:02", job="dag")
    assert backend.graph("job:ns:dag.task")["job:ns:dag.task"]["data"]["latestRun"]["id"] == run_id("2")


def test_last_run_states_finds_failed_children(backend):
    backend.run("START", "06:00", job="dag")
    backend.run("FAIL", "06:01", run="2", job="dag.task", parent=("dag", "1"))
    backend.run("COMPLETE", "06:02", job="dag")
    assert [j["name"] for j in backend.get("jobs", lastRunStates="FAILED")["jobs"]] == ["dag.task"]


def test_inputs_and_outputs_of_a_run_add_up_over_its_events(backend):
    backend.run("START", "06:00", inputs=(READ,))
    backend.run("RUNNING", "06:01", inputs=(dataset("more"),))
    backend.run("COMPLETE", "06:02", outputs=(WRITTEN,))
    assert {d["name"] for d in backend.job()["inputs"]} == {"in", "more"}
    assert [d["name"] for d in backend.job()["outputs"]] == ["out"]


def test_a_table_of_which_a_run_made_two_versions_is_one_output_of_its_job(backend):
    backend.run("START", "06:00", outputs=(dataset("out", columns=("id",)),))
    backend.run("COMPLETE", "06:01", outputs=(dataset("out", columns=("id", "name")),))
    (listed,) = backend.get("jobs")["jobs"]
    assert len(listed["latestRun"]["outputDatasetVersions"]) == 2
    assert listed["outputs"] == backend.job()["outputs"] == [{"namespace": "db", "name": "out"}]


@pytest.mark.parametrize("type_", ["START", "RUNNING", "FAIL", "COMPLETE"])
def test_an_event_without_datasets_takes_no_edge_away(backend, type_):
    backend.run("COMPLETE", "06:00", inputs=(READ,), outputs=(WRITTEN,))
    backend.run(type_, "07:00", run="2")
    assert set(backend.graph("job:ns:job")) == {"job:ns:job", "dataset:db:in", "dataset:db:out"}


def test_descriptions_stay_until_others_come(backend):
    described = dataset("out", documentation={"description": "Orders"})
    backend.run("START", job_facets={"documentation": {"description": "Builds orders"}}, outputs=(described,))
    backend.run("COMPLETE", "06:01", outputs=(WRITTEN,))
    assert (backend.job()["description"], backend.dataset("out")["description"]) == ("Builds orders", "Orders")
    backend.run("START", "07:00", run="2", job_facets={"documentation": {"description": "Builds more"}})
    assert backend.job()["description"] == "Builds more"


def test_the_place_of_the_code_stays_until_another_comes_and_the_version_with_it(backend):
    place = {"sourceCodeLocation": {"type": "git", "url": "https://example.com/1"}}
    backend.run("COMPLETE", run="1", job_facets=place)
    backend.run("START", "06:05", run="2", job_facets=place)
    backend.run("COMPLETE", "06:10", run="2")
    first, second = (backend.a_run(run)["jobVersion"] for run in ("1", "2"))
    assert (second, backend.job()["location"]) == (first, "https://example.com/1")


def test_an_event_is_there_with_everything_that_follows_from_it_or_not_at_all(backend):
    with closing(sqlite3.connect(backend.store.path)) as other:
        other.execute("CREATE TRIGGER fault BEFORE INSERT ON job_io BEGIN SELECT RAISE(ABORT, 'fault'); END")
    with pytest.raises(AssertionError, match="'code': 500"):
        backend.run("COMPLETE", outputs=(WRITTEN,))
    assert backend.get("events", "lineage")["totalCount"] == 0
    assert [n["name"] for n in backend.get("namespaces")["namespaces"]] == ["default"]


@pytest.mark.parametrize(
    ("change", "status", "place"),
    [
        ({"eventTime": "yesterday"}, 400, "eventTime"),
        ({"eventTime": "9999-12-31T23:59:59-14:00"}, 400, "eventTime"),
        ({"eventTime": None}, 422, "eventTime"),
        ({"inputs": "nope"}, 400, "$.inputs"),
        ({"inputs": [{"namespace": "a"}]}, 422, "inputs[0].name"),
        ({"job": {"namespace": "bad", "name": "j", "facets": {"sql": {"query": "select 1"}}}}, 422, "job.facets.sql._producer"),
        ({"outputs": [{**dataset("x"), "facets": {"schema": {"fields": "nope"}}}]}, 400, "outputs[0].facets.schema"),
    ],
)
def test_bad_input_is_refused_with_its_place_and_leaves_nothing_behind(backend, change, status, place):
    event = {
        "eventType": "START", "eventTime": "2026-03-02T06:00:00Z", "producer": "p", "run": {"runId": run_id("1")},
        "job": {"namespace": "bad", "name": "j"},
    }  # fmt: skip
    answered, problem = backend.call("POST", "/api/v1/lineage", event | change)
    assert answered == status
    assert place in problem["message"]
    assert backend.get("events", "lineage") == {"events": [], "totalCount": 0}
    assert [n["name"] for n in backend.get("namespaces")["namespaces"]] == ["default"]


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b'"text"', b"{", b"\xff", b'{"a":' * 50_000, b'{"producer": "\\ud800"}'])
def test_what_is_no_event_is_refused(backend, body):
    assert backend.call("POST", "/api/v1/lineage", body)[0] in {400, 422}


def test_a_number_that_nobody_could_read_back_is_refused(backend):
    body = (
        b'{"eventTime":"2026-03-02T06:00:00Z","producer":"p","run":{"runId":"r","facets":{"f":1e999}},"job":{"namespace":"n","name":"j"}}'
    )
    assert backend.call("POST", "/api/v1/lineage", body)[0] == 400


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(namespace=st.text(st.characters(codec="utf-8"), max_size=20), name=st.text(st.characters(codec="utf-8"), max_size=20))
def test_any_namespace_and_name_is_storable(tmp_path, namespace, name):
    store = Store(tmp_path / "names.db")
    backend = Backend(store)
    backend.send({
        "eventType": "COMPLETE", "eventTime": "2026-03-02T06:00:00Z", "producer": "p", "run": {"runId": run_id("1")},
        "job": {"namespace": namespace, "name": name}, "inputs": [], "outputs": [{"namespace": namespace, "name": name}],
    })  # fmt: skip
    assert backend.get("namespaces", namespace, "jobs", name)["name"] == name
    assert backend.get("namespaces", namespace, "datasets", name)["namespace"] == namespace
    assert backend.get("jobs")["jobs"]
    store.close()


def test_a_dataset_is_found_in_the_graph_of_a_job_that_reads_it_now(backend):
    backend.run("COMPLETE", "06:00", job="reads", inputs=(dataset("raw"),))
    backend.run("COMPLETE", "06:01", run="2", job="has read", inputs=(dataset("raw"),))
    backend.run("COMPLETE", "06:02", run="3", job="has read", inputs=(dataset("other"),))
    assert backend.graph("dataset:db:raw").keys() == {"dataset:db:raw", "job:ns:reads"}


def test_a_node_id_is_found_however_its_names_hold_colons(backend):
    backend.run("COMPLETE", outputs=(dataset("2024:orders", namespace="postgres://db:5432"),))
    assert "job:ns:job" in backend.graph("dataset:postgres://db:5432:2024:orders")


def test_a_column_whose_name_holds_a_hash_is_none_at_a_version(backend):
    made = dataset("made", columns=("c#1",), columnLineage=made_of("raw", **{"c#1": "id"}))
    backend.run("COMPLETE", inputs=(dataset("raw", columns=("id",)),), outputs=(made,))
    found = backend.columns("datasetField:db:made:c#1", withDownstream="true")
    assert found["datasetField:db:made:c#1"] == {"datasetField:db:raw:id"}


def test_a_column_that_nobody_wrote_has_downstream_lineage(backend):
    stage = dataset("stage", columns=("x",), columnLineage=made_of("raw", x="id"))
    backend.run("COMPLETE", inputs=(dataset("raw", columns=("id",)),), outputs=(stage,))
    found = backend.columns("datasetField:db:raw:id", withDownstream="true")
    assert found["datasetField:db:stage:x"] == {"datasetField:db:raw:id"}


def test_what_is_behind_a_deleted_dataset_is_not_shown_without_it(backend):
    for run, (source, made) in enumerate((("raw", "stage"), ("stage", "mart")), 1):
        read, written = dataset(source, columns=("x",)), dataset(made, columns=("x",), columnLineage=made_of(source, x="x"))
        backend.run("COMPLETE", run=str(run), job=made, inputs=(read,), outputs=(written,))
    backend.call("DELETE", "/api/v1/namespaces/db/datasets/stage")
    assert backend.columns("dataset:db:mart") == {}


def test_columns_without_a_schema_have_lineage(backend):
    backend.run("COMPLETE", inputs=(dataset("raw"),), outputs=(dataset("stage", columns=("x",), columnLineage=made_of("raw", x="id")),))
    assert backend.columns("dataset:db:stage") == {"datasetField:db:raw:id": set(), "datasetField:db:stage:x": {"datasetField:db:raw:id"}}


def test_edges_of_column_lineage_follow_the_current_version(backend):
    raw = dataset("raw", columns=("a", "b"))
    backend.run("COMPLETE", "06:00", inputs=(raw,), outputs=(dataset("out", columns=("x",), columnLineage=made_of("raw", x="a")),))
    backend.run("COMPLETE", "07:00", run="2", inputs=(raw,), outputs=(dataset("out", columns=("x",), columnLineage=made_of("raw", x="b")),))
    assert backend.columns("dataset:db:out")["datasetField:db:out:x"] == {"datasetField:db:raw:b"}


def test_column_lineage_can_be_asked_as_it_was_at_a_version(backend):
    raw = dataset("raw", columns=("a", "b"))
    backend.run("COMPLETE", "06:00", inputs=(raw,), outputs=(dataset("out", columns=("x",), columnLineage=made_of("raw", x="a")),))
    version = backend.dataset("out")["currentVersion"]
    backend.run("COMPLETE", "07:00", run="2", inputs=(raw,), outputs=(dataset("out", columns=("x",), columnLineage=made_of("raw", x="b")),))
    (sources,) = [s for s in backend.columns(f"dataset:db:out#{version}").values() if s]
    assert [s.partition("#")[0] for s in sources] == ["datasetField:db:raw:a"]


def test_tags_facets_are_tags(backend):
    tags = [{"key": "gold", "value": "true", "source": "dbt"}, {"key": "pii", "value": "high", "field": "id"}]
    team = {"tags": {"tags": [{"key": "team", "value": "core", "source": "dbt"}]}}
    backend.run("COMPLETE", job_facets=team, outputs=(dataset("out", columns=("id",), tags={"tags": tags}),))
    found = backend.dataset("out")
    assert (found["tags"], found["fields"][0]["tags"], backend.job()["tags"]) == (["gold"], ["pii:high"], ["team:core"])


def test_the_next_tags_facet_replaces_its_tags_and_leaves_those_that_people_gave(backend):
    backend.run("COMPLETE", outputs=(dataset("out", tags={"tags": [{"key": "old"}]}),))
    backend.call("POST", "/api/v1/namespaces/db/datasets/out/tags/GIVEN")
    backend.run("COMPLETE", "07:00", run="2", outputs=(dataset("out", tags={"tags": [{"key": "new"}]}),))
    assert set(backend.dataset("out")["tags"]) == {"GIVEN", "new"}


def test_a_tags_facet_of_another_shape_does_no_harm(backend):
    backend.run("COMPLETE", outputs=(dataset("out", tags={"tags": "none"}),))
    assert backend.dataset("out")["facets"]["tags"] == {**FACET, "tags": "none"}


def test_the_nominal_start_time_is_filled(backend):
    backend.run("START", run_facets={"nominalTime": {"nominalStartTime": "2026-03-02T00:00:00Z"}})
    assert backend.a_run()["nominalStartTime"] == "2026-03-02T00:00:00Z"


def test_sources_answer(backend):
    backend.run("COMPLETE", outputs=(WRITTEN,))
    assert [(s["name"], s["connectionUrl"]) for s in backend.get("sources")["sources"]] == [("default", "")]


def test_the_runs_that_a_runs_inputs_came_from_are_told(backend):
    backend.run("COMPLETE", "06:00", outputs=(READ,))
    backend.run("COMPLETE", "07:00", run="2", job="next", inputs=(READ,))
    runs = backend.get("runlineage", "upstream", runId=run_id("2"))["runs"]
    assert [(r["job"]["name"], [i["producedByRunId"] for i in r["inputs"]]) for r in runs] == [("next", [run_id("1")]), ("job", [])]


def test_columns_that_only_unfinished_runs_wrote_show_what_those_told(backend):
    made = dataset("out", columns=("a",), columnLineage=made_of("in", a="a"))
    backend.run("COMPLETE", run="1", inputs=(dataset("in", columns=("a",)), dataset("out", columns=("a",))))
    backend.run("START", run="2", inputs=(dataset("in", columns=("a",)),), outputs=(made,))
    assert backend.columns("datasetField:db:out:a")["datasetField:db:out:a"] == {"datasetField:db:in:a"}
