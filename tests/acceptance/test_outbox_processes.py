"""Outbox and relay among real processes: many writers, forks, hosts that wait for pipes, one relay."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from clew.outbox import Outbox, emit, start_relay
from clew.settings import Settings
from tests.backends import ACCEPTS, Backend, Hangs, Says
from tests.events import event
from tests.relays import end_relay, relay_of
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.acceptance


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A home whose relay, if one runs, is ended after the test."""
    home = tmp_path / "clew"
    yield home
    end_relay(home)


@pytest.fixture
def backend() -> Iterator[Backend]:
    with Backend() as backend:
        yield backend


def settings(home: Path, backend: Backend) -> Settings:
    return Settings(home=home, url=backend.url)


def python(code: str, home: Path, backend: Backend | None = None, **options: object) -> subprocess.Popen[bytes]:
    """Start a Python that is a host of ours."""
    environ = {**os.environ, "CLEW_HOME": str(home), **({"CLEW_URL": backend.url} if backend else {})}
    prelude = "from tests.events import event\nfrom clew import outbox, settings\nin_force = settings.load()\n"
    return subprocess.Popen([sys.executable, "-c", prelude + code], env=environ, **options)


def told(backend: Backend, job: str) -> list[str]:
    return [e["eventType"] for e in backend.accepted if e["job"]["name"] == job]


def test_many_processes_append_at_once_and_every_event_arrives_in_its_order(home: Path, backend: Backend) -> None:
    code = """
for run in range({first}, {first} + 10):
    for kind in ("START", "RUNNING", "COMPLETE"):
        outbox.emit(in_force, [event(kind, run=run, job=f"job{{run}}")])
"""
    writers = [python(code.format(first=first), home, backend) for first in range(0, 60, 10)]
    assert [writer.wait(60) for writer in writers] == [0] * 6
    assert Outbox(home).wait_until_empty(60)
    assert [told(backend, f"job{run}") for run in range(60)] == [["START", "RUNNING", "COMPLETE"]] * 60


def test_a_forked_child_that_leaves_through_os_exit_is_heard(home: Path, backend: Backend) -> None:
    code = """
import os
outbox.emit(in_force, [event("START")])
if os.fork() == 0:
    outbox.emit(in_force, [event("RUNNING")])
    os._exit(0)
os.wait()
outbox.emit(in_force, [event("COMPLETE")])
os._exit(0)
"""
    assert python(code, home, backend).wait(60) == 0
    assert Outbox(home).wait_until_empty(60)
    assert told(backend, "job") == ["START", "RUNNING", "COMPLETE"]


def test_forked_children_append_at_once_while_their_parent_does(home: Path) -> None:
    code = """
import os, threading
box = outbox.Outbox(settings.home(in_force))
box.append([event(run=0)])
writer = threading.Thread(target=lambda: [box.append([event(run=0)]) for _ in range(100)])
writer.start()
children = []
for run in range(1, 9):
    children.append(os.fork())
    if children[-1] == 0:
        for _ in range(20):
            box.append([event(run=run)])
        os._exit(0)
codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
writer.join()
assert codes == [0] * 8, codes
"""
    assert python(code, home).wait(60) == 0
    outbox = Outbox(home)
    assert len(outbox.ids("waiting")) == 1 + 100 + 8 * 20
    with outbox.reading() as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    outbox.close()


def test_a_relay_outlives_its_host_and_holds_nothing_of_it(home: Path, backend: Backend) -> None:
    backend.answers = lambda _: Hangs()
    host = python("outbox.emit(in_force, [event()])", home, backend, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    output, _ = host.communicate(timeout=60)  # ends when the last holder of the pipe has closed it
    assert (host.returncode, output) == (0, b"")
    until(lambda: relay_of(home))
    relay = relay_of(home)
    assert os.getsid(relay) != os.getsid(0)
    assert Path(f"/proc/{relay}/cwd").readlink() == Path("/")
    status = Path(f"/proc/{relay}/status").read_text(encoding="ascii")
    assert f"PPid:\t{host.pid}\n" not in status
    backend.answers = lambda _: ACCEPTS


def test_one_outbox_has_one_relay_however_many_append(home: Path, backend: Backend) -> None:
    backend.answers = lambda _: Hangs()
    hosts = [python(f"outbox.emit(in_force, [event(run={run}, job='j{run}')])", home, backend) for run in range(6)]
    assert [host.wait(60) for host in hosts] == [0] * 6
    until(lambda: relay_of(home))
    assert not start_relay(settings(home, backend))
    relays = [process.name for process in Path("/proc").iterdir() if process.name.isdigit() and belongs_to(process, home)]
    assert relays == [str(relay_of(home))]
    second = subprocess.run(
        [sys.executable, "-m", "clew", "relay"],
        env={**os.environ, "CLEW_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert second.returncode == 1
    assert f"A relay (process {relays[0]}) delivers from {home}/outbox.db already" in second.stderr


def belongs_to(process: Path, home: Path) -> bool:
    try:
        is_relay = b"clew.outbox" in (process / "cmdline").read_bytes()
        return is_relay and f"CLEW_HOME={home}\0".encode() in (process / "environ").read_bytes()
    except OSError:
        return False


def test_no_secret_shows_in_the_list_of_processes(home: Path, backend: Backend) -> None:
    backend.answers = lambda _: Hangs()
    emit(Settings(home=home, url=f"http://ann:hunter2@127.0.0.1:{backend.port}", api_key="hunter3"), [event()])
    until(lambda: relay_of(home))
    until(lambda: backend.attempts)
    assert b"hunter" not in Path(f"/proc/{relay_of(home)}/cmdline").read_bytes()
    backend.stop()
    until(lambda: Outbox(home).ids("waiting") and (home / "relay.log").read_text().count("accepts nothing"))
    for file in home.iterdir():
        assert b"hunter" not in file.read_bytes()


def test_every_file_is_private(home: Path, backend: Backend) -> None:
    old = os.umask(0)
    try:
        emit(settings(home, backend), [event()])
        assert Outbox(home).wait_until_empty(60)
    finally:
        os.umask(old)
    assert {file.name: stat.S_IMODE(file.stat().st_mode) for file in home.iterdir()} == dict.fromkeys(
        ("outbox.db", "outbox.db-shm", "outbox.db-wal", "relay.lock", "relay.log"), 384
    )
    assert stat.S_IMODE(home.stat().st_mode) == 0o700


@pytest.mark.parametrize("answer", [Hangs(), Says(500), Says(503), None])
def test_a_host_ends_whatever_the_backend_does_and_everything_arrives_when_it_is_well(home: Path, backend: Backend, answer: object) -> None:
    backend.answers = lambda _: answer
    if answer is None:
        backend.stop()
    host = python("for kind in ('START', 'COMPLETE'): outbox.emit(in_force, [event(kind)])", home, backend)
    assert host.wait(60) == 0
    assert len(Outbox(home).ids("waiting")) == 2
    backend.stop()
    backend.answers = lambda _: ACCEPTS
    backend.start()
    assert Outbox(home).wait_until_empty(100)
    assert told(backend, "job") == ["START", "COMPLETE"]


def test_a_relay_that_is_told_to_end_leaves_the_rest_to_the_next(home: Path, backend: Backend) -> None:
    backend.answers = lambda _: Says(503)
    emit(settings(home, backend), [event("START"), event("COMPLETE")])
    until(lambda: relay_of(home) and backend.attempts)
    end_relay(home)
    backend.answers = lambda _: ACCEPTS
    assert start_relay(settings(home, backend))
    assert Outbox(home).wait_until_empty(60)
    assert told(backend, "job") == ["START", "COMPLETE"]
