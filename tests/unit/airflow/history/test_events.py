"""What a sync sends of a real Airflow's recorded past; the ids are those that its OpenLineage provider gave live."""

from __future__ import annotations

import json

import pytest

from clew import redaction
from clew.marquez import Answer
from clew_airflow import control
from clew_airflow.history.missing import CLEARED_UNSEEN
from clew_airflow.history.states import SHOWN
from clew_airflow.history.there import There
from tests.unit.airflow.history.recorded import Has, Recorded, answers, synced

DAG_RUN = "019cb624-f000-79f6-8afe-09c2731c5cde"
CLEARED = "019cb624-f000-773b-a5c9-531888d71469"
LIVE = {
    ("endings.fails", "019cb624-f000-728a-b8ed-b74b47ff891e"): "FAIL",
    ("endings.fails", "019cb624-f000-7171-bdf3-27b990dd6b33"): "FAIL",
    ("endings.works", "019cb624-f000-7260-a493-18c0ca0303ab"): "COMPLETE",
    ("endings.skips", "019cb624-f000-701d-b6b3-500f2c3457eb"): "COMPLETE",
    ("endings.second_try_works", "019cb624-f000-7ef8-be46-549b55011e56"): "FAIL",
    ("endings.second_try_works", "019cb624-f000-74ac-b705-bb2f99ddd802"): "COMPLETE",
    ("endings.second_try_works", "019cb624-f000-7e49-a82c-9a8ff933f0c8"): "COMPLETE",
    ("endings.group.mapped", "019cb624-f000-7c86-8b49-5a0a8bf00a82"): "COMPLETE",
    ("endings.group.mapped", "019cb624-f000-7951-a9c7-9ce4d76807ce"): "COMPLETE",
    ("reads_report", "01a204a3-1c77-7dcd-a5f0-d352bde028e5"): "COMPLETE",
    ("reads_report.read", "01a204a3-1c77-7185-83f6-3d2ccd60a054"): "COMPLETE",
    ("endings", DAG_RUN): "FAIL",
}
"""Job and run id of runs that the provider told live, with how they ended."""
IS_KILLED = "019cb624-f000-797d-867c-c72b0d7aecde"


@pytest.fixture(scope="module")
def sent():
    return synced(Recorded(answers()))[0]


def all_over(sent):
    """Return what a backend says of runs that it has to their end."""
    began = {e["run"]["runId"]: e["eventTime"] for e in sent if e["eventType"] == "START"}
    ended = [(e["run"]["runId"], e["eventType"]) for e in sent if e["eventType"] != "START"]
    return {run: There(SHOWN[kind], began[run]) for run, kind in ended}


def first(sent, job, kind="START"):
    return next(e for e in sent if e["job"]["name"] == job and e["eventType"] == kind)


def of(sent, job):
    return [(e["run"]["runId"], e["eventType"]) for e in sent if e["job"]["name"] == job]


@pytest.mark.parametrize(("job", "run"), LIVE)
def test_a_run_has_the_job_the_id_and_the_end_of_the_live_path(sent, job, run):
    assert [kind for e_run, kind in of(sent, job) if e_run == run] == ["START", LIVE[job, run]]


def test_times_are_those_of_airflow(sent):
    told = [(e["eventType"], e["eventTime"]) for e in sent if e["run"]["runId"] == "019cb624-f000-7260-a493-18c0ca0303ab"]
    assert told == [("START", "2026-11-22T19:01:52.556064+00:00"), ("COMPLETE", "2026-11-22T19:02:08.147944+00:00")]


def test_a_dag_run_comes_before_its_tasks_and_ends_after_them(sent):
    mine = [e for e in sent if e["job"]["name"].split(".")[0] == "endings"]
    assert (mine[0]["job"]["name"], mine[0]["eventType"]) == ("endings", "START")
    assert (mine[-1]["job"]["name"], mine[-1]["eventType"]) == ("endings", "FAIL")


def test_a_task_is_part_of_its_dag_run(sent):
    parent = first(sent, "endings.works")["run"]["facets"]["parent"]
    assert (parent["run"]["runId"], parent["job"]["name"], parent["root"]["run"]["runId"]) == (DAG_RUN, "endings", DAG_RUN)


def test_a_try_is_told_in_airflows_own_words_as_it_is_live(sent):
    start, end = (first(sent, "endings.works", kind)["run"]["facets"]["clew_airflow"] for kind in ("START", "COMPLETE"))
    assert (start["state"], end["state"]) == ("running", "success")
    known = {"try_number": 1, "tries": 1, "pool": "default_pool", "pool_slots": 1, "trigger_rule": "all_success", "run_type": "manual"}
    assert known.items() <= end.items()
    assert end["seconds"] >= 0
    assert end["queued_seconds"] >= 0
    assert end["hostname"]


def test_a_try_tells_the_arguments_of_its_callable(sent):
    told = [e["run"]["facets"]["executionParameters"]["parameters"] for e in sent if e["job"]["name"] == "endings.group.mapped"]
    assert {p["value"] for parameters in told for p in parameters if p["key"] == "op_kwargs.number"} == {"1", "2"}


def test_what_never_ran_is_aborted_with_airflows_own_state(sent):
    told = {
        job: first(sent, job, "ABORT")["run"]["facets"]["clew_airflow"]["state"] for job in ("endings.never_runs", "endings.not_chosen")
    }
    assert told == {"endings.never_runs": "upstream_failed", "endings.not_chosen": "skipped"}


@pytest.mark.parametrize("job", ["endings", "endings.works"])
def test_parameters_are_those_of_dag_and_conf(sent, job):
    (one,) = first(sent, job)["run"]["facets"]["executionParameters"]["parameters"]
    assert (one["key"], one["value"]) == ("currency", "USD")


def test_versions_of_dag_and_bundle_are_tags_of_the_run(sent):
    tags = {t["key"]: t["value"] for t in first(sent, "endings")["run"]["facets"]["tags"]["tags"]}
    assert tags == {"dag_version": "1", "dag_version_id": "01a204a2-a7a7-7b18-b346-0a4caa177881", "dag_bundle": "dags-folder"}


@pytest.mark.parametrize(
    ("job", "url"), [("endings", "file:///dags/past.py#blob-ee112e00a26b-v1"), ("endings.works", "file:///dags/past.py#blob-ee112e00a26b")]
)
def test_the_code_is_that_of_the_dags_version(sent, job, url):
    assert first(sent, job)["job"]["facets"]["sourceCodeLocation"]["url"] == url


def test_assets_are_datasets(sent):
    end = first(sent, "endings.works", "COMPLETE")
    assert [(d["namespace"], d["name"]) for d in end["inputs"]] == [("s3://shop", "orders.csv")]
    assert [(d["namespace"], d["name"]) for d in end["outputs"]] == [("s3://shop", "report.csv")]


def test_owner_documentation_tags_and_code_come_along(sent):
    told = first(sent, "endings.works")["job"]["facets"]
    assert told["ownership"]["owners"] == [{"name": "till-team"}]
    assert told["documentation"]["description"] == "Writes the report."
    assert [t["key"] for t in told["tags"]["tags"]] == ["shop"]
    assert told["sourceCode"]["sourceCode"] == "echo USD"


def test_a_run_that_an_asset_triggered_names_the_try_that_it_came_from(sent):
    (upstream,) = first(sent, "reads_report")["run"]["facets"]["jobDependencies"]["upstream"]
    assert (upstream["job"]["name"], upstream["run"]["runId"]) == ("endings.works", "019cb624-f000-7260-a493-18c0ca0303ab")


def test_the_end_of_a_dag_run_tells_how_its_tasks_ended(sent):
    states = first(sent, "endings", "FAIL")["run"]["facets"]["airflowState"]
    assert states["dagRunState"] == "failed"
    assert states["tasksState"]["never_runs"] == "upstream_failed"


def test_what_the_backend_has_is_not_sent_again(sent):
    everything = Has(all_over(sent))
    again, missing = synced(Recorded(answers()), everything)
    assert again == []
    assert missing.counts.there == len(everything.runs)


def test_a_run_that_the_backend_saw_begin_is_closed(sent):
    runs = all_over(sent)
    runs[IS_KILLED] = There("RUNNING", "2026-11-22T19:02:08.117830Z")
    (closing,), missing = synced(Recorded(answers()), Has(runs))
    assert (closing["run"]["runId"], closing["eventType"], closing["eventTime"]) == (IS_KILLED, "FAIL", "2026-11-22T19:02:09.505500+00:00")
    assert (missing.counts.new, missing.counts.closed) == (0, 1)


def test_a_cleared_dag_run_is_found_in_the_backend(sent):
    backend = Has({DAG_RUN: There("FAILED", "2026-11-22T19:01:51.175511Z"), CLEARED: There("FAILED", "2026-11-22T19:19:52.342680Z")})
    told = synced(Recorded(answers()), backend)[0]
    assert of(told, "endings") == []
    assert first(told, "endings.works")["run"]["facets"]["parent"]["run"]["runId"] == CLEARED


def test_a_dag_run_cleared_before_the_backend_first_saw_it_is_found_too():
    told = synced(Recorded(answers()), Has({CLEARED: There("RUNNING", "2026-11-22T19:19:52.342680Z")}))[0]
    assert of(told, "endings") == [(CLEARED, "FAIL")]


def test_a_dag_run_cleared_after_the_backend_saw_it_is_another_run():
    told, missing = synced(Recorded(answers()), Has({DAG_RUN: There("FAILED", "2026-11-22T19:01:51.175511Z")}))
    assert of(told, "endings") == [(CLEARED, "START"), (CLEARED, "FAIL")]
    assert "cleared" in " ".join(missing.counts.unknown)


def test_where_the_clear_number_cannot_be_known_the_summary_says_so():
    assert synced(Recorded(answers()))[1].counts.unknown[CLEARED_UNSEEN] == 1


def test_tries_are_asked_for_only_where_there_was_more_than_one():
    airflow = Recorded(answers())
    synced(airflow)
    asked = {path.split("/taskInstances/")[1] for path in airflow.asked if path.endswith("/tries")}
    assert "never_runs/tries" not in asked
    assert "read/tries" not in asked
    assert "second_try_works/tries" in asked


def test_secrets_in_conf_are_hidden_wherever_they_turn_up():
    text = json.dumps(answers()).replace('"conf": {"currency": "USD"}', '"conf": {"currency": "USD", "api_token": "geheim-4711"}')
    told = synced(Recorded(json.loads(text.replace("echo USD", "echo geheim-4711"))))[0]
    assert "geheim" not in json.dumps(told)
    assert first(told, "endings.works")["job"]["facets"]["sourceCode"]["sourceCode"] == "echo ***"


def test_what_airflow_3_0_has_rendered_is_not_sent_since_secrets_stand_in_it_in_clear():
    text = json.dumps(answers()).replace('"version": "3.3.2"', '"version": "3.0.6"').replace("echo USD", "echo geheim-of-a-connection")
    told, missing = synced(Recorded(json.loads(text)))
    assert "geheim" not in json.dumps(told)
    assert first(told, "endings.works", "COMPLETE")["outputs"]
    assert any("Airflow 3.0 has secrets in them in clear" in what for what in missing.counts.unknown)


def test_a_dag_that_has_gone_is_sent_with_what_its_runs_tell():
    gone = {ask: answer for ask, answer in answers().items() if "/dags/endings/details" not in ask}
    told, missing = synced(Recorded(gone))
    assert first(told, "endings.works", "COMPLETE")["outputs"]
    assert "ownership" not in first(told, "endings")["job"]["facets"]
    assert any("has gone" in what for what in missing.counts.unknown)


def test_what_this_user_may_not_read_is_left_out_and_named():
    hidden = {
        ask: Answer(status=403, body=b"{}") if "/assets" in ask or "/dagSources" in ask else answer for ask, answer in answers().items()
    }
    told, missing = synced(Recorded(hidden))
    assert "sourceCodeLocation" not in first(told, "endings")["job"]["facets"]
    assert first(told, "endings.works", "COMPLETE")["outputs"] == []
    assert missing._reader.rest.hidden == {"assets", "dagSources"}


def test_what_an_alias_became_is_written_by_its_task():
    airflow = answers()
    airflow["GET /api/v2/assets/aliases?limit=1"] = {"asset_aliases": [{"name": "report"}], "total_entries": 1}
    event = {
        "id": 7,
        "timestamp": "2026-11-22T19:02:08Z",
        "uri": "s3://shop/dynamic.csv",
        "source_task_id": "group.mapped",
        "source_map_index": 1,
    }
    run = "manual__2026-11-22T19%3A01%3A50.208415%2B00%3A00"
    airflow[f"GET /api/v2/assets/events?source_dag_id=endings&source_run_id={run}&limit=100"] = {"asset_events": [event]}
    told = synced(Recorded(airflow))[0]
    outputs = {
        e["run"]["facets"]["airflow"]["taskInstance"]["map_index"]: e["outputs"] for e in told if e["job"]["name"] == "endings.group.mapped"
    }
    assert [(d["namespace"], d["name"]) for d in outputs[1]] == [("s3://shop", "dynamic.csv")]
    assert outputs[0] == []


def test_what_must_not_leave_live_does_not_leave_with_history():
    place = {"redaction": redaction.of(["vars.currency", "source-code"], {})}
    told = synced(Recorded(answers()), place=place)[0]
    assert first(told, "endings.works")["job"]["facets"]["sourceCode"]["sourceCode"] == redaction.MASK
    (one,) = first(told, "endings")["run"]["facets"]["executionParameters"]["parameters"]
    assert (one["key"], one["value"]) == ("currency", redaction.MASK)


@pytest.mark.parametrize("rules", [["!endings"], ["!tag:shop"], ["reads_*"]])
def test_a_dag_that_is_not_collected_live_is_not_collected_from_history(rules):
    told = synced(Recorded(answers()), place={"choice": control.of(rules)})[0]
    assert {e["job"]["name"].split(".")[0] for e in told} == {"reads_report"}
