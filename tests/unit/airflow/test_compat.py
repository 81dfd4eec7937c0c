"""Which package listens is decided by Airflow's version; where a task's context is found as well."""

from __future__ import annotations

from types import SimpleNamespace as Value

import pytest

from clew_airflow import compat
from clew_airflow.compat import is_older_than_the_provider


@pytest.mark.parametrize(
    ("version", "is_older"), [("2.7.3", True), ("2.8.0", False), ("2.10.5", False), ("3.3.2", False), ("2.8.0b1", False)]
)
def test_below_2_8_the_older_package_listens(version, is_older):
    assert is_older_than_the_provider(version) is is_older


@pytest.fixture
def nothing_runs(monkeypatch):
    monkeypatch.setattr(compat, "_runs_in", {})


def of_airflow_2(key):
    return Value(key=key, get_template_context=lambda: {"made": "anew"})


@pytest.mark.usefixtures("nothing_runs")
def test_a_task_of_airflow_3_keeps_its_context_itself():
    task_instance = Value(_cached_template_context={"params": {}})
    compat.remember({"task_instance": task_instance})
    assert compat.context_of(task_instance) is task_instance._cached_template_context


@pytest.mark.usefixtures("nothing_runs")
def test_a_task_of_airflow_2_has_the_context_that_it_runs_in():
    context = {"task_instance": of_airflow_2("one")}
    compat.remember(context)
    assert compat.context_of(context["task_instance"]) is context


@pytest.mark.usefixtures("nothing_runs")
def test_another_task_of_airflow_2_has_not():
    compat.remember({"task_instance": of_airflow_2("one")})
    assert compat.context_of(of_airflow_2("two")) == {"made": "anew"}


@pytest.mark.usefixtures("nothing_runs")
def test_a_task_of_airflow_3_0_has_no_key_and_is_known_by_its_id():
    def one(made):
        return Value(id=made, get_template_context=lambda: {"made": "anew"})

    context = {"task_instance": one("a try")}
    compat.remember(context)
    assert compat.context_of(one("a try")) is context
    assert compat.context_of(one("another try")) == {"made": "anew"}
