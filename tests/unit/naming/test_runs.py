"""Ids of runs: the same for the same, whoever computes them."""

from __future__ import annotations

from datetime import datetime, timezone

from hypothesis import given
from hypothesis import strategies as st
from openlineage.client.uuid import generate_static_uuid

from clew import naming

DAY = datetime(2026, 1, 1, tzinfo=timezone.utc)


def test_the_same_instant_and_name_give_the_same_run_id():
    assert naming.run_id(DAY, "ns", "dag", "task", 1) == naming.run_id(DAY, "ns", "dag", "task", 1)
    assert naming.run_id(DAY, "ns", "dag", "task", 1) != naming.run_id(DAY, "ns", "dag", "task", 2)


@given(st.datetimes(timezones=st.timezones()), st.text())
def test_a_run_id_is_the_one_that_airflows_provider_gives(at, name):
    assert naming.run_id(at, name, 1, -1) == str(generate_static_uuid(at, f"{name}.1.-1".encode()))
