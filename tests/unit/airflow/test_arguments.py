"""Arguments of a callable are parameters where they are small and plain; anything else is data, or somebody's object."""

from collections import ChainMap
from datetime import date
from decimal import Decimal
from enum import Enum
from pathlib import PurePosixPath
from types import SimpleNamespace as Value

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clew_airflow.arguments import LARGEST, MOST, NotPlain, of, plain

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
)


class Colour(Enum):
    """An enumeration of somebody's."""

    RED = "red"


def load(day, limit=10, *, country=None):
    """A callable as DAGs have them."""


def test_arguments_have_the_names_of_the_callables_own():
    task = Value(python_callable=load, op_args=["mon"], op_kwargs={"limit": 3})
    assert of(task) == {"op_kwargs.day": "mon", "op_kwargs.limit": 3}


def test_a_default_of_the_callable_is_an_argument():
    assert of(Value(python_callable=load, op_args=["mon"])) == {"op_kwargs.day": "mon", "op_kwargs.limit": 10}


def test_what_airflow_gives_to_whoever_takes_it_is_no_argument():
    task = Value(python_callable=load, op_kwargs={"day": "mon", "ds": "2026-03-04", "run_id": "manual"})
    assert of(task, {"ds", "run_id", "ti"}) == {"op_kwargs.day": "mon", "op_kwargs.limit": 10}


def test_arguments_that_airflow_keeps_in_a_lazy_mapping_are_told():
    assert of(Value(python_callable=load, op_kwargs=ChainMap({"day": "mon"}, {"limit": 3}))) == {
        "op_kwargs.day": "mon",
        "op_kwargs.limit": 3,
    }


def test_an_argument_beyond_the_callables_own_has_a_number():
    assert of(Value(python_callable=load, op_args=["mon", 3, "more"])) == {
        "op_kwargs.day": "mon",
        "op_kwargs.limit": 3,
        "op_args.2": "more",
    }


def test_a_callable_without_a_signature_gives_numbers():
    assert of(Value(python_callable=dict.fromkeys, op_args=["mon"])) in ({"op_args.0": "mon"}, {"op_kwargs.iterable": "mon"})


@pytest.mark.parametrize(
    ("given", "told"), [({"day": "mon"}, {"parameters.day": "mon"}), (["mon", 3], {"parameters.0": "mon", "parameters.1": 3})]
)
def test_values_that_a_statement_is_given(given, told):
    assert of(Value(parameters=given)) == told


def test_an_operator_without_a_callable_has_none():
    assert of(Value()) == {}


@pytest.mark.parametrize("value", [object(), b"bytes", {1, 2}, range(3), load, [object()], "x" * (LARGEST + 1), list(range(LARGEST + 1))])
def test_what_is_large_or_no_plain_value_is_left_out(value):
    assert of(Value(op_kwargs={"frame": value, "day": "mon"})) == {"op_kwargs.day": "mon"}


@pytest.mark.parametrize(
    ("value", "told"),
    [(date(2026, 3, 4), "2026-03-04"), (Decimal("1.50"), "1.50"), (PurePosixPath("/data"), "/data"), (Colour.RED, "red"), ((1, 2), [1, 2])],
)
def test_values_that_json_does_not_know_but_people_write(value, told):
    assert of(Value(op_kwargs={"value": value})) == {"op_kwargs.value": told}


def test_no_more_than_a_hundred():
    assert len(of(Value(op_kwargs={str(i): i for i in range(MOST + 1)}))) == MOST


def test_a_value_that_holds_itself_is_left_out():
    endless: list = []
    endless.append(endless)
    assert of(Value(op_kwargs={"endless": endless})) == {}


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(JSON)
def test_a_plain_value_stays_as_it_is(value):
    try:
        assert plain(value, [LARGEST]) == value
    except NotPlain:
        assert len(repr(value)) > LARGEST / 2
