"""The way from dbt's process to the teller: it never waits, whatever the teller does."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import datetime, timezone

import pytest

from dbt_clew.live import pipe, records
from tests import waiting

AT = datetime(2026, 1, 1, tzinfo=timezone.utc)


@pytest.fixture
def teller(monkeypatch):
    """Have another program started as the teller."""

    def put(program: str) -> None:
        def start(reading, environ, facts):
            return subprocess.Popen([sys.executable, "-c", program], stdin=reading, env={**os.environ, **environ})

        monkeypatch.setattr(pipe, "_start", start)

    return put


def node(unique_id: str) -> records.NodeBegun:
    return records.NodeBegun(unique_id=unique_id, at=AT)


def test_records_arrive_in_their_order_as_lines(teller, tmp_path):
    teller("import os, sys; open(os.environ['INTO'], 'w').write(sys.stdin.read())")
    way = pipe.Pipe({"INTO": str(tmp_path / "got")})
    way.send(node("a"))
    way.send(node("b"))
    assert way.finish(60) == 0
    assert [records.decode(line) for line in (tmp_path / "got").read_bytes().splitlines()] == [node("a"), node("b")]


def test_more_than_the_pipe_holds_waits_in_memory_and_arrives(teller, tmp_path):
    teller("import os, sys; open(os.environ['GO']).read(); open(os.environ['INTO'], 'w').write(sys.stdin.read())")
    os.mkfifo(tmp_path / "go")
    way = pipe.Pipe({"INTO": str(tmp_path / "got"), "GO": str(tmp_path / "go")})
    for _ in range(50):
        way.send(node("x" * 100_000))
    (tmp_path / "go").write_text("go")
    assert way.finish(60) == 0
    assert len((tmp_path / "got").read_bytes().splitlines()) == 50


def test_a_teller_that_is_gone_is_given_up_in_silence(teller):
    teller("")
    way = pipe.Pipe({})
    way._teller.wait(60)
    way.send(node("a"))
    assert way._writing == -1
    assert way.finish(60) == 0


def test_a_teller_that_is_too_far_behind_is_given_up(teller, monkeypatch):
    monkeypatch.setattr(pipe, "BACKLOG", 1000)
    teller("import time; time.sleep(600)")
    way = pipe.Pipe({})
    for _ in range(30):
        way.send(node("x" * 100_000))
    assert way._writing == -1
    way._teller.kill()
    way._teller.wait()


def test_a_teller_that_hangs_is_waited_for_only_so_long_and_reaped_later(teller):
    teller("import time; time.sleep(600)")
    way = pipe.Pipe({})
    assert way.finish(0.05) is None
    way._teller.kill()
    waiting.until(lambda: pipe._reap() is None and way._teller not in pipe._left_behind)


def test_an_invocation_whose_end_was_never_told_leaves_no_open_file(teller):
    teller("import sys; sys.stdin.read()")
    way = pipe.Pipe({})
    process, writing = way._teller, way._writing
    del way
    assert process.wait(60) == 0
    with pytest.raises(OSError):
        os.fstat(writing)
    pipe._reap()


def test_a_fork_of_dbts_process_tells_nothing(teller, tmp_path):
    teller("import os, sys; open(os.environ['INTO'], 'w').write(sys.stdin.read())")
    way = pipe.Pipe({"INTO": str(tmp_path / "got")})
    way._process_id = -1  # what a fork sees
    way.send(node("a"))
    assert way.finish(60) == 0
    assert (tmp_path / "got").read_bytes() == b""
