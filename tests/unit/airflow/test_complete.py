"""What the provider leaves out arrives as standard facets."""

from clew.code import Code
from clew_airflow.complete import completed

CODE = Code(
    kind="git", url="https://git/dags/blob/HEAD/load.py#abc", repository="https://git/dags", path="load.py", commit="c0ffee", branch="main"
)


def nowhere(file, **known):
    return None


def in_git(file, **known):
    return CODE


def dag_event(dag_run=None, dag=None, **facets):
    return event({"airflowDagRun": {"dag": {"fileloc": "/dags/load.py", **(dag or {})}, "dagRun": dag_run or {}}, **facets})


def task_event(handed_over=None, dag_run=None, task=None, **facets):
    airflow = {"dag": {"fileloc": "/dags/load.py"}, "dagRun": dag_run or {}, "taskInstance": task or {}}
    return event({"airflow": airflow, "clew": handed_over or {}, **facets})


def event(run_facets):
    return {"run": {"runId": "r", "facets": run_facets}, "job": {"namespace": "airflow", "name": "load"}}


def parameters(found):
    return {p["key"]: p["value"] for p in found["run"]["facets"]["executionParameters"]["parameters"]}


def tags(found):
    return {t["key"]: t["value"] for t in found["run"]["facets"]["tags"]["tags"]}


def test_a_dag_run_tells_its_params_with_what_conf_sets():
    found = completed(dag_event({"conf": {"day": "mon"}}, {"params": {"day": "sun", "currency": "EUR"}}), nowhere)
    assert parameters(found) == {"day": "mon", "currency": "EUR"}


def test_a_task_tells_its_resolved_params():
    found = completed(task_event({"params": {"currency": "EUR", "limits": [1, 2]}}, {"conf": {"day": "mon"}}), nowhere)
    assert parameters(found) == {"day": "mon", "currency": "EUR", "limits": "[1,2]"}


def test_a_run_without_parameters_has_no_facet_for_them():
    assert "executionParameters" not in completed(task_event(), nowhere)["run"]["facets"]


def test_a_dag_run_tells_its_version_and_bundle():
    run = {"dag_version_number": 3, "dag_version_id": "v", "dag_bundle_name": "dags", "dag_bundle_version": "c0ffee"}
    assert tags(completed(dag_event(run), nowhere)) == {
        "dag_version": "3",
        "dag_version_id": "v",
        "dag_bundle": "dags",
        "dag_bundle_version": "c0ffee",
    }


def test_a_task_tells_the_version_that_only_its_own_process_knows():
    found = completed(task_event({"dag_version_id": "v"}, task={"dag_bundle_name": "dags"}), nowhere)
    assert tags(found) == {"dag_version_id": "v", "dag_bundle": "dags"}


def test_tags_of_others_are_kept():
    theirs = {"tags": [{"key": "team", "value": "till", "source": "USER"}]}
    assert tags(completed(dag_event({"dag_version_number": 1}, tags=theirs), nowhere)) == {"team": "till", "dag_version": "1"}


def test_what_was_handed_over_does_not_leave_the_process():
    assert "clew" not in completed(task_event({"params": {"a": 1}}), nowhere)["run"]["facets"]


def test_a_job_tells_where_its_code_stands():
    location = completed(task_event(), in_git)["job"]["facets"]["sourceCodeLocation"]
    told = {k: v for k, v in location.items() if not k.startswith("_")}
    assert told == {
        "type": "git",
        "url": CODE.url,
        "repoUrl": "https://git/dags",
        "path": "load.py",
        "version": "c0ffee",
        "branch": "main",
    }


def test_a_new_dag_version_is_a_new_version_of_the_dags_job():
    def url(number):
        return completed(dag_event({"dag_version_number": number}), in_git)["job"]["facets"]["sourceCodeLocation"]["url"]

    assert url(1) != url(2)


def test_the_bundles_repository_and_version_help_to_find_the_code():
    asked = {}

    def remember(file, **known):
        asked.update(known, file=str(file))

    completed(task_event({"repository": "https://git/dags"}, task={"dag_bundle_version": "c0ffee"}), remember)
    assert asked == {"file": "/dags/load.py", "repository": "https://git/dags", "commit": "c0ffee"}


def test_facets_of_the_provider_win():
    theirs = {"url": "theirs"}
    given = task_event()
    given["job"]["facets"] = {"sourceCodeLocation": theirs}
    assert completed(given, in_git)["job"]["facets"]["sourceCodeLocation"] == theirs


def test_assets_join_inputs_and_outputs():
    found = completed(task_event({"inputs": [{"uri": "s3://b/k"}], "outputs": [{"uri": "s3://b/l"}]}), nowhere)
    assert [d["name"] for d in found["inputs"]] == ["k"]
    assert [d["name"] for d in found["outputs"]] == ["l"]


def test_the_event_that_was_given_is_not_changed():
    given = dag_event({"conf": {"a": 1}}, {"params": {"b": 2}})
    copy = dag_event({"conf": {"a": 1}}, {"params": {"b": 2}})
    completed(given, nowhere)
    assert given == copy


def test_an_event_of_another_kind_passes():
    assert completed(event({}), nowhere)["run"]["facets"] == {}
