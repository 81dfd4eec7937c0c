"""What the setting `redact` names does not leave in Airflow's events."""

from __future__ import annotations

import json

from clew import facets, redaction
from clew_airflow.redact import redacted

PARAMS = {"customer": "O'Brien", "days": 7, "filter": {"region": "north-west"}}


def event(**job_facets):
    run_facets = {
        "executionParameters": facets.execution_parameters(PARAMS),
        "airflow": {"dag": {"dag_id": "load"}, "dagRun": {"conf": {"customer": "O'Brien"}}},
        "errorMessage": facets.error_message("duplicate key of O'Brien", "PYTHON"),
    }
    return {"run": {"runId": "r", "facets": run_facets}, "job": {"namespace": "airflow", "name": "load.O'Brien", "facets": job_facets}}


def told(rules, **job_facets):
    return redacted(event(**job_facets), redaction.of(rules, {}))


def parameters(told):
    return {p["name"]: p["value"] for p in told["run"]["facets"]["executionParameters"]["parameters"]}


def test_without_rules_all_is_told():
    assert told([]) == event()


def test_values_of_params_are_hidden_wherever_they_turn_up():
    found = told(["vars"], sql=facets.sql("SELECT 1 WHERE c = 'O''Brien' AND r = 'north-west'", "postgres"))
    assert parameters(found) == {"customer": "***", "days": "***", "filter": "***"}
    assert found["run"]["facets"]["airflow"]["dagRun"]["conf"] == {"customer": "***"}
    assert found["run"]["facets"]["errorMessage"]["message"] == "duplicate key of ***"
    assert found["job"]["facets"]["sql"]["query"] == "SELECT 1 WHERE c = '***' AND r = '***'"


def test_names_of_jobs_stay():
    assert told(["vars"])["job"]["name"] == "load.O'Brien"


def test_one_param_is_hidden_by_its_name():
    assert parameters(told(["vars.cust*"])) == {
        "customer": "***",
        "days": "7",
        "filter": json.dumps(PARAMS["filter"], separators=(",", ":")),
    }


def test_literals_go_from_sql_and_stay_elsewhere():
    found = told(["sql-literals"], sql=facets.sql("SELECT 1 FROM t WHERE c = 'x'"), sourceCode=facets.source_code("bash", "echo 'x' 1"))
    assert found["job"]["facets"]["sql"]["query"] == "SELECT ? FROM t WHERE c = '***'"
    assert found["job"]["facets"]["sourceCode"]["sourceCode"] == "echo 'x' 1"


def test_messages_and_source_code_go_whole():
    found = told(["messages", "source-code"], sourceCode=facets.source_code("python", "def f(): pass"))
    assert found["run"]["facets"]["errorMessage"]["message"] == "***"
    assert found["job"]["facets"]["sourceCode"] == facets.source_code("python", "***")


def test_the_value_of_a_param_named_as_a_secret_is_hidden_also_in_code_without_any_rule():
    secret = event(sourceCode=facets.source_code("bash", "login --with hunter2"))
    secret["run"]["facets"]["airflow"]["dagRun"]["conf"] = {"api_token": "hunter2"}
    assert redacted(secret, redaction.of([], {}))["job"]["facets"]["sourceCode"]["sourceCode"] == "login --with ***"
