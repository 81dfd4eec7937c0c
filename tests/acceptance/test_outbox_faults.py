"""Places that fail: a full disk, a home that cannot be written, a damaged file; and what reaches the disk before an append returns."""

from __future__ import annotations

import os
import re
import resource
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from clew.outbox import Outbox, status
from clew.settings import Settings
from tests.acceptance.conftest import needed
from tests.events import event

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.acceptance

HOST = """
from openlineage.client.client import OpenLineageClient
from clew.transport import ClewTransport
from tests.events import event
import json, sys
client = OpenLineageClient(transport=ClewTransport())
for number in range(int(sys.argv[1])):
    client.transport.emit(json.loads(event(run=number, note="x" * 10_000)))
print("the host goes on")
"""


def host(home: Path, events: int, **options: object) -> subprocess.CompletedProcess[str]:
    """Run a host that emits through the transport, to its end."""
    return subprocess.run(
        [sys.executable, "-c", HOST, str(events)],
        env={**os.environ, "CLEW_HOME": str(home)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        **options,
    )


def files_of_at_most(size: int) -> Callable[[], None]:
    """Let no file grow above a size: for a process, a disk that is full (SQLite gets EFBIG where it would get ENOSPC)."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def test_on_a_full_disk_the_host_goes_on_and_what_was_kept_is_kept(tmp_path: Path) -> None:
    ended = host(tmp_path, events=100, preexec_fn=files_of_at_most(1_000_000))
    assert ended.stdout == "the host goes on\n"
    assert "clew could not keep an event" in ended.stderr
    assert ended.stderr.count("outbox.db") == 1, "it is said once, not for each event"
    outbox = Outbox(tmp_path)
    kept = len(outbox.ids("waiting"))
    assert 10 < kept < 100
    outbox.append([event()])
    assert len(outbox.ids("waiting")) == kept + 1
    outbox.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Path:
    """A file system of one megabyte."""
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        pytest.skip("a file system can be mounted by root only; the limit on file sizes above stands for it")
    return tmp_path / "disk"


def test_on_a_file_system_without_room_the_host_goes_on_and_is_told_to_make_room(small_disk: Path) -> None:
    small_disk.mkdir()
    script = f'mount -t tmpfs -o size=1m none "{small_disk}" && "$@" && "$1" -c "{COUNT}"'
    ended = subprocess.run(
        ["unshare", "--mount", "/bin/sh", "-c", script, "sh", sys.executable, "-c", HOST, "200"],
        env={**os.environ, "CLEW_HOME": str(small_disk / "clew")},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    if "permission denied" in ended.stderr.lower():
        pytest.skip("this root may not mount")
    assert ended.stdout.splitlines()[0] == "the host goes on"
    assert "the disk is full. Make room" in ended.stderr
    assert int(ended.stdout.splitlines()[1]) > 10


COUNT = "from clew import settings; from clew.outbox import Outbox; print(len(Outbox(settings.home(settings.load())).ids('waiting')))"


def test_in_a_home_that_cannot_be_written_the_host_goes_on_and_is_told_what_to_do(tmp_path: Path) -> None:
    home = tmp_path / "file" / "clew"
    (tmp_path / "file").touch()
    ended = host(home, events=3)
    assert ended.stdout == "the host goes on\n"
    assert f"clew could not keep an event: {home}: Not a directory. Set CLEW_HOME to a folder" in ended.stderr


def test_with_a_damaged_file_the_host_goes_on_and_the_file_stays_for_repair(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path)
    outbox.append([event(run=run, note="x" * 10_000) for run in range(50)])
    outbox.close()
    damaged = bytearray((tmp_path / "outbox.db").read_bytes())
    damaged[100:60_000] = b"\xff" * 59_900
    (tmp_path / "outbox.db").write_bytes(damaged)
    ended = host(tmp_path, events=3)
    assert ended.stdout == "the host goes on\n"
    assert "outbox.db is damaged. Stop what uses it, move it away" in ended.stderr
    assert (tmp_path / "outbox.db").read_bytes() == bytes(damaged)


def test_at_the_limit_the_host_goes_on_and_is_told_once(tmp_path: Path) -> None:
    os.environ["CLEW_OUTBOX_LIMIT"] = "300KB"
    try:
        ended = host(tmp_path, events=100)
    finally:
        del os.environ["CLEW_OUTBOX_LIMIT"]
    assert ended.stdout == "the host goes on\n"
    assert ended.stderr.count("has reached its limit of 307,200 bytes") == 1
    found = status(Settings(home=tmp_path))
    assert found.waiting > 10
    assert found.bytes_used <= 307_200


def test_when_an_append_returns_the_disk_has_the_event(tmp_path: Path) -> None:
    """Survival of a power loss, as far as a program can see it: the log of the outbox is synced after its last write."""
    strace = needed(shutil.which("strace"), "strace (Debian: apt-get install strace)")
    code = f"""
import os
from clew.outbox import Outbox
from pathlib import Path
from tests.events import event
outbox = Outbox(Path({str(tmp_path / "clew")!r}))
outbox.append([event("START")])
os.stat("/returned")
"""
    traced = subprocess.run(
        [strace, "-f", "-y", "-e", "trace=write,pwrite64,fsync,fdatasync,stat,newfstatat,link,linkat", sys.executable, "-c",
         code.replace('os.stat("/returned")', 'os.path.exists("/returned")')],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    before, _, after = traced.stderr.partition("/returned")
    assert after, "the trace does not show the end of the append"
    calls = re.findall(r"(pwrite64|fsync|fdatasync)\(\d+<([^>]*)>", before)
    log = [call for call, file in calls if file.endswith("outbox.db-wal")]
    assert "pwrite64" in log
    assert log[-1] in {"fsync", "fdatasync"}
    linked = before.rindex("link")
    assert re.search(rf"fsync\(\d+<{re.escape(str(tmp_path / 'clew'))}>\)", before[linked:]), "the new file's name is synced as well"
