"""kill -9 of the embedded backend and of the relay at random points, while others write: everything that was acknowledged is in the
backend, in its right state, and all that it derived follows from it.

`CLEW_SOAK_ROUNDS=200` runs more rounds; a round that fails is run again alone by its seed: `-k "seed3 and server"`.
"""

from __future__ import annotations

import http.client
import itertools
import os
import random
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from clew.errors import BackendError
from clew.marquez import HttpSeam, Marquez
from clew.moving.sources import of_store
from clew.server.upkeep.check import check
from tests.acceptance.test_outbox_kill import ROUNDS
from tests.events import event, run_id
from tests.waiting import until

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


@pytest.mark.parametrize("seed", range(ROUNDS), ids=lambda seed: f"seed{seed}")
def test_a_server_that_is_killed_under_four_clients_has_every_event_that_it_answered_201(tmp_path, seed):
    chance = random.Random(seed)
    site = Site(tmp_path)
    clients = [Client(site.port, number) for number in range(4)]
    try:
        server = site.server()
        for client in clients:
            client.start()
        for last in (False, True):
            enough = sum(len(c.acknowledged) for c in clients) + chance.randrange(1, 100)
            until(lambda enough=enough: sum(len(c.acknowledged) for c in clients) >= enough, 600)
            server = site.killed(server) and (last or site.server())
    finally:
        for client in clients:
            client.stop()
        site.stop()
    stored = Counter(item.body for item in of_store(site.store))
    for client in clients:
        assert not Counter(client.acknowledged) - stored
    assert check(site.store).clean


def test_a_server_that_is_told_to_stop_under_four_clients_answers_what_it_has_begun(tmp_path):
    site = Site(tmp_path)
    clients = [Client(site.port, number) for number in range(4)]
    try:
        server = site.server()
        for client in clients:
            client.start()
        until(lambda: sum(len(c.acknowledged) for c in clients) >= 50, 600)
        server.terminate()
        assert server.wait(60) == 0
    finally:
        for client in clients:
            client.stop()
        site.stop()
    stored = Counter(item.body for item in of_store(site.store))
    answered = Counter(body for client in clients for body in client.acknowledged)
    assert stored == answered, "what came in was answered, and what was answered is there"


class Client(threading.Thread):
    """Sends events one by one, as fast as it is answered; while nobody listens, it tries again with the next one."""

    def __init__(self, port: int, number: int) -> None:
        super().__init__(daemon=True)
        self.acknowledged: list[bytes] = []
        self._port, self._number = port, number
        self._stopped = threading.Event()

    def run(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=300)
        for run in itertools.count(1000 * self._number):
            for kind in ("START", "COMPLETE"):
                if self._stopped.is_set():
                    connection.close()
                    return
                self._send(connection, event(kind, run=run, job=f"job{run % 5}"))

    def stop(self) -> None:
        self._stopped.set()
        if self.is_alive():
            self.join(400)

    def _send(self, connection: http.client.HTTPConnection, body: bytes) -> None:
        try:
            connection.request("POST", "/api/v1/lineage", body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            connection.close()
            self._stopped.wait(0.02)
            return
        assert answer.status == 201
        self.acknowledged.append(body)


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
        deadline = time.monotonic() + 600
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
