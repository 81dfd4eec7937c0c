"""The source code of what a task runs, for the many operators of which the provider gives none."""

from functools import partial
from types import SimpleNamespace as Value

import pytest

from clew_airflow.source_code import of


def load(day):
    return day


class Loader:
    """A callable that is an object."""

    def __call__(self, day):
        return day

    def load(self, day):
        return day


LOAD = {"language": "python", "code": "def load(day):\n    return day\n"}


@pytest.mark.parametrize("function", [load, partial(load, "mon"), partial(partial(load))])
def test_the_source_of_a_callable(function):
    assert of(Value(python_callable=function)) == LOAD


def test_the_source_of_a_method_and_of_an_object():
    method, called = of(Value(python_callable=Loader().load)), of(Value(python_callable=Loader()))
    assert method is not None
    assert called is not None
    assert method["code"].startswith("def load(self, day)")
    assert called["code"].startswith("class Loader:")


@pytest.mark.parametrize("function", [len, dict, eval("lambda: 1")])
def test_a_callable_whose_source_is_nowhere_has_none(function):
    assert of(Value(python_callable=function)) is None


def test_a_script():
    assert of(Value(bash_command="ls /data")) == {"language": "bash", "code": "ls /data"}


@pytest.mark.parametrize(
    "task",
    [
        Value(command=["load", "--day", "1 March"]),
        Value(command="load --day '1 March'"),
        Value(cmds=["load"], arguments=["--day", "1 March"]),
    ],
)
def test_the_command_of_a_container(task):
    assert of(task) == {"language": "shell", "code": "load --day '1 March'"}


@pytest.mark.parametrize("task", [Value(), Value(command=None), Value(command=[]), Value(bash_command=None), Value(cmds=[], arguments=[])])
def test_an_operator_without_code_has_none(task):
    assert of(task) is None
