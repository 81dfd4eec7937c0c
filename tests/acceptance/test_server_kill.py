"""kill -9 of the embedded backend and of the relay at random points, while a writer works: everything that was acknowledged ends up
in the backend, in its right state.

`CLEW_SOAK_ROUNDS=200` runs more rounds; a round that fails is run again alone by its seed: `-k "seed3 and server"`.
"""

from __future__ import annotations

import os
import random
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from clew.errors import BackendError
from clew.marquez import HttpSeam, Marquez
from tests.acceptance.test_outbox_kill import ROUNDS
from tests.events import run_id

pytestmark = pytest.mark.acceptance

RUNS = 30
ENDS = {"COMPLETE": "COMPLETED", "FAIL": "FAILED", "ABORT": "ABORTED"}

WRITER = f"""
from tests.events import event
from clew import outbox, settings
in_force = settings.load()
for run in range({RUNS}):
    for kind in ("START", {tuple(ENDS)}[run % {len(ENDS)}]):
        outbox.emit(in_force, [event(kind, run=run, job=f"job{{run % 5}}")])
        print(run, kind, flush=True)
"""


@pytest.mark.parametrize("seed", range(ROUNDS), ids=lambda seed: f"seed{seed}")
def test_a_server_that_is_killed_loses_nothing_that_was_acknowledged(tmp_path, seed):
    chance = random.Random(seed)
    site = Site(tmp_path)
    try:
        server, relay, writer = site.server(), site.relay(), site.writer()
        for _ in range(2):
            time.sleep(chance.random())
            server = site.killed(server) and site.server() if chance.random() < 0.8 else server
            relay = site.killed(relay) and site.relay() if chance.random() < 0.5 else relay
        acknowledged = writer.communicate(timeout=120)[0].splitlines()
        assert len(acknowledged) == 2 * RUNS
        relay = site.killed(relay) and site.relay()
        assert relay.wait(120) == 0
        for line in acknowledged[1::2]:
            run, kind = line.split()
            assert site.state_of(int(run)) == ENDS[kind]
    finally:
        site.stop()
    assert sqlite3.connect(site.store).execute("PRAGMA integrity_check").fetchone() == ("ok",)


class Site:
    """A backend, a relay and a writer, each a process of its own."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.store = folder / "store.db"
        self._environ = {**os.environ, "CLEW_HOME": str(folder / "home"), "CLEW_URL": self.url, "CLEW_RELAY": "false"}
        self._running: list[subprocess.Popen[str]] = []

    def server(self) -> subprocess.Popen[str]:
        process = self._start("-m", "clew", "up", "--port", str(self.port), "--store", str(self.store))
        deadline = time.monotonic() + 60
        while not self._answers():
            assert process.poll() is None, "the server did not start"
            assert time.monotonic() < deadline
            time.sleep(0.02)
        return process

    def relay(self) -> subprocess.Popen[str]:
        return self._start("-m", "clew", "relay", "--until-empty")

    def writer(self) -> subprocess.Popen[str]:
        return self._start("-c", WRITER, cwd=Path(__file__).parents[2])

    def state_of(self, run: int) -> str:
        found = Marquez(HttpSeam(self.url)).get("jobs", "runs", run_id(run))
        return found["state"]

    def killed(self, process: subprocess.Popen[str]) -> bool:
        process.kill()
        process.wait()
        return True

    def stop(self) -> None:
        for process in self._running:
            if process.poll() is None:
                process.terminate()
            process.communicate(timeout=60)

    def _answers(self) -> bool:
        try:
            return Marquez(HttpSeam(self.url, timeout=5)).get("namespaces") is not None
        except BackendError:
            return False

    def _start(self, *arguments: str, cwd: Path | None = None) -> subprocess.Popen[str]:
        process = subprocess.Popen([sys.executable, *arguments], env=self._environ, cwd=cwd, stdout=subprocess.PIPE, text=True)
        self._running.append(process)
        return process
