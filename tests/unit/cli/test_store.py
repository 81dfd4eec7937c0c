"""`clew store`: what is printed, and the status."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from clew.cli import store
from clew.server.seam import InProcessSeam
from clew.server.store import Store
from clew.server.upkeep.check import Difference
from tests.events import event


@pytest.fixture
def path(tmp_path):
    made = Store(tmp_path / "store.db")
    seam = InProcessSeam(made)
    for kind in ("START", "COMPLETE"):
        assert seam.call("POST", "/api/v1/lineage", event(kind)).status == 201
    made.close()
    return made.path


def clew(*arguments, home):
    environ = {**os.environ, "CLEW_HOME": str(home)}
    return subprocess.run([sys.executable, "-m", "clew", *arguments], capture_output=True, text=True, check=False, env=environ)


def spoil(path):
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("UPDATE run SET state = 'FAILED'")


def test_check_says_that_all_is_well(path):
    done = clew("store", "check", home=path.parent)
    assert (done.returncode, done.stderr) == (0, "")
    assert "follow from 2 events and changes" in done.stdout


def test_check_shows_what_differs_and_what_to_do(path):
    spoil(path)
    done = clew("store", "check", "--store", str(path), home=path.parent / "elsewhere")
    assert done.returncode == 1
    assert "run: 1 of 1 rows differ" in done.stdout
    assert "state is FAILED, should be COMPLETED" in done.stdout
    assert "`clew store rebuild`" in done.stdout


def test_check_shows_no_long_text_at_length(path):
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("UPDATE run SET location = hex(zeroblob(5000))")
    done = clew("store", "check", home=path.parent)
    assert done.returncode == 1
    assert f"location is {'0' * 60}…, should be" in done.stdout


@pytest.mark.parametrize(("stored", "derived", "shown"), [
    ("short", "other", "is short, should be other"),
    ("x" * 80 + "a", "x" * 80 + "b", f"is …{'x' * 20}a, should be …{'x' * 20}b"),
    ("x" * 80, "x" * 80 + "more", f"is …{'x' * 20}, should be …{'x' * 20}more"),
])  # fmt: skip
def test_a_difference_is_shown_where_it_is(stored, derived, shown):
    assert shown in store._difference(Difference(key={"id": 1}, stored={"json": stored}, derived={"json": derived}))


def test_check_gives_everything_as_json(path):
    spoil(path)
    done = clew("store", "check", "--json", home=path.parent)
    found = json.loads(done.stdout)
    assert done.returncode == 1
    assert (found["clean"], found["tables"]["run"]["differences"]) == (False, 1)


def test_rebuild_mends_it(path):
    spoil(path)
    done = clew("store", "rebuild", "--json", home=path.parent)
    assert (done.returncode, json.loads(done.stdout)["entries"]) == (0, 2)
    assert clew("store", "check", home=path.parent).returncode == 0


def test_vacuum_says_what_it_gave_back(path):
    done = clew("store", "vacuum", home=path.parent)
    assert (done.returncode, done.stdout[: len(str(path))]) == (0, str(path))


@pytest.mark.parametrize("command", ["check", "rebuild", "vacuum"])
def test_without_a_store_the_next_step_is_told(tmp_path, command):
    done = clew("store", command, home=tmp_path)
    assert done.returncode == 1
    assert done.stderr == f"Error: There is no store at {tmp_path / 'store.db'}. `clew up` makes one; --store FILE names another.\n"


def test_retain_says_what_would_go_and_does_it_when_told(path):
    made = Store(path)
    for kind in ("START", "COMPLETE"):
        assert InProcessSeam(made).call("POST", "/api/v1/lineage", event(kind, run=2)).status == 201
    made.close()
    dry = clew("store", "retain", "--days", "0", "--dry-run", home=path.parent)
    assert (dry.returncode, dry.stdout) == (0, f"{path}: 2 of 4 events and changes would go; 1 of 2 runs stay\n")
    done = clew("store", "retain", "--days", "0", "--json", home=path.parent)
    assert json.loads(done.stdout)["rebuilt"]["entries"] == 2
    assert clew("store", "check", home=path.parent).returncode == 0
