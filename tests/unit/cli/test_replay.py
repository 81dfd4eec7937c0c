"""`clew replay`: what is printed, and the status."""

from __future__ import annotations

import json

import pytest

from clew.moving.replay import folder_of
from clew.outbox.lock import acquire
from clew.server.seam import InProcessSeam
from clew.server.store import Store
from tests.backends import ACCEPTS, Backend, Says
from tests.events import event, run_id
from tests.unit.cli.test_store import clew


@pytest.fixture
def home(tmp_path):
    store = Store(tmp_path / "store.db")
    for body in (event("START"), event("COMPLETE"), event("START", run=2)):
        assert InProcessSeam(store).call("POST", "/api/v1/lineage", body).status == 201
    store.close()
    return tmp_path


@pytest.fixture
def backend():
    with Backend() as backend:
        yield backend


def test_it_says_what_was_sent_and_where_to(home, backend):
    done = clew("replay", "--to", backend.url, home=home)
    assert (done.returncode, done.stdout) == (0, f"In all 3 events and 0 changes → {backend.url}\n")
    assert len(backend.accepted) == 3


def test_what_was_refused_is_listed_with_its_reason(home, backend):
    backend.answers = lambda e: Says(422) if e["run"]["runId"] == run_id(2) else ACCEPTS
    done = clew("replay", "--to", backend.url, home=home)
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        f"In all 2 events and 0 changes → {backend.url}; 1 refused",
        "",
        "refused  of        reason",
        "START    test/job  POST /api/v1/lineage: 422",
    ]


def test_the_second_time_nothing_is_sent_unless_it_is_restarted(home, backend):
    for options, new in (((), 3), ((), 0), (("--restart",), 3)):
        done = clew("replay", "--to", backend.url, "--json", *options, home=home)
        told = json.loads(done.stdout)
        assert (done.returncode, told["delivered"], told["new"]) == (0, 3, new)
    assert len(backend.accepted) == 6


def test_who_has_nothing_new_to_send_is_told_how_to_send_everything(home, backend):
    told = [clew("replay", "--to", backend.url, home=home).stdout.splitlines() for _ in range(2)]
    assert told == [
        [f"In all 3 events and 0 changes → {backend.url}"],
        [
            f"In all 3 events and 0 changes → {backend.url}",
            "Nothing is new. Where the backend has lost it since, --restart sends everything again.",
        ],
    ]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--to", "marquez"), "expected a URL"),
        (("--to", "http://127.0.0.1:1", "--from", "http://127.0.0.1:1/"), "are the same backend"),
        (("--to", "http://127.0.0.1:1", "--from", "http://127.0.0.1:2", "--from-store", "x"), "not both"),
        (("--to", "http://127.0.0.1:1", "--from-store", "nowhere.db"), "There is no store at"),
    ],
)
def test_what_cannot_be_is_told(home, options, told):
    done = clew("replay", *options, home=home)
    assert done.returncode in {1, 2}
    assert told in done.stderr


def test_what_is_under_way_is_not_restarted(home, backend, monkeypatch):
    monkeypatch.delenv("CLEW_URL", raising=False)
    folder = folder_of(home, f"{(home / 'store.db').resolve()} ", backend.url)
    folder.mkdir(parents=True)
    lock = acquire(folder)
    done = clew("replay", "--to", backend.url, "--restart", home=home)
    lock.release()
    assert done.returncode == 1
    assert "being sent by another process" in done.stderr
