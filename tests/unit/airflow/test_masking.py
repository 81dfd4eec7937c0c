"""Secrets are hidden by value and by name; what runs, jobs and datasets are found by stays."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew_airflow.masking import HIDDEN, Masker, masked

SECRET = "geheim123"
MASKER = Masker(text=lambda text: text.replace(SECRET, HIDDEN), is_secret_name=lambda name: bool(re.search("password|token", name.lower())))


def event(run=None, job=None, **more):
    return {
        "eventType": "START",
        "eventTime": "2026-03-01T00:00:00Z",
        "producer": "p",
        "run": {"runId": "r", "facets": run or {}},
        "job": {"namespace": "n", "name": "j", "facets": job or {}},
        **more,
    }


def masked_run_facet(facet):
    return masked(event(run={"f": facet}), MASKER)["run"]["facets"]["f"]


@pytest.mark.parametrize(
    ("facet", "hidden"),
    [
        ({"query": f"connect with {SECRET}"}, {"query": "connect with ***"}),
        ({"conf": {"password": "x", "k": 1}}, {"conf": {"password": "***", "k": 1}}),
        ({"conf": {"password": 12345}}, {"conf": {"password": "***"}}),
        ({"conf": {"tokens": ["a", {"b": "c"}]}}, {"conf": {"tokens": ["***", {"b": "***"}]}}),
        ({"conf": {"password": None}}, {"conf": {"password": None}}),
        ({"parameters": [{"key": "db_password", "value": "x"}]}, {"parameters": [{"key": "db_password", "value": "***"}]}),
        ({"parameters": [{"name": "db_password", "value": "x"}]}, {"parameters": [{"name": "db_password", "value": "***"}]}),
        ({"dsn": "postgresql://me:pw@db/x"}, {"dsn": "postgresql://me:***@db/x"}),
        ({"dsn": "redis://:pw@db/x"}, {"dsn": "redis://:***@db/x"}),
        ({"link": "https://host:8080/a@b"}, {"link": "https://host:8080/a@b"}),
    ],
)
def test_a_secret_is_hidden(facet, hidden):
    assert masked_run_facet(facet) == hidden


def test_a_dict_of_another_class_is_looked_into():
    class Info(dict):
        pass

    assert masked_run_facet(Info(password="x")) == {"password": HIDDEN}


def test_a_secret_that_equals_a_namespace_renames_nothing():
    masker = Masker(text=lambda text: text.replace("airflow", HIDDEN), is_secret_name=lambda _: False)
    given_ = event(run={"parent": {"job": {"namespace": "airflow", "name": "airflow.dag"}}})
    given_["job"]["namespace"] = "airflow"
    assert masked(given_, masker) == given_ | {"inputs": [], "outputs": []}


def test_a_column_called_password_is_a_column():
    lineage = {"fields": {"password": {"inputFields": [{"namespace": "n", "name": "t", "field": "token"}]}}}
    schema = {"fields": [{"name": "password", "type": "text"}]}
    dataset = {"namespace": "n", "name": "t", "facets": {"columnLineage": lineage, "schema": schema}}
    assert masked(event(outputs=[dataset]), MASKER)["outputs"] == [dataset]


def test_a_task_called_get_token_is_a_task():
    state = {"tasksState": {"get_token": "success"}}
    tasks = {"tasks": {"get_token": {"operator": "BashOperator"}}}
    found = masked(event(run={"airflowState": state}, job={"airflow": tasks}), MASKER)
    assert found["run"]["facets"]["airflowState"] == state
    assert found["job"]["facets"]["airflow"] == tasks


def test_a_dataset_is_masked_too():
    dataset = {"namespace": "n", "name": "t", "facets": {"documentation": {"description": SECRET}}, "outputFacets": {"x": {"y": SECRET}}}
    found = masked(event(inputs=[dataset]), MASKER)["inputs"][0]
    assert found["facets"]["documentation"]["description"] == HIDDEN
    assert found["outputFacets"]["x"]["y"] == HIDDEN


def test_an_object_that_is_no_json_becomes_its_type():
    class Handler:
        pass

    assert masked_run_facet({"handler": Handler(), "numbers": (1, 2.5)}) == {
        "handler": f"<{Handler.__qualname__}>",
        "numbers": [1, 2.5],
    }


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.just(f"a {SECRET} b") | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text() | st.just("password"), children),
    max_leaves=20,
)


@given(JSON)
def test_no_known_secret_survives_anywhere(value):
    assert SECRET not in str(list(_values(masked_run_facet({"value": value}))))


def _values(value):
    """Yield what is masked: all values; keys are names, and names are not secret."""
    if isinstance(value, dict):
        for v in value.values():
            yield from _values(v)
    elif isinstance(value, list):
        for v in value:
            yield from _values(v)
    else:
        yield value


@pytest.mark.parametrize(
    ("parameter", "hidden"),
    [
        ({"key": "db", "value": '{"password":"x","port":1}'}, {"key": "db", "value": '{"password":"***","port":1}'}),
        ({"key": "dbs", "value": '[{"token": "x"}]'}, {"key": "dbs", "value": '[{"token":"***"}]'}),
        ({"key": "day", "value": '{"a": 1}'}, {"key": "day", "value": '{"a": 1}'}),
        ({"key": "day", "value": "{ no JSON"}, {"key": "day", "value": "{ no JSON"}),
    ],
)
def test_a_parameter_with_parts_is_hidden_part_by_part(parameter, hidden):
    assert masked_run_facet({"parameters": [parameter]}) == {"parameters": [hidden]}


def test_a_secret_parameter_is_hidden_wherever_it_turns_up():
    conf = {"airflow": {"dagRun": {"conf": {"token": "s3cr3t", "day": "mon"}}}}
    told = masked(event(run=conf, job={"sourceCode": {"sourceCode": "load s3cr3t mon"}}), MASKER)
    assert told["job"]["facets"]["sourceCode"]["sourceCode"] == "load *** mon"


def test_a_secret_argument_is_hidden_wherever_it_turns_up():
    given = {"executionParameters": {"parameters": [{"key": "op_kwargs.db", "value": '{"password": "s3cr3t"}'}]}}
    told = masked(event(run={**given, "errorMessage": {"message": "no login with s3cr3t"}}), MASKER)
    assert told["run"]["facets"]["errorMessage"]["message"] == "no login with ***"


def test_a_secret_parameter_of_a_few_characters_is_no_pattern():
    conf = {"airflow": {"dagRun": {"conf": {"token": "de"}}}, "f": {"message": "made in de"}}
    assert masked(event(run=conf), MASKER)["run"]["facets"]["f"] == {"message": "made in de"}
