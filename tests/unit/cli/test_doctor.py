"""`clew doctor`: each line that is not fine says what to do next."""

from __future__ import annotations

import json
import os
import socket
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner

from clew.cli import checks
from clew.cli.doctor import command
from clew.outbox import Outbox


def doctor(*arguments: str, **environ: str):
    clean = {name: None for name in os.environ if name.startswith(("CLEW_", "OPENLINEAGE_", "AIRFLOW"))}
    return CliRunner().invoke(command, list(arguments), env={**clean, **environ})


@pytest.fixture
def nobody_listens() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


@pytest.fixture
def backend():
    """Answer every request with what stands in `answer`."""

    class Handler(BaseHTTPRequestHandler):
        answer = b'{"namespaces": []}'
        status = 200

        def do_GET(self):
            self.send_response(self.status)
            self.end_headers()
            self.wfile.write(self.answer)

        def log_message(self, *_):
            """Stay silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield Handler, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_all_is_well(tmp_path, backend):
    result = doctor(CLEW_URL=backend[1], CLEW_HOME=str(tmp_path))

    assert result.exit_code == 0
    assert f"{backend[1]} answered in" in result.output
    assert "0 events wait" in result.output


def test_what_went_wrong_beside_a_plain_dbt_is_shown(tmp_path):
    (tmp_path / "dbt.log").write_text("2026-03-01 08:00:00 ERROR clew could not send what dbt did: disk full\n")

    result = doctor(CLEW_HOME=str(tmp_path))

    assert "could not send what dbt did: disk full" in result.output
    assert f"→ read {tmp_path}/dbt.log" in result.output


def test_without_a_url_it_says_which_to_set(tmp_path):
    result = doctor(CLEW_HOME=str(tmp_path))

    assert "→ export CLEW_URL=http://127.0.0.1:5000" in result.output


def test_a_backend_that_is_down_is_broken_and_names_the_reason(tmp_path, nobody_listens):
    result = doctor(CLEW_URL=nobody_listens, CLEW_HOME=str(tmp_path))

    assert result.exit_code == 1
    assert f"✗ backend    {nobody_listens}: connection refused" in result.output


@pytest.mark.parametrize("status", [401, 403])
def test_a_backend_that_knows_no_such_token_is_told_from_a_wrong_url(tmp_path, backend, status):
    backend[0].status = status

    result = doctor(CLEW_URL=backend[1], CLEW_HOME=str(tmp_path), CLEW_API_KEY="of-another")

    assert result.exit_code == 1
    assert "→ set CLEW_API_KEY to a token that the backend knows" in result.output


def test_something_that_is_no_marquez_is_recognised(tmp_path, backend):
    backend[0].answer = b'{"hello": "world"}'

    result = doctor(CLEW_URL=backend[1], CLEW_HOME=str(tmp_path))

    assert result.exit_code == 1
    assert "answers, but not as Marquez does" in result.output


def test_a_setting_that_cannot_be_read_is_named_with_its_value(tmp_path):
    result = doctor(CLEW_URL="marquez:5000", CLEW_HOME=str(tmp_path))

    assert result.exit_code == 1
    assert "CLEW_URL='marquez:5000': expected a URL such as http://marquez:5000" in result.output


def test_a_home_that_cannot_be_made_is_named(tmp_path, backend):
    (tmp_path / "file").touch()

    result = doctor(CLEW_URL=backend[1], CLEW_HOME=str(tmp_path / "file" / "home"))

    assert result.exit_code == 1
    assert "✗ home" in result.output
    assert "CLEW_HOME" in result.output


def test_a_broken_outbox_is_named(tmp_path, backend):
    (tmp_path / "outbox.db").write_bytes(b"no database at all, but long enough to be looked at" * 100)

    result = doctor(CLEW_URL=backend[1], CLEW_HOME=str(tmp_path))

    assert result.exit_code == 1
    assert "outbox.db" in result.output


def test_what_was_refused_is_counted(tmp_path, backend):
    Outbox(tmp_path).append([b'{"this is": "no event"'])

    result = doctor(CLEW_URL=backend[1], CLEW_HOME=str(tmp_path))

    assert "1 events were refused" in result.output
    assert "→ clew outbox tells why" in result.output


def an_event() -> bytes:
    run = {"run": {"runId": "01a203c0-0000-7000-8000-000000000001"}, "job": {"namespace": "n", "name": "j"}}
    return json.dumps({"eventType": "START", "eventTime": "2026-03-01T08:00:00Z", "producer": "p", "schemaURL": "s", **run}).encode()


@pytest.mark.parametrize(
    ("relay", "next_step"), [("true", "clew relay --until-empty; the next event starts one, too"), ("false", "or unset CLEW_RELAY")]
)
def test_events_that_nobody_delivers_are_no_good_news(tmp_path, backend, relay, next_step):
    Outbox(tmp_path).append([an_event()])

    result = doctor(CLEW_URL=backend[1], CLEW_HOME=str(tmp_path), CLEW_RELAY=relay)

    assert "! outbox     1 events wait" in result.output
    assert "no relay runs that delivers them" in result.output
    assert next_step in result.output


def test_a_second_clew_on_the_path_is_named(tmp_path, backend, monkeypatch):
    folder = tmp_path / "clew-0.0.9.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: clew\nVersion: 0.0.9\n")
    monkeypatch.syspath_prepend(str(tmp_path))

    result = doctor(CLEW_URL=backend[1], CLEW_HOME=str(tmp_path))

    assert f"! clew       2 are installed: 0.0.9 in {tmp_path}, " in result.output
    assert "pip uninstall clew" in result.output


@pytest.mark.parametrize(
    ("beside", "said"),
    [("another", "which has no Clew: a plain `dbt` is not told"), ("clew", "in another environment, which has Clew as well")],
)
def test_of_a_dbt_in_another_environment_it_says_whether_clew_is_there(tmp_path, backend, monkeypatch, beside, said):
    for program in ("dbt", beside):
        (tmp_path / program).write_text("#!/bin/sh\n")
        (tmp_path / program).chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path))

    result = doctor(CLEW_URL=backend[1], CLEW_HOME=str(tmp_path / "home"))

    assert f"· dbt        {tmp_path}/dbt, in another environment" in result.output
    assert said in result.output


class TestDbtBesideClew:
    def test_one_that_loads_no_plugins_is_told_by_the_wrapper_alone(self):
        (found,) = checks._plain_dbt("1.5.11")
        assert (found.level, found.next_step) == ("note", "use `dbt-clew` in place of `dbt`, which tells it at its end")

    def test_a_plugin_that_dbt_does_not_find_is_named(self, monkeypatch):
        monkeypatch.setattr(sys, "path", [folder for folder in sys.path if not (Path(folder) / "dbt_clew").is_dir()])
        (found,) = checks._plain_dbt("1.11.16")
        assert "dbt does not find Clew's plugin" in found.text

    def test_nothing_is_said_of_one_that_finds_it(self):
        assert list(checks._plain_dbt("1.11.16")) == []


def test_credentials_in_the_url_are_not_shown(tmp_path, backend):
    secret = backend[1].replace("http://", "http://somebody:s3cret@")

    result = doctor(CLEW_URL=secret, CLEW_HOME=str(tmp_path))

    assert "s3cret" not in result.output


def test_what_is_chosen_and_what_must_not_leave_is_told(tmp_path, backend):
    chosen = {"CLEW_DAGS": "shop_*,!tag:private", "CLEW_REDACT": "vars", "CLEW_DBT_REDACT": "messages", "CLEW_WATCH": "sqlite3"}

    result = doctor(CLEW_URL=backend[1], CLEW_HOME=str(tmp_path), **chosen)

    assert "not all DAGs are collected: shop_*, !tag:private" in result.output
    assert "does not leave: vars, messages (of dbt)" in result.output
    assert "watched inside Python: sqlite3" in result.output


def test_an_environment_whose_pythons_do_not_begin_to_watch_is_named(tmp_path, backend, monkeypatch):
    monkeypatch.setattr("clew.cli.checks.STARTS", "no-such.pth")

    result = doctor(CLEW_URL=backend[1], CLEW_HOME=str(tmp_path))

    assert "no-such.pth is not in this environment" in result.output
    assert "→ install clew again with pip" in result.output


def test_json_has_the_same_findings(tmp_path, backend):
    found = json.loads(doctor("--json", CLEW_URL=backend[1], CLEW_HOME=str(tmp_path)).output)

    assert list(found) == ["Installed", "Configured", "Reachable", "Waiting"]
    assert {"level": "ok", "subject": "url", "text": backend[1], "next_step": None} in found["Configured"]
