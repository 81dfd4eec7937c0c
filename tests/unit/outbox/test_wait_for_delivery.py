"""The end of a task may wait until all is delivered, where its disk goes with it: real relays, a real backend."""

from __future__ import annotations

import json

import pytest

from clew import outbox
from clew.settings import Settings
from clew_airflow.transport import AirflowTransport
from tests.backends import Backend
from tests.events import event
from tests.relays import end_relay

LONG = 300.0
"""Seconds; a test that waited in vain would run into its time-out."""


@pytest.fixture
def home(tmp_path):
    yield tmp_path
    end_relay(tmp_path)


@pytest.fixture
def backend():
    with Backend() as running:
        yield running


def append(in_force):
    outbox.emit(in_force, [event("START"), event("COMPLETE")])


def test_all_is_delivered_when_the_wait_is_over(home, backend):
    in_force = Settings(url=backend.url, home=home, delivery_wait=LONG)
    append(in_force)
    assert outbox.wait_for_delivery(in_force)
    assert [e["eventType"] for e in backend.accepted] == ["START", "COMPLETE"]


def test_a_backend_that_is_gone_costs_no_more_than_was_allowed_and_loses_nothing(home, backend):
    backend.stop()
    in_force = Settings(url=backend.url, home=home, delivery_wait=0.2)
    append(in_force)
    assert not outbox.wait_for_delivery(in_force)
    assert len(outbox.Outbox(home).ids("waiting")) == 2


def test_unless_it_is_asked_for_nobody_waits(home, backend):
    in_force = Settings(url=backend.url, home=home, relay=False)
    append(in_force)
    assert not outbox.wait_for_delivery(in_force)


def of_airflow(kind, facet):
    facets = {facet: {"dag": {"dag_id": "shop"}}}
    return {**json.loads(event(kind)), "run": {"runId": "01a203c0-0000-7000-8000-000000000001", "facets": facets}}


@pytest.fixture
def transport(home, backend, monkeypatch):
    for variable, value in {"CLEW_URL": backend.url, "CLEW_HOME": home, "CLEW_DELIVERY_WAIT": LONG}.items():
        monkeypatch.setenv(variable, str(value))
    return AirflowTransport


def test_the_end_of_a_task_waits(transport, backend):
    transport().emit(of_airflow("COMPLETE", "airflow"))
    assert [e["eventType"] for e in backend.accepted] == ["COMPLETE"]


@pytest.fixture
def transport_without_relay(transport, monkeypatch):
    monkeypatch.setenv("CLEW_RELAY", "false")
    return transport


@pytest.mark.parametrize(("kind", "facet"), [("START", "airflow"), ("COMPLETE", "airflowDagRun")])
def test_the_start_of_a_task_and_the_scheduler_never_wait(transport_without_relay, home, kind, facet):
    transport_without_relay().emit(of_airflow(kind, facet))
    assert outbox.Outbox(home).ids("waiting")
