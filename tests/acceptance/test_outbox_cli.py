"""`clew outbox` and `clew relay` as people use them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from clew.outbox import Outbox
from tests.backends import ACCEPTS, Backend, Says
from tests.events import event
from tests.relays import end_relay

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.acceptance


@pytest.fixture
def backend() -> Iterator[Backend]:
    with Backend() as backend:
        yield backend


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    outbox = Outbox(tmp_path / "clew")
    yield outbox
    outbox.close()


def environ(outbox: Outbox, backend: Backend) -> dict[str, str]:
    return {**os.environ, "CLEW_HOME": str(outbox.home), "CLEW_URL": backend.url}


def clew(outbox: Outbox, backend: Backend, *args: str, status: int = 0) -> str:
    ended = subprocess.run(
        [sys.executable, "-m", "clew", *args], env=environ(outbox, backend), capture_output=True, text=True, check=False, timeout=60
    )
    assert ended.returncode == status, ended.stderr
    return ended.stdout + ended.stderr


def delivered(outbox: Outbox, backend: Backend) -> str:
    return clew(outbox, backend, "relay", "--until-empty")


def test_an_outbox_that_nobody_has_used_is_empty(outbox: Outbox, backend: Backend) -> None:
    shown = clew(outbox, backend, "outbox")
    assert shown.startswith(f"{outbox.file}: 0 waiting, 0 refused, 0 delivered so far\n")
    assert f"relay: none runs (one starts with the next event); to {backend.url}" in shown


def test_what_waits_is_shown_by_job(outbox: Outbox, backend: Backend) -> None:
    outbox.append([event("START", job="orders"), event("COMPLETE", job="orders"), event("START", run=2, job="\x1b[31mred")])
    shown = clew(outbox, backend, "outbox")
    assert "3 waiting, the oldest for " in shown
    assert "test/orders" in shown
    assert "\x1b" not in shown, "a name cannot steer the terminal"


def test_what_was_refused_is_shown_with_its_reason_and_can_be_tried_again(outbox: Outbox, backend: Backend) -> None:
    backend.answers = lambda e: Says(422) if e["eventType"] == "START" else ACCEPTS
    outbox.append([event("START"), event("COMPLETE")])
    assert "1 refused; `clew outbox` tells why" in delivered(outbox, backend)
    shown = clew(outbox, backend, "outbox")
    assert "0 waiting, 1 refused, 1 delivered so far" in shown
    assert "POST /api/v1/lineage: 422" in shown
    assert "clew outbox retry --all" in shown
    backend.answers = lambda _: ACCEPTS
    assert "1 of 1 wait again" in clew(outbox, backend, "outbox", "retry", "--all")
    assert outbox.wait_until_empty(30)
    end_relay(outbox.home)


def test_everything_is_there_as_json(outbox: Outbox, backend: Backend) -> None:
    backend.answers = lambda _: Says(400)
    outbox.append([event("START")])
    delivered(outbox, backend)
    found = json.loads(clew(outbox, backend, "outbox", "--json"))
    assert (found["waiting"], found["refused"], found["relay"], found["destination"]) == (0, 1, None, backend.url)
    assert found["refusals"][0]["reason"] == "POST /api/v1/lineage: 400"


def test_dropping_asks_first(outbox: Outbox, backend: Backend) -> None:
    outbox.append([event("START"), b"no event"])
    asked = subprocess.run(
        [sys.executable, "-m", "clew", "outbox", "drop", "--refused"],
        env=environ(outbox, backend), input="n\n", capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert "Forget 1 events for good?" in asked.stdout
    assert asked.returncode == 130
    assert outbox.ids("refused") == [2]
    assert "1 dropped" in clew(outbox, backend, "outbox", "drop", "--refused", "--yes")
    assert "1 dropped" in clew(outbox, backend, "outbox", "drop", "--all", "--yes")
    assert outbox.ids("waiting") + outbox.ids("refused") == []


@pytest.mark.parametrize("args", [["retry"], ["drop"], ["retry", "1", "--all"], ["drop", "1", "--all"]])
def test_which_events_are_meant_must_be_said(outbox: Outbox, backend: Backend, args: list[str]) -> None:
    assert "Give the IDs of events, or --" in clew(outbox, backend, "outbox", *args, status=2)


def test_a_relay_in_the_foreground_tells_what_changes_and_ends_on_a_signal(outbox: Outbox, backend: Backend) -> None:
    backend.stop()
    outbox.append([event("START")])
    relay = subprocess.Popen([sys.executable, "-u", "-m", "clew", "relay"], env=environ(outbox, backend), stdout=subprocess.PIPE, text=True)
    assert relay.stdout.readline() == f"delivering {outbox.file} → {backend.url}\n"
    assert relay.stdout.readline() == f"the backend accepts nothing: {backend.url}: connection refused\n"
    assert relay.stdout.readline() == "0 delivered, 1 waiting\n"
    backend.start()
    assert relay.stdout.readline() == "the backend accepts events again\n"
    assert relay.stdout.readline() == "1 delivered, 0 waiting\n"
    relay.send_signal(signal.SIGINT)
    assert relay.communicate(timeout=30)[0] == "everything is delivered\n"
    assert relay.returncode == 0


def test_a_relay_whose_outbox_is_broken_says_so(outbox: Outbox, backend: Backend) -> None:
    outbox.home.mkdir()
    outbox.file.write_bytes(b"no database" * 100)
    assert "outbox.db is damaged" in clew(outbox, backend, "relay", "--until-empty", status=1)
    assert "outbox.db is damaged" in clew(outbox, backend, "outbox", status=1)


def test_the_help_teaches(outbox: Outbox, backend: Backend) -> None:
    assert "clew outbox retry 17 18" in clew(outbox, backend, "outbox", "--help")
    assert "--until-empty" in clew(outbox, backend, "relay", "--help")
