"""What goes into the outbox is complete and without secrets, whatever the provider's classes were."""

from __future__ import annotations

import re
import sys
from types import ModuleType, SimpleNamespace

import attr
import pytest
from openlineage.client.event_v2 import Job, Run, RunEvent, RunState
from openlineage.client.facet_v2 import RunFacet
from openlineage.client.serde import Serde

from clew_airflow import compat, transport
from clew_airflow.transport import AirflowTransport


@attr.define
class Airflow(RunFacet):
    dag: dict
    dagRun: dict  # noqa: N815


@pytest.fixture
def airflows_masker(monkeypatch):
    """A masker where Airflow has its own; there is no Airflow in this environment."""
    module = ModuleType(compat.MASKERS[0])
    masker = SimpleNamespace(replacer=None, should_hide_value_for_key=lambda name: "password" in name)
    module._secrets_masker = lambda: masker
    monkeypatch.setitem(sys.modules, module.__name__, module)
    compat._is_secret_name.cache_clear()
    yield masker
    compat._is_secret_name.cache_clear()


def test_an_event_is_completed_and_then_masked_with_what_is_secret_by_then(airflows_masker):
    ours = AirflowTransport()
    airflows_masker.replacer = re.compile("geheim")
    facet = Airflow(dag={"params": {"currency": "EUR"}}, dagRun={"conf": {"password": "x", "note": "it is geheim"}})
    event = RunEvent(
        eventType=RunState.START,
        eventTime="2026-01-01T00:00:00Z",
        run=Run("019b76da-a800-7a92-b013-b608c1277592", {"airflow": facet}),
        job=Job("airflow", "load"),
        producer="https://example.com",
    )
    prepared = ours.prepared(Serde.to_dict(event))
    parameters = {p["key"]: p["value"] for p in prepared["run"]["facets"]["executionParameters"]["parameters"]}
    assert parameters == {"currency": "EUR", "password": "***", "note": "it is ***"}
    assert prepared["run"]["facets"]["airflow"]["dagRun"]["conf"] == {"password": "***", "note": "it is ***"}


def test_an_airflow_whose_masker_is_not_known_is_warned_of_and_masked_by_the_usual_names(caplog):
    compat._is_secret_name.cache_clear()
    compat._warn_that_no_masker_is_known.cache_clear()
    facet = {"db_password": "x", "apiKey": "x", "note": "y"}
    event = {"run": {"runId": "r", "facets": {"theirs": facet}}, "job": {"namespace": "n", "name": "j"}}
    for _ in range(2):
        prepared = AirflowTransport().prepared(event)
    assert prepared["run"]["facets"]["theirs"] == {"db_password": "***", "apiKey": "***", "note": "y"}
    assert caplog.text.count("does not know where this Airflow keeps its secrets") == 1


def test_a_variable_that_a_task_sets_after_its_first_event_is_masked_in_the_next(airflows_masker, monkeypatch):
    assert compat.masker().text("geheim-4711") == "geheim-4711"
    monkeypatch.setenv("SHOP_PASSWORD", "geheim-4711")
    assert compat.masker().text("geheim-4711") == "***"


def test_who_knows_secret_names_is_asked_even_if_nobody_did_when_a_name_was_first_met(airflows_masker, monkeypatch):
    with monkeypatch.context() as before:
        before.delitem(sys.modules, compat.MASKERS[0])
        assert not compat.masker().is_secret_name("kennwort")
    airflows_masker.should_hide_value_for_key = lambda name: name == "kennwort"
    assert compat.masker().is_secret_name("kennwort")


@pytest.mark.parametrize("step", ["completed", "with_seen"])
def test_an_event_that_cannot_be_completed_is_told_without_what_it_lacks_and_masked_all_the_same(monkeypatch, caplog, step):
    def fails(*_):
        raise ImportError("another Clew's module")

    monkeypatch.setattr(transport, step, fails)
    event = {"run": {"runId": "r", "facets": {"theirs": {"db_password": "x"}}}, "job": {"namespace": "n", "name": "j"}}
    assert AirflowTransport().prepared(event)["run"]["facets"]["theirs"] == {"db_password": "***"}
    assert "another Clew's module" in caplog.text
