"""`clew up` as a process."""

from __future__ import annotations

import gzip
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from clew.server.bodies import LIMIT
from tests.unit.server.conftest import run_id

EVENT = {
    "eventType": "COMPLETE", "eventTime": "2026-03-02T06:00:00Z", "producer": "p", "run": {"runId": run_id("1")},
    "job": {"namespace": "ns", "name": "job"},
}  # fmt: skip


def clew_up(home, *options):
    environ = {k: v for k, v in os.environ.items() if not k.startswith(("CLEW_", "OPENLINEAGE"))} | {"CLEW_HOME": str(home)}
    return subprocess.Popen(
        [Path(sys.executable).with_name("clew"), "up", *options], env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@contextmanager
def running(home, *options):
    """Run it and give its process and URL; what it logged is `told` afterwards."""
    process = clew_up(home, "--port", "0", *options)
    try:
        yield process, process.stdout.readline().split()[-1]
    finally:
        process.terminate()
        _, process.told = process.communicate(timeout=30)


def post(url, body, **headers):
    request = Request(f"{url}/api/v1/lineage", body, {"Content-Type": "application/json", **headers})
    try:
        with urlopen(request, timeout=30) as answer:
            return answer.status
    except HTTPError as error:
        return error.code


def get(url, path):
    with urlopen(url + path, timeout=30) as answer:
        return answer.read()


def test_a_page_of_another_site_may_not_write(tmp_path):
    with running(tmp_path) as (_, url):
        assert post(url, json.dumps(EVENT).encode(), **{"Sec-Fetch-Site": "cross-site"}) == 403
        assert json.loads(get(url, "/api/v1/events/lineage"))["events"] == []
        assert post(url, json.dumps(EVENT).encode(), **{"Sec-Fetch-Site": "same-origin"}) == 201


def test_it_says_where_it_is_takes_events_and_stops_in_peace(tmp_path):
    with running(tmp_path) as (process, url):
        assert post(url, json.dumps(EVENT).encode()) == 201
        assert json.loads(get(url, "/api/v1/namespaces/ns/jobs/job"))["latestRun"]["state"] == "COMPLETED"
        assert get(url, "/ping") == b"pong\n"
        assert b"<html" in get(url, "/")
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=30)
        assert (process.returncode, errors) == (0, "")
    assert (tmp_path / "store.db").exists()


def test_ctrl_c_stops_it_in_peace(tmp_path):
    with running(tmp_path) as (process, _):
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
        assert (process.returncode, errors) == (0, "")


def test_gzip_bodies_are_taken_and_too_large_ones_refused(tmp_path):
    with running(tmp_path) as (_, url):
        packed = gzip.compress(json.dumps(EVENT).encode())
        assert post(url, packed, **{"Content-Encoding": "gzip"}) == 201
        assert post(url, gzip.compress(b" " * (LIMIT + 1)), **{"Content-Encoding": "gzip"}) == 413


def test_a_client_that_offers_http_2_is_answered_by_http_1_without_a_word(tmp_path):
    offer = {"Connection": "Upgrade, HTTP2-Settings", "Upgrade": "h2c", "HTTP2-Settings": "AAEAAEAAAAIAAAAA"}
    with running(tmp_path) as (process, url):
        connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=30)
        connection.request("POST", "/api/v1/lineage", json.dumps(EVENT), {"Content-Type": "application/json", **offer})
        assert connection.getresponse().status == 201
        connection.close()
    assert process.told == ""


def test_names_with_slashes_survive_http(tmp_path):
    with running(tmp_path) as (_, url):
        assert post(url, json.dumps(EVENT | {"outputs": [{"namespace": "s3://lake", "name": "a/b"}]}).encode()) == 201
        assert json.loads(get(url, "/api/v1/namespaces/s3%3A%2F%2Flake/datasets/a%2Fb"))["name"] == "a/b"


def test_a_port_that_is_taken_is_told_with_the_way_out(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        process = clew_up(tmp_path, "--port", str(taken.getsockname()[1]))
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "--port" in errors


def test_an_address_that_others_reach_asks_for_a_token_or_insecure(tmp_path):
    process = clew_up(tmp_path, "--host", "0.0.0.0", "--port", "0")
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "--insecure" in errors
    assert "--token-file" in errors


def test_a_file_that_is_no_store_is_told(tmp_path):
    (tmp_path / "notes.txt").write_text("shopping list\n" * 100)
    process = clew_up(tmp_path, "--port", "0", "--store", str(tmp_path / "notes.txt"))
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "notes.txt" in errors
    assert "Traceback" not in errors


@pytest.mark.parametrize("missing", ["starlette", "uvicorn", "jinja2"])
def test_without_the_server_extra_it_says_what_to_install(tmp_path, missing):
    (tmp_path / f"{missing}.py").write_text(f"raise ModuleNotFoundError('gone', name='{missing}')")
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from clew.cli import main; main(['up', '--port', '0'])"
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | {"CLEW_HOME": str(tmp_path)}, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert 'pip install "clew[server]"' in done.stderr
