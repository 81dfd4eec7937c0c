"""`clew sync airflow` and `clew verify airflow`: options, what is printed, the status; against a recorded Airflow over HTTP."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner

from clew.cli import cli
from clew.cli.sync import moment, span
from clew.server.seam import InProcessSeam
from clew.server.store import Store
from tests.unit.airflow.history.recorded import Recorded, answers

NOW = datetime(2026, 3, 4, tzinfo=timezone.utc)


@contextmanager
def serving(call):
    """Serve what a seam answers on loopback."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self):
            length = int(self.headers.get("Content-Length") or 0)
            found = call(self.command, self.path, self.rfile.read(length) if length else None)
            self.send_response(found.status)
            self.send_header("Content-Length", str(len(found.body)))
            self.end_headers()
            self.wfile.write(found.body)

        do_GET = do_POST = answer  # noqa: N815  the names that the server calls

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def airflow():
    with serving(Recorded(answers()).call) as url:
        yield url


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path / "store.db")
    yield store
    store.close()


@pytest.fixture
def run(airflow, store, tmp_path, monkeypatch):
    """Run a command against the recorded Airflow and a backend of ours."""
    with serving(InProcessSeam(store).call) as backend:
        for variable, value in {"CLEW_URL": backend, "CLEW_HOME": str(tmp_path / "home"), "CLEW_RELAY": "false"}.items():
            monkeypatch.setenv(variable, value)

        def run(command, *options):
            return CliRunner().invoke(cli, [command, "airflow", "--url", airflow, "--since", "2026-01-01", "--rate", "1000", *options])

        yield run


def test_events_are_written_to_a_file(run, tmp_path):
    done = run("sync", "--output", str(tmp_path / "events.jsonl"))
    assert done.exit_code == 0, done.output
    events = [json.loads(line) for line in (tmp_path / "events.jsonl").read_text().splitlines()]
    assert len(events) == 52
    assert "3 DAG runs (2 success, 1 failed); 23 task tries" in done.output
    assert f"52 events written to {tmp_path}/events.jsonl" in done.output
    assert "not known (1): cleared DAG runs" in done.output


def test_a_dry_run_sends_nothing_and_remembers_nothing(run, tmp_path):
    assert "52 events would go to" in run("sync", "--dry-run").output
    assert not (tmp_path / "home").exists()


def test_the_next_sync_goes_on_where_this_one_stopped(run):
    assert json.loads(run("sync", "--json").stdout)["events"] == 52
    assert json.loads(run("sync", "--json").stdout)["dag_runs"] == {"success": 1}
    assert json.loads(run("sync", "--json", "--restart").stdout)["dag_runs"] == {"success": 2, "failed": 1}


def test_verify_lists_what_is_missing_and_ends_with_1(run):
    done = run("verify")
    assert done.exit_code == 1
    assert "26 of 26 runs differ" in done.output
    assert "try 1, map index 0" in done.output


def test_verify_agrees_when_everything_is_there(run, store, tmp_path):
    run("sync", "--output", str(tmp_path / "events.jsonl"))
    for line in (tmp_path / "events.jsonl").read_bytes().splitlines():
        assert InProcessSeam(store).call("POST", "/api/v1/lineage", line).status == 201
    done = run("verify")
    assert (done.exit_code, done.output.partition(",")[0]) == (0, "26 runs in Airflow")
    assert json.loads(run("sync", "--json").stdout)["events"] == 0


def test_a_wrong_url_is_an_error_that_names_it(run):
    done = CliRunner().invoke(cli, ["sync", "airflow", "--url", "airflow:8080"])
    assert "--url 'airflow:8080': expected a URL" in str(done.exception)


def test_a_password_in_the_url_is_shown_nowhere(run):
    done = CliRunner().invoke(cli, ["sync", "airflow", "--url", "http://me:geheim@127.0.0.1:1"])
    assert "geheim" not in done.output + str(done.exception)


def test_a_backend_that_does_not_answer_is_told_with_the_next_step(run, monkeypatch):
    monkeypatch.setenv("CLEW_URL", "http://127.0.0.1:1")
    assert "start it (`clew up`)" in str(run("sync").exception)


def test_a_loop_tells_what_went_wrong_and_goes_on(run, monkeypatch):
    class Enough(Exception):
        pass

    waited = []

    def sleep(seconds):
        waited.append(seconds)
        if len(waited) == 2:
            raise Enough

    monkeypatch.setattr("clew.cli.sync.time.sleep", sleep)
    monkeypatch.setenv("CLEW_URL", "http://127.0.0.1:1")
    done = run("sync", "--every", "5m")
    assert isinstance(done.exception, Enough)
    assert waited == [300.0, 300.0]
    assert done.output.count("The next look is in 0:05:00.") == 2


def test_a_loop_writes_no_file(run, tmp_path):
    assert "Give one of them" in run("sync", "--every", "5m", "--output", str(tmp_path / "x")).output


def test_credentials_come_from_files(airflow, tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr("clew_airflow.history.rest.HttpSeam", lambda url, api_key: seen.append((url, api_key)) or Recorded(answers()))
    (tmp_path / "token").write_text("t0ken\n")
    monkeypatch.setenv("CLEW_HOME", str(tmp_path))
    CliRunner().invoke(cli, ["sync", "airflow", "--url", airflow, "--token-file", str(tmp_path / "token"), "--dry-run"])
    assert seen[-1] == (airflow, "t0ken")


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("90d", NOW - timedelta(days=90)),
        ("12h", NOW - timedelta(hours=12)),
        ("2w", NOW - timedelta(weeks=2)),
        ("2026-03-01", datetime(2026, 3, 1, tzinfo=timezone.utc)),
        ("2026-03-01T06:00:00Z", datetime(2026, 3, 1, 6, tzinfo=timezone.utc)),
        ("2026-03-01T06:00:00+02:00", datetime(2026, 3, 1, 4, tzinfo=timezone.utc)),
    ],
)
def test_a_moment_is_a_span_back_or_a_date(text, when):
    assert moment(text, NOW) == when


@pytest.mark.parametrize("text", ["", "d", "0d", "5", "-5d", "5 y"])
def test_what_is_no_span_is_told(text):
    with pytest.raises(ValueError, match="time span"):
        span(text)


def test_no_password_can_be_given_as_an_option():
    options = {name for p in cli.get_command(None, "sync").commands["airflow"].params for name in p.opts}
    assert not options & {"--password", "--token"}


def test_nothing_of_it_imports_airflow():
    for file in (Path(__file__).parents[3] / "airflow_plugin" / "clew_airflow" / "history").glob("*.py"):
        assert "import airflow" not in file.read_text()
        assert "from airflow" not in file.read_text()
