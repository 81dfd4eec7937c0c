"""A disk that is full: what does not fit is refused, nothing is half-written, and it goes on when there is room."""

from __future__ import annotations

import http.client
import os
import resource
import shutil
import subprocess
import sys
from collections import Counter
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import pytest

from clew.moving.sources import of_store
from clew.server.upkeep.check import check
from tests.disks import small_disk
from tests.events import event

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.acceptance

LATER = {503, 507}
"""Answers that say: send it again."""


class Sender:
    """Sends events, each of some KB, and remembers how each was answered."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._next = 0
        self.answered: list[tuple[bytes, int]] = []

    def send(self) -> int:
        """Send the next event; return the status."""
        self._next += 1
        body = event("COMPLETE", run=self._next, job=f"job{self._next}", note=os.urandom(4000).hex())
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)) as connection:
            connection.request("POST", "/api/v1/lineage", body, {"Content-Type": "application/json"})
            status = connection.getresponse().status
        self.answered.append((body, status))
        return status

    def until_full(self) -> None:
        status = 201
        while status == 201:
            status = self.send()
        assert status in LATER

    def acknowledged(self) -> Counter[bytes]:
        return Counter(body for body, status in self.answered if status == 201)


@contextmanager
def serving(store: Path, prefix: tuple[str, ...] = (), **options: object) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Run a server on a store; give its process and the port."""
    server = subprocess.Popen(
        [*prefix, sys.executable, "-m", "clew", "up", "--port", "0", "--store", str(store)],
        env={**os.environ, "CLEW_HOME": str(store.parent), "CLEW_RELAY": "false"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )
    try:
        first = server.stdout.readline()
        assert "is up at" in first, server.stderr.read()
        yield server, int(first.strip().rpartition(":")[2])
    finally:
        server.terminate()
        server.communicate(timeout=60)


def whole(store: Path, sender: Sender) -> None:
    """See that the store has what was acknowledged and nothing else, and that all it derived follows from that."""
    assert Counter(item.body for item in of_store(store)) == sender.acknowledged()
    assert check(store).clean


def test_files_that_may_not_grow_are_told_and_it_goes_on_when_they_may(tmp_path):
    store = tmp_path / "store.db"
    limit = 3_000_000
    with serving(store, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))) as (server, port):
        sender = Sender(port)
        sender.until_full()
        assert sender.send() in LATER
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        assert [sender.send() for _ in range(20)] == [201] * 20
    whole(store, sender)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of six megabytes, and what else lies on it."""
    with small_disk(tmp_path / "disk", 6 * 1024**2) as mounted:
        if not mounted:
            pytest.skip("a file system can be mounted by root only; the limit on file sizes above stands for it")
        yield tmp_path / "disk"


def test_on_a_full_disk_events_are_refused_and_taken_again_when_there_is_room(disk):
    ballast, store = disk / "ballast", disk / "store.db"
    ballast.write_bytes(bytes(2_000_000))
    with serving(store) as (_, port):
        sender = Sender(port)
        sender.until_full()
        assert sender.send() in LATER
        ballast.unlink()
        assert [sender.send() for _ in range(10)] == [201] * 10
        sender.until_full()
    with serving(store) as (_, sender.port):
        sender.until_full()
    (room := disk.parent / "room").mkdir()
    for file in disk.glob("store.db*"):
        shutil.copy(file, room)
    whole(room / "store.db", sender)


def test_care_that_finds_no_room_leaves_the_store_as_it_is(disk):
    store = disk / "store.db"
    with serving(store) as (_, port):
        sender = Sender(port)
        sender.until_full()
    for command in ("rebuild", "vacuum", "check"):
        done = subprocess.run(
            [sys.executable, "-m", "clew", "store", command, "--store", str(store)], capture_output=True, text=True, check=False
        )
        assert done.returncode == 1
        assert "Make room" in done.stderr
    done = subprocess.run(
        [sys.executable, "-m", "clew", "store", "check", "--store", str(store), "--scratch", str(disk.parent)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
