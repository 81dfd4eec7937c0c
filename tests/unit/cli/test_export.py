"""`clew export`, and `clew up --import` as the way back."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys

import pytest

from clew.cli.export import backend
from clew.server.seam import InProcessSeam
from clew.server.store import Store
from clew.settings import Settings
from tests.events import event
from tests.unit.cli.test_store import clew


@pytest.fixture
def path(tmp_path):
    store = Store(tmp_path / "store.db")
    seam = InProcessSeam(store)
    for body in (event("START"), event("COMPLETE")):
        assert seam.call("POST", "/api/v1/lineage", body).status == 201
    assert seam.call("PUT", "/api/v1/tags/URGENT", b"{}").status == 200
    store.close()
    return store.path


def test_events_are_written_as_they_came(path):
    done = clew("export", home=path.parent)
    assert done.stdout.encode().splitlines() == [event("START"), event("COMPLETE")]
    assert done.stderr == "2 lines → standard output\n"


def test_changes_are_written_when_asked_for(path):
    done = clew("export", "--changes", home=path.parent)
    assert json.loads(done.stdout.splitlines()[-1])["clewChange"]["target"] == "/api/v1/tags/URGENT"


def test_a_file_is_packed_by_its_name_private_and_there_only_when_whole(path, tmp_path):
    done = clew("export", "--output", str(tmp_path / "out.ndjson.gz"), home=path.parent)
    assert done.returncode == 0
    assert len(gzip.decompress((tmp_path / "out.ndjson.gz").read_bytes()).splitlines()) == 2
    assert (tmp_path / "out.ndjson.gz").stat().st_mode & 0o777 == 0o600
    assert not list(tmp_path.glob(".out*"))


@pytest.mark.parametrize(("place", "reason"), [("/nowhere/out", "No such file or directory"), ("/", ""), (".", "")])
def test_a_place_that_cannot_be_written_is_told(path, place, reason):
    done = clew("export", "--output", place, home=path.parent)
    assert done.returncode == 1
    assert f"Error: {place} cannot be written: {reason}" in done.stderr
    assert "Choose another with --output." in done.stderr


@pytest.mark.parametrize(("own", "sent"), [(None, True), ("http://127.0.0.1:1", False)])
def test_the_key_goes_to_the_backend_that_it_belongs_to(own, sent):
    there = backend("http://127.0.0.1:2", Settings(url=own, api_key="key"))
    assert there._seam._session.headers.get("Authorization") == ("Bearer key" if sent else None)


def test_a_time_that_is_none_is_a_usage_error(path):
    done = clew("export", "--since", "yesterday", home=path.parent)
    assert done.returncode == 2
    assert "--since: expected a time" in done.stderr


@pytest.mark.parametrize("way", ["a file", "standard input"])
def test_what_was_exported_comes_in_before_the_server_listens(path, tmp_path, way):
    clew("export", "--changes", "--output", str(tmp_path / "out.ndjson"), home=path.parent)
    text = (tmp_path / "out.ndjson").read_text() + "no event\n"
    (tmp_path / "out.ndjson").write_text(text)
    arguments = [
        sys.executable,
        "-m",
        "clew",
        "up",
        "--port",
        "0",
        "--import",
        "-" if way == "standard input" else str(tmp_path / "out.ndjson"),
    ]
    server = subprocess.Popen(
        arguments, env={**os.environ, "CLEW_HOME": str(tmp_path / "new")}, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    if way == "standard input":
        server.stdin.write(text)
    server.stdin.close()
    server.stdin = None
    assert "is up at" in server.stdout.readline()
    server.send_signal(signal.SIGTERM)
    _, told = server.communicate(timeout=60)
    assert "3 events and changes imported, 1 refused\n  line 4: not an OpenLineage event" in told
    assert clew("export", "--changes", home=tmp_path / "new").stdout.splitlines()[0].encode() == event("START")


def test_a_reader_that_has_seen_enough_is_no_trouble(tmp_path):
    store = Store(tmp_path / "store.db")
    for run in range(40):
        assert InProcessSeam(store).call("POST", "/api/v1/lineage", event(run=run, note="x" * 10_000)).status == 201
    store.close()
    environ = {**os.environ, "CLEW_HOME": str(tmp_path)}
    done = subprocess.run(
        ["/bin/sh", "-c", f"{sys.executable} -m clew export | head -c 10"], env=environ, capture_output=True, text=True, check=False
    )
    assert (len(done.stdout), done.stderr) == (10, "")


def test_a_file_that_is_not_there_is_told(tmp_path):
    done = clew("up", "--port", "0", "--import", str(tmp_path / "none"), home=tmp_path)
    assert done.returncode == 1
    assert f"{tmp_path / 'none'} cannot be read: No such file or directory." in done.stderr
