"""Which DAGs are collected: by patterns of ids and tags, alike for runs, tasks and what they start."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace

import pytest

from clew.errors import BadSetting
from clew.settings import load
from clew_airflow import control
from clew_airflow.transport import AirflowTransport


@pytest.mark.parametrize(
    ("rules", "dag_id", "tags", "collected"),
    [
        ("shop_*", "shop_load", (), True),
        ("shop_*", "dev_shop_load", (), False),
        ("Shop_*", "shop_load", (), False),
        ("tag:finance", "any", ("daily", "finance"), True),
        ("tag:fin*", "any", ("finance",), True),
        ("tag:finance", "finance", (), False),
        ("shop_*,tag:finance", "bills", ("finance",), True),
        ("!dev_*", "shop_load", (), True),
        ("!dev_*", "dev_load", (), False),
        ("shop_*,!tag:private", "shop_load", ("private",), False),
        ("shop_*,!shop_dev", "shop_dev", (), False),
    ],
)
def test_a_dag_is_collected_when_a_pattern_fits_and_none_that_leaves_out_does(rules, dag_id, tags, collected):
    assert control.of(load({"CLEW_DAGS": rules}).dags).has(dag_id, tags) is collected


def test_all_dags_are_collected_without_a_choice():
    assert control.of_environ({}).has("any", ())


@pytest.mark.parametrize("rules", ["shop_*,,dev", "!", "tag:", "!tag: ", "!!dev"])
def test_a_pattern_that_says_nothing_is_an_error_that_names_the_setting(rules):
    with pytest.raises(BadSetting, match="CLEW_DAGS"):
        load({"CLEW_DAGS": rules})


def of_task(dag_id, tags="[]"):
    facets = {"airflow": {"dag": {"dag_id": dag_id, "tags": tags}}}
    return {"run": {"runId": "r", "facets": facets}, "job": {"namespace": "airflow", "name": f"{dag_id}.load"}}


def of_dag_run(dag_id, tags="[]"):
    facets = {"airflowDagRun": {"dag": {"dag_id": dag_id, "tags": tags}}}
    return {"run": {"runId": "r", "facets": facets}, "job": {"namespace": "airflow", "name": dag_id}}


@pytest.mark.parametrize("event", [of_task, of_dag_run])
def test_events_of_dags_that_are_left_out_do_not_go_into_the_outbox(event, monkeypatch):
    monkeypatch.setenv("CLEW_DAGS", "shop_*, !tag:private")
    transport = AirflowTransport()
    assert transport.prepared(event("shop_load", "['daily']")) is not None
    assert transport.prepared(event("dev_load")) is None
    assert transport.prepared(event("shop_load", "['daily', 'private']")) is None


@pytest.mark.parametrize("event", [of_task, of_dag_run])
def test_what_airflow_itself_keeps_nothing_of_goes_nowhere(event):
    """`airflow tasks test` runs a task in a DAG run that is removed again."""
    told = event("shop_load")
    next(iter(told["run"]["facets"].values()))["dagRun"] = {"run_id": "__airflow_temporary_run_2026-05-05T11:25:09+00:00__"}
    assert AirflowTransport().prepared(told) is None


def test_an_event_that_tells_no_dag_is_known_by_the_job_above_it_or_its_own():
    choice = control.of(["!dev_*"])
    parent = {"parent": {"job": {"namespace": "airflow", "name": "dev_load"}}}
    task, dag_run = {"name": "dev_load.extract"}, {"name": "dev_load"}
    assert not choice.has_event({"run": {"facets": parent}, "job": task})
    assert not choice.has_event({"run": {"facets": {}}, "job": dag_run})
    assert choice.has_event({"run": {"facets": {}}, "job": {"name": "load"}})


@dataclass(frozen=True)
class Emission:
    """What the provider decides about an event."""

    emit: bool = True
    include_source_code: bool = True


def of_the_providers_task(operator, dag_id, task_id):
    return Emission(include_source_code=False)


def of_the_providers_dag(dag_id, dag=None):
    return Emission()


def test_the_provider_asks_nothing_of_dags_that_are_left_out():
    choice = control.of(["!tag:private"])
    task = control.tasks_emission(of_the_providers_task, choice)
    dag = control.dags_emission(of_the_providers_dag, choice)
    private, other = SimpleNamespace(tags={"private"}), SimpleNamespace(tags=set())
    assert task(operator=SimpleNamespace(dag=other), dag_id="a", task_id="t") == Emission(include_source_code=False)
    assert not task(operator=SimpleNamespace(dag=private), dag_id="a", task_id="t").emit
    assert dag("a", dag=other).emit
    assert not dag("a", dag=private).emit
