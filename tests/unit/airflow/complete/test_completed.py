"""What the provider leaves out of an event is added to it, and nothing that stands there is lost."""

from clew_airflow.complete import completed
from tests.unit.airflow.complete.told_events import dag_event, event, in_git, nowhere, task_event


def test_what_was_handed_over_does_not_leave_the_process():
    assert "clew" not in completed(task_event({"params": {"a": 1}}), nowhere)["run"]["facets"]


def test_facets_of_the_provider_win():
    theirs = {"url": "theirs"}
    given = task_event({"source_code": {"language": "python", "code": "ours"}})
    given["job"]["facets"] = {"sourceCodeLocation": theirs, "sourceCode": theirs}
    facets = completed(given, in_git)["job"]["facets"]
    assert facets["sourceCodeLocation"] == facets["sourceCode"] == theirs


def test_assets_join_inputs_and_outputs():
    found = completed(task_event({"inputs": [{"uri": "s3://b/k"}], "outputs": [{"uri": "s3://b/l"}]}), nowhere)
    assert [d["name"] for d in found["inputs"]] == ["k"]
    assert [d["name"] for d in found["outputs"]] == ["l"]


def test_a_start_after_a_deferral_only_says_that_the_task_runs():
    assert completed(task_event({"told": {"resumed": True}}), nowhere)["eventType"] == "RUNNING"
    assert completed(task_event({"told": {"resumed": None}}), nowhere)["eventType"] == "START"


def test_the_end_of_a_task_that_was_deferred_stays_its_end():
    assert completed(task_event({"told": {"resumed": True}}, kind="COMPLETE"), nowhere)["eventType"] == "COMPLETE"


def test_the_event_that_was_given_is_not_changed():
    given = dag_event({"conf": {"a": 1}}, {"params": {"b": 2}})
    copy = dag_event({"conf": {"a": 1}}, {"params": {"b": 2}})
    completed(given, nowhere)
    assert given == copy


def test_an_event_of_another_kind_passes():
    assert completed(event({}), nowhere)["run"]["facets"] == {}
