from __future__ import annotations

import json
from datetime import datetime, timezone

import pytest

from clew.answers.runs import (
    LOWEST_BAR,
    Cause,
    Failure,
    Parent,
    Ref,
    Run,
    State,
    parameters,
    particulars,
    read_run,
    run,
    runs,
    state,
    strip,
    versions,
)
from clew.marquez import Answer

from ._backend import marquez


def at(hour: int) -> datetime:
    return datetime(2026, 3, 2, hour, tzinfo=timezone.utc)


def test_a_run_tells_when_it_ran_and_for_how_long():
    told = run(
        {"id": "r", "state": "COMPLETED", "startedAt": "2026-03-02T06:00:00Z", "endedAt": "2026-03-02T07:00:00Z", "durationMs": 1500}
    )
    assert (told.state, told.started, told.ended, told.duration) == (State.COMPLETED, at(6), at(7), 1.5)


def test_a_task_that_failed_before_its_start_was_told_ran_when_airflow_says():
    told = {"started_at": "2026-03-02T06:00:00+00:00", "ended_at": "2026-03-02T06:00:04+00:00", "seconds": 4.5}
    one = run({"id": "r", "state": "FAILED", "endedAt": "2026-03-02T06:00:04Z", "facets": {"clew_airflow": told}})
    assert (one.started, one.duration) == (at(6), 4.5)


def test_its_nominal_time_comes_from_the_facet_before_marquez_arguments():
    facet = {"nominalTime": {"nominalStartTime": "2026-03-02T05:00:00Z"}}
    told = run({"id": "r", "facets": facet, "args": {"nominal_start_time": "2026-03-02T06:00Z", "nominal_end_time": "2026-03-02T07:00Z"}})
    assert (told.nominal_start, told.nominal_end) == (at(5), at(7))


def test_it_knows_the_run_that_it_is_part_of():
    told = run({"id": "r", "facets": {"parent": {"run": {"runId": "p"}, "job": {"namespace": "etl", "name": "dag"}}}})
    assert told.parent == Parent(run_id="p", job=Ref(namespace="etl", name="dag"))


def test_a_failure_has_its_message_and_trace():
    told = run({"id": "r", "facets": {"errorMessage": {"message": "boom", "stackTrace": "line 1", "programmingLanguage": "SQL"}}})
    assert told.failure == Failure(message="boom", trace="line 1", language="SQL")


def test_what_dbt_calls_an_end_is_told_where_it_is_no_success():
    def remark(**facets: object) -> str | None:
        return run({"id": "r", "facets": facets}).remark

    assert remark(clew_dbt={"status": "skipped"}) == "skipped"
    assert remark(clew_dbt={"status": "success"}) is None
    assert remark(clew_dbt={"status": "error"}, errorMessage={"message": "boom"}) == "boom"


def test_rows_and_bytes_come_from_the_statistics_of_what_it_wrote():
    written = {
        "datasetVersionId": {"namespace": "n", "name": "t", "version": "v"},
        "facets": {"outputStatistics": {"rowCount": 7, "size": 99}},
    }
    (touched,) = run({"id": "r", "outputDatasetVersions": [written]}).outputs
    assert (touched.ref, touched.rows, touched.size) == (Ref(namespace="n", name="t"), 7, 99)


def test_a_dataset_that_the_run_has_not_told_itself_is_marked():
    written = {"datasetVersionId": {"namespace": "n", "name": "t", "version": "v"}, "facets": {"clew_borrowed": {}}}
    (touched,) = run({"id": "r", "outputDatasetVersions": [written]}).outputs
    assert touched.borrowed


@pytest.mark.parametrize("facets", [None, [], "x", {"parent": "x", "errorMessage": ["x"], "nominalTime": 3}])
def test_facets_of_any_shape_leave_the_rest_readable(facets):
    told = run({"id": "r", "state": "FAILED", "facets": facets})
    assert (told.id, told.state, told.parent, told.failure) == ("r", State.FAILED, None, None)


def test_a_job_that_never_ran_has_no_runs():
    assert runs(None) == ()


def test_states_are_known_in_any_case_and_others_are_not():
    assert state("failed") is State.FAILED
    assert state("exploded") is None
    assert state(None) is None


def test_a_strip_is_oldest_first_and_as_high_as_runs_are_long():
    newest_first = [Run(id=i, state=State.COMPLETED, duration=d) for i, d in (("c", 5.0), ("b", 10.0), ("a", 0.1))]
    assert [(b.run.id, b.height) for b in strip(newest_first)] == [("a", LOWEST_BAR), ("b", 1.0), ("c", 0.5)]


def test_a_run_that_goes_on_stands_at_full_height_in_a_strip():
    assert [b.height for b in strip([Run(id="r", state=State.RUNNING)])] == [1.0]


def test_a_strip_shows_the_newest_runs():
    many = [Run(id=str(n), state=State.COMPLETED, duration=1) for n in range(20)]
    assert [b.run.id for b in strip(many, most=3)] == ["2", "1", "0"]


def test_parameters_are_the_standard_ones_and_the_conf_that_only_airflow_told():
    facets = {
        "executionParameters": {"parameters": [{"key": "day", "name": "day", "value": "2026-03-02"}]},
        "airflow": {"dagRun": {"conf": {"day": "another", "limit": 10}}},
    }
    told = parameters(Run(id="r", state=State.COMPLETED, facets=facets))
    assert [(f.name, f.value, f.origin) for f in told] == [("day", "2026-03-02", "executionParameters"), ("limit", 10, "dag_run.conf")]


def test_a_parameter_that_was_written_as_json_is_read():
    given = [{"name": "limits", "value": '{"rows": 5}'}, {"name": "pattern", "value": "[a-z"}]
    told = parameters(Run(id="r", state=State.COMPLETED, facets={"executionParameters": {"parameters": given}}))
    assert [f.value for f in told] == [{"rows": 5}, "[a-z"]


def test_versions_are_gathered_from_the_run_and_from_its_job():
    facets = {
        "processing_engine": {"name": "Airflow", "version": "3.3.2"},
        "tags": {"tags": [{"key": "dag_version", "value": "4"}, {"key": "image", "value": "load:1"}, {"key": "cost", "value": "low"}]},
    }
    told = versions(Run(id="r", state=State.COMPLETED, facets=facets), {"sourceCodeLocation": {"version": "9f31c2d"}})
    assert [(f.name, f.value) for f in told] == [("Airflow", "3.3.2"), ("Code", "9f31c2d"), ("dag_version", "4"), ("image", "load:1")]


def test_what_a_host_calls_a_run_is_told_in_its_words():
    facets = {"airflow": {"dagRun": {"run_id": "manual__1"}, "taskInstance": {"try_number": 2}}, "clew_dbt": {"status": "skipped"}}
    told = particulars(Run(id="r", state=State.COMPLETED, facets=facets))
    assert [(f.name, f.value) for f in told] == [("DAG run", "manual__1"), ("Try", "2"), ("dbt status", "skipped")]


def test_a_run_that_others_caused_names_each_once():
    load = {"job": {"namespace": "airflow", "name": "load"}, "run": {"runId": "l"}, "dependency_type": "IMPLICIT_ASSET_DEPENDENCY"}
    upstream = [load, load, {"job": {"namespace": "airflow", "name": "by hand"}}, {"run": {"runId": "of nothing"}}]
    told = run({"id": "r", "state": "COMPLETED", "facets": {"jobDependencies": {"upstream": upstream}}}).causes
    assert told == (Cause(job=Ref(namespace="airflow", name="load"), run_id="l"), Cause(job=Ref(namespace="airflow", name="by hand")))


def test_how_a_task_ran_is_told_in_airflows_words():
    own = {"tries": 3, "decorator": "@task.branch", "pool": "small", "queue": "fast", "queued_seconds": 1.25, "hostname": "worker-1"}
    facets = {"airflow": {"taskInstance": {"try_number": 2, "map_index": 0}}, "clew_airflow": {**own, "rendered_map_index": "at"}}
    told = particulars(Run(id="r", state=State.COMPLETED, facets=facets))
    assert [(f.name, f.value) for f in told] == [
        ("Operator", "@task.branch"),
        ("Try", "2 of 3"),
        ("Map index", 0),
        ("Mapped as", "at"),
        ("Pool", "small"),
        ("Queue", "fast"),
        ("Waited", "1.2 s in the queue"),
        ("Host", "worker-1"),
    ]


@pytest.mark.parametrize(("state", "told"), [("skipped", "skipped"), ("up_for_retry", "up_for_retry"), ("success", None), ("failed", None)])
def test_airflows_word_for_an_end_is_told_where_marquez_has_none(state, told):
    assert run({"id": "r", "state": "COMPLETED", "facets": {"clew_airflow": {"state": state}}}).remark == told


def test_a_run_that_does_not_tell_its_job_is_asked_for_in_another_way():
    upstream = {"runs": [{"job": {"namespace": "etl", "name": "load"}, "run": {"id": "r"}}]}
    backend = marquez(**{"jobs/runs/r": {"id": "r", "state": "RUNNING", "jobVersion": None}, "runlineage/upstream": upstream})
    found = read_run(backend, "r")
    assert found is not None
    assert found.job == Ref(namespace="etl", name="load")


def test_where_marquez_crashes_on_that_the_job_stays_unknown():
    crashed = Answer(status=500, body=json.dumps({"code": 500}).encode())
    found = read_run(marquez(**{"jobs/runs/r": {"id": "r", "state": "RUNNING"}, "runlineage/upstream": crashed}), "r")
    assert found is not None
    assert found.job is None


def test_there_is_no_run_of_another_id():
    assert read_run(marquez(), "r") is None
