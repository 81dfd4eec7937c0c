from __future__ import annotations

import json
import logging
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import pytest
from openlineage.client import OpenLineageClient
from openlineage.client.event_v2 import Job, Run, RunEvent, RunState
from openlineage.client.facet_v2 import nominal_time_run
from openlineage.client.transport import get_default_factory

from clew.outbox import Outbox
from clew.transport import ClewConfig, ClewTransport

if TYPE_CHECKING:
    from pathlib import Path

RUN = "00000000-0000-0000-0000-000000000001"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("CLEW_URL", "OPENLINEAGE_URL", "CLEW_ENABLED"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CLEW_HOME", str(tmp_path))
    return tmp_path


def kept(home: Path) -> list[dict[str, Any]]:
    outbox = Outbox(home)
    with outbox.reading() as connection:
        rows = connection.execute("SELECT body FROM events ORDER BY seq").fetchall()
    outbox.close()
    return [json.loads(body) for (body,) in rows]


def started() -> RunEvent:
    at = datetime(2026, 1, 1, tzinfo=timezone.utc).isoformat()
    nominal = nominal_time_run.NominalTimeRunFacet(nominalStartTime=at)
    return RunEvent(
        eventType=RunState.START,
        eventTime=at,
        run=Run(runId=RUN, facets={"nominalTime": nominal}),
        job=Job(namespace="test", name="job"),
        producer="https://test",
    )


def test_openlineage_python_finds_it_by_its_dotted_path() -> None:
    transport = get_default_factory().create({"type": "clew.transport.ClewTransport", "name": "mine"})
    assert isinstance(transport, ClewTransport)
    assert transport.kind == "clew"


def test_an_event_of_the_client_is_kept_as_its_http_transport_would_send_it(home: Path) -> None:
    OpenLineageClient(transport=ClewTransport(ClewConfig())).emit(started())
    (event,) = kept(home)
    assert (event["eventType"], event["run"]["runId"], event["job"]["name"]) == ("START", RUN, "job")
    assert event["run"]["facets"]["nominalTime"]["nominalStartTime"] == "2026-01-01T00:00:00+00:00"
    assert "nominalEndTime" not in event["run"]["facets"]["nominalTime"]


def test_an_event_that_is_a_mapping_is_kept_without_nulls(home: Path) -> None:
    ClewTransport().emit({"eventType": "START", "run": {"runId": RUN, "facets": None}})
    assert kept(home) == [{"eventType": "START", "run": {"runId": RUN}}]


def test_a_value_without_a_form_in_json_does_not_cost_the_event(home: Path) -> None:
    ClewTransport().emit({"eventType": "START", "a": object(), "b": "\ud800", "c": float("nan")})
    (event,) = kept(home)
    assert event["a"] == "<<not serializable: object>>"


def test_a_host_can_complete_or_mask_what_is_kept(home: Path) -> None:
    class Masking(ClewTransport):
        def prepared(self, event: dict[str, Any]) -> dict[str, Any]:
            return {**event, "secret": "***"}

    Masking().emit({"eventType": "START", "secret": "hunter2"})
    assert kept(home) == [{"eventType": "START", "secret": "***"}]


def test_its_configuration_may_bring_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLEW_HOME")
    config = {"type": "clew.transport.ClewTransport", "home": str(tmp_path / "mine")}
    get_default_factory().create(config).emit({"eventType": "START"})
    assert len(kept(tmp_path / "mine")) == 1


@pytest.mark.parametrize("event", [None, 7, object(), {1: object()}])
def test_whatever_it_is_given_the_host_goes_on(event: Any) -> None:
    ClewTransport().emit(event)


def test_a_setting_that_cannot_be_read_is_said_once_and_the_host_goes_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("CLEW_URL", "marquez:5000")
    transport = ClewTransport()
    transport.emit(started())
    transport.emit(started())
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    assert "CLEW_URL='marquez:5000'" in caplog.text


def test_an_outbox_that_cannot_be_used_is_said_loudly_and_not_for_every_event(home: Path, caplog: pytest.LogCaptureFixture) -> None:
    (home / "outbox.db").write_bytes(b"no database" * 100)
    transport = ClewTransport()
    for _ in range(5):
        transport.emit(started())
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    assert "outbox.db is damaged" in caplog.text


def test_there_is_nothing_to_wait_for_when_it_is_closed() -> None:
    assert ClewTransport().close(timeout=0) is True
