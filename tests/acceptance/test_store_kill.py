"""kill -9 of what takes care of a store, and of what moves one: the store is whole, and the next try comes to its end.

`CLEW_SOAK_ROUNDS=200` runs more rounds.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time

import pytest

from clew.moving.sources import of_store
from clew.server.seam import InProcessSeam
from clew.server.store import Store
from clew.server.upkeep.check import check
from tests.acceptance.test_outbox_kill import ROUNDS
from tests.acceptance.test_server_kill import Site
from tests.events import event

pytestmark = pytest.mark.acceptance

RUNS = 100
ENDS = {"COMPLETE": "COMPLETED", "FAIL": "FAILED"}
some_seeds = pytest.mark.parametrize("seed", range(max(2, ROUNDS // 5)), ids=lambda seed: f"seed{seed}")


def end_of(run):
    return tuple(ENDS)[run % len(ENDS)]


@pytest.fixture
def path(tmp_path):
    """A store with runs of a few jobs."""
    store = Store(tmp_path / "store.db")
    seam = InProcessSeam(store)
    for run in range(RUNS):
        for kind in ("START", end_of(run)):
            assert seam.call("POST", "/api/v1/lineage", event(kind, run=run, job=f"job{run % 5}")).status == 201
    store.close()
    return store.path


def clew(*arguments, home):
    environ = {**os.environ, "CLEW_HOME": str(home)}
    return subprocess.Popen(
        [sys.executable, "-m", "clew", *arguments], env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def killed_within(seconds, process):
    """Kill a process after some time, wherever it is then."""
    time.sleep(seconds)
    process.kill()
    process.communicate()


@some_seeds
@pytest.mark.parametrize("command", [("rebuild",), ("retain", "--days", "0")], ids=["rebuild", "retain"])
def test_a_store_whose_care_is_killed_is_the_old_one_or_the_new_one(path, command, seed):
    killed_within(random.Random(seed).uniform(0.2, 1.2), clew("store", *command, home=path.parent))
    assert len(list(of_store(path))) in ({2 * RUNS} if command == ("rebuild",) else {2 * RUNS, 20})
    assert check(path).clean
    again = clew("store", *command, home=path.parent)
    again.communicate(timeout=60)
    assert again.returncode == 0
    assert [f.name for f in path.parent.glob(".*")] == []


@some_seeds
def test_a_replay_that_is_killed_goes_on_and_everything_arrives(path, tmp_path, seed):
    site = Site(tmp_path / "there")
    try:
        site.server()
        killed_within(random.Random(seed).uniform(0.3, 2.0), clew("replay", "--to", site.url, home=path.parent))
        again = clew("replay", "--to", site.url, home=path.parent)
        told, _ = again.communicate(timeout=120)
        assert again.returncode == 0
        assert f" 0 changes → {site.url}\n" in told
        for run in range(RUNS):
            assert site.state_of(run) == ENDS[end_of(run)]
    finally:
        site.stop()
    assert check(site.store).clean
