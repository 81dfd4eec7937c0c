from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from clew.settings import Settings
from dbt_clew import telling
from dbt_clew.command.arguments import Arguments
from dbt_clew.context import Ending
from tests import waiting
from tests.unit.dbt import projects

if TYPE_CHECKING:
    from pathlib import Path

STARTED = datetime(2026, 3, 1, 7, 59, tzinfo=timezone.utc)


@pytest.fixture
def shop(tmp_path, monkeypatch):
    (tmp_path / "dbt_project.yml").write_text("{name: shop, profile: shop}")
    (tmp_path / "profiles.yml").write_text("shop: {outputs: {default: {type: duckdb, path: a.duckdb}}}")
    projects.target(tmp_path / "target", [projects.node("model.shop.a")], [projects.result("model.shop.a")])
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_without_a_dbt_the_help_is_there_all_the_same(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "dbt_clew.wrapper", "--help"],
        env={"PATH": "/nowhere", "PYTHONPATH": os.pathsep.join(sys.path), "DBT_EXECUTABLE": "/nowhere/dbt", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "dbt-clew build" in done.stdout
    assert (done.returncode, done.stderr.splitlines()) == (
        127,
        ["dbt-clew: dbt is named '/nowhere/dbt', but there is no such program. Correct --dbt-executable or DBT_EXECUTABLE."],
    )


def told(shop: Path, asked: Arguments | None = None, started: datetime = STARTED, exit_code: int = 0, facts: Any = None) -> list[Any]:
    file = shop / "facts.json"
    if facts:
        file.write_bytes(msgspec.json.encode(facts))
    seen = telling.Seen(facts=file, started=started, ended=started + timedelta(minutes=5), ending=Ending(exit_code=exit_code))
    return list(telling.of_invocation(asked or Arguments(command="build"), seen, Settings(), {}))


def names(events: list[Any]) -> list[str]:
    return [f"{e['eventType']} {e['job']['name']}" for e in events]


class TestTelling:
    def test_what_this_invocation_left_is_told(self, shop):
        assert "COMPLETE shop.analytics.shop.a" in names(told(shop))

    def test_what_an_earlier_invocation_left_is_not(self, shop):
        assert names(told(shop, started=STARTED + timedelta(hours=1), exit_code=2)) == ["START dbt-run-shop", "FAIL dbt-run-shop"]

    def test_the_plugin_knows_which_invocation_it_is_whatever_the_clock_says(self, shop):
        facts = {
            "invocation_id": "11111111-2222-3333-4444-555555555555",
            "command": "build",
            "project": "shop",
            "project_dir": str(shop),
            "target_path": str(shop / "target"),
            "profile": "shop",
            "target": "default",
            "connection": {"adapter": "duckdb", "path": "b.duckdb"},
        }
        later = STARTED + timedelta(hours=1)
        assert "COMPLETE shop.analytics.shop.a" in names(told(shop, started=later, facts=facts))
        assert "COMPLETE shop.analytics.shop.a" not in names(told(shop, facts={**facts, "invocation_id": "another"}))

    def test_facts_of_another_version_are_warned_of_and_not_used(self, shop, caplog):
        assert "COMPLETE shop.analytics.shop.a" in names(told(shop, facts={"invocation_id": 3}))
        assert "of another version" in caplog.text

    @pytest.mark.parametrize("command", ["list", "ls", "parse", "debug", "compile", "deps", None])
    def test_a_command_that_executes_nothing_is_not_told(self, shop, command):
        assert told(shop, Arguments(command=command)) == []

    def test_artifacts_that_cannot_be_read_cost_the_nodes_and_not_the_invocation(self, shop, caplog):
        file = shop / "target" / "manifest.json"
        file.write_text(file.read_text()[:-20])
        assert names(told(shop, exit_code=1)) == ["START dbt-run-shop", "FAIL dbt-run-shop"]
        assert "manifest.json: no JSON" in caplog.text

    def test_no_target_directory_at_all_costs_the_nodes_and_not_the_invocation(self, shop):
        asked = Arguments(command="build", target_path=str(shop / "nowhere"))
        assert names(told(shop, asked)) == ["START dbt-run-shop", "COMPLETE dbt-run-shop"]

    def test_the_target_path_that_was_asked_for_is_read(self, shop):
        (shop / "target").rename(shop / "elsewhere")
        assert "COMPLETE shop.analytics.shop.a" in names(told(shop, Arguments(command="build", target_path="elsewhere")))

    def test_switched_off_it_reads_nothing(self, shop, tmp_path):
        seen = telling.Seen(facts=shop / "f", started=STARTED, ended=STARTED, ending=Ending(exit_code=0))
        telling.tell(Arguments(command="build"), seen, {"CLEW_ENABLED": "false", "CLEW_HOME": str(tmp_path / "home")})
        assert not (tmp_path / "home").exists()


ECHO = """#!{python}
import sys
print(sys.argv[1:], sys.stdin.read()); print("to stderr", file=sys.stderr); sys.exit(3)
"""

FUSION = """#!/bin/sh
cp '{telemetry}' "$DBT_OTEL_FILE_NAME"
exec sleep 600
"""


def events_in(home: Path) -> list[Any]:
    """Return the events in the outbox of a home."""
    if not (home / "outbox.db").exists():
        return []
    with closing(sqlite3.connect(home / "outbox.db")) as outbox:
        if outbox.execute("SELECT 1 FROM sqlite_master WHERE name = 'events'").fetchone() is None:
            return []  # it is just being made
        return [json.loads(body) for (body,) in outbox.execute("SELECT body FROM events ORDER BY seq")]


def told_in(home: Path) -> list[str]:
    return names(events_in(home))


class TestProcess:
    """The wrapper as a process of its own, around a program that does what a test needs."""

    @pytest.fixture
    def start(self, tmp_path):
        fake = tmp_path / "fake-dbt"
        fake.write_text(ECHO.format(python=sys.executable))
        fake.chmod(0o755)
        environ = {**os.environ, "DBT_EXECUTABLE": str(fake), "CLEW_HOME": str(tmp_path / "home"), "CLEW_RELAY": "false"}
        running = []

        def run(*words: str, **more: Any) -> subprocess.Popen[str]:
            command = [sys.executable, "-m", "dbt_clew.wrapper", *words]
            pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
            started = subprocess.Popen(command, env={**environ, **more}, cwd=tmp_path, text=True, **pipes)
            running.append(started)
            return started

        yield run
        for process in running:
            process.kill()
            process.communicate()

    def test_arguments_input_output_and_exit_code_are_those_of_dbt(self, start):
        process = start("run", "--select", "a b", "--vars", "{x: 1}")
        assert process.communicate("typed") == ("['run', '--select', 'a b', '--vars', '{x: 1}'] typed\n", "to stderr\n")
        assert process.returncode == 3

    @pytest.mark.parametrize(
        "words", [("--dbt-executable", "{}", "run"), ("run", "--dbt-executable={}"), ("run", "--dbt-executable", "{}")]
    )
    def test_our_option_names_dbt_and_dbt_does_not_see_it(self, start, tmp_path, words):
        process = start(*(word.format(tmp_path / "fake-dbt") for word in words), DBT_EXECUTABLE="/nowhere/dbt")
        assert process.communicate("")[0] == "['run'] \n"

    def test_a_command_of_several_words_starts_dbt(self, start, tmp_path):
        (tmp_path / "launch").write_text('#!/bin/sh\nshift\nexec "$@"\n')
        (tmp_path / "launch").chmod(0o755)
        process = start("build", DBT_EXECUTABLE=f"launch run '{tmp_path}/fake-dbt' --debug", PATH=f"{tmp_path}:{os.environ['PATH']}")
        assert process.communicate("")[0] == "['--debug', 'build'] \n"

    def test_within_another_dbt_clew_it_only_runs_dbt(self, start, tmp_path):
        assert start("run", CLEW_DBT_FACTS="somewhere").communicate("")[0] == "['run'] \n"
        assert not (tmp_path / "home").exists()

    def test_without_dbt_it_says_so(self, start):
        process = start("build", DBT_EXECUTABLE="/nowhere/dbt")
        assert process.communicate() == (
            "",
            "dbt-clew: dbt is named '/nowhere/dbt', but there is no such program. Correct --dbt-executable or DBT_EXECUTABLE.\n",
        )
        assert process.returncode == 127

    @pytest.mark.parametrize("words", [(), ("--help",), ("-h",)])
    def test_help_is_ours_then_dbts(self, start, words, tmp_path):
        (tmp_path / "fake-dbt").write_text("#!/bin/sh\necho dbt was asked: $@\n")
        out, _ = start(*words).communicate()
        assert out.startswith("dbt-clew runs your dbt")
        assert out.endswith(" ".join(["dbt was asked:", *words]).strip() + "\n")

    def test_the_version_is_ours_then_dbts(self, start, tmp_path):
        (tmp_path / "fake-dbt").write_text("#!/bin/sh\necho dbt 1.11\n")
        out, _ = start("--version").communicate()
        assert out.startswith("dbt-clew 0.")
        assert out.endswith("dbt 1.11\n")

    def test_trouble_of_ours_is_one_line_and_costs_nothing(self, start, tmp_path):
        (tmp_path / "fake-dbt").write_text("#!/bin/sh\nexit 1\n")
        process = start("build", CLEW_URL="localhost:5000")
        out, err = process.communicate()
        assert (out, process.returncode) == ("", 1)
        assert err.startswith("dbt-clew: clew could not send what dbt did: CLEW_URL=")
        assert err.count("\n") == 1

    @pytest.mark.usefixtures("shop")
    def test_what_was_open_is_aborted_when_we_are_killed_and_nothing_of_us_is_left(self, start, tmp_path):
        (tmp_path / "fake-dbt").write_text(FUSION.format(telemetry=projects.GOLDEN / "fusion" / "killed.jsonl"))
        (tmp_path / "temporary").mkdir()
        process = start("run", TMPDIR=str(tmp_path / "temporary"))
        waiting.until(lambda: "START shop.analytics.shop.slow" in told_in(tmp_path / "home"))
        process.kill()
        process.communicate()
        waiting.until(lambda: list((tmp_path / "temporary").iterdir()) == [])
        told = told_in(tmp_path / "home")
        assert told[-2:] == ["ABORT shop.analytics.shop.slow", "ABORT dbt-run-shop"]
        assert len({e["run"]["runId"] for e in events_in(tmp_path / "home") if e["job"]["name"].endswith(".slow")}) == 1
