"""What a run was started with stands in `executionParameters`."""

from clew_airflow.complete import completed
from tests.unit.airflow.complete.told_events import dag_event, nowhere, parameters, task_event


def test_a_dag_run_tells_its_params_with_what_conf_sets():
    given = dag_event({"conf": {"day": "mon"}}, {"params": {"day": "sun", "currency": "EUR"}})
    assert parameters(given) == {"day": "mon", "currency": "EUR"}


def test_a_task_tells_its_resolved_params():
    given = task_event({"params": {"currency": "EUR", "limits": [1, 2]}}, {"conf": {"day": "mon"}})
    assert parameters(given) == {"day": "mon", "currency": "EUR", "limits": "[1,2]"}


def test_a_task_tells_the_arguments_of_its_callable():
    assert parameters(task_event({"params": {"day": "sun"}, "arguments": {"op_kwargs.day": "mon"}})) == {
        "day": "sun",
        "op_kwargs.day": "mon",
    }


def test_what_tells_a_run_its_parent_is_no_parameter():
    assert parameters(dag_event({"conf": {"day": "mon", "openlineage": {"parentRunId": "r", "parentJobName": "etl.calls"}}})) == {
        "day": "mon"
    }


def test_a_parameter_may_have_that_name():
    assert parameters(dag_event({"conf": {"openlineage": "on"}})) == {"openlineage": "on"}


def test_a_run_without_parameters_has_no_facet_for_them():
    assert "executionParameters" not in completed(task_event(), nowhere)["run"]["facets"]
