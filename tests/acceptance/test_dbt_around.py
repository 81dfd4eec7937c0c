"""`dbt-clew` around a real dbt, however that is started, and whatever goes wrong around it: dbt runs and ends as it would alone."""

from __future__ import annotations

import json
import socket
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.acceptance import shop as shops
from tests.acceptance.conftest import ENVIRONMENTS, needed
from tests.relays import end_relay

if TYPE_CHECKING:
    from pathlib import Path


pytestmark = pytest.mark.acceptance

SEED = ("seed", "-s", "crm_customers")
TOLD = {"seed.shop.crm_customers": "COMPLETE", "dbt-run-shop": "COMPLETE"}

UV = """#!{python}
import signal, subprocess, sys
# What `uv run` does: start the program of the project's environment, hand signals on, end as it ended.
assert sys.argv[1] == "run"
child = subprocess.Popen(["{programs}/" + sys.argv[2], *sys.argv[3:]])
signal.signal(signal.SIGTERM, lambda number, _: child.send_signal(number))
sys.exit(child.wait())
"""
POETRY = """#!/bin/sh
shift
exec "{programs}/$@"
"""
SCRIPT = """#!/bin/sh
"{programs}/dbt" "$@"
"""
HALF = """
{{ config(materialized="incremental", incremental_strategy="microbatch", event_time="ordered_at", batch_size="day", begin="2026-01-01") }}
select error('a bad day') as ordered_at where '{{ model.batch.event_time_start }}' like '2026-01-02%' union all select '2026-01-01'
"""


def program(folder: Path, name: str, text: str, **values: Any) -> Path:
    file = folder / name
    file.write_text(text.format(**values))
    file.chmod(0o755)
    return file


class TestStartedAs:
    @pytest.mark.parametrize(("launcher", "text"), [("uv", UV), ("poetry", POETRY)])
    def test_a_command_of_several_words(self, shop, tmp_path, launcher, text):
        program(tmp_path, launcher, text, programs=shop.programs, python=shop.programs / "python")
        path = f"{tmp_path}:/usr/bin:/bin"
        assert shop.run("dbt-clew", *SEED, DBT_EXECUTABLE=f"{launcher} run dbt", PATH=path).returncode == 0
        assert shop.ends() == TOLD

    def test_a_script_that_our_option_names(self, shop, tmp_path):
        script = program(tmp_path, "my dbt", SCRIPT, programs=shop.programs)
        assert shop.run("dbt-clew", *SEED, "--dbt-executable", str(script)).returncode == 0
        assert shop.ends() == TOLD

    def test_a_dbt_in_whose_environment_clew_is_not_installed(self, shop):
        other = needed(ENVIRONMENTS / "openlineage-dbt" / "bin" / "dbt", "a dbt without Clew (`make test` sets it up)")
        assert shop.run("dbt-clew", *SEED, DBT_EXECUTABLE=str(other), SHOP_DUCKDB="other.duckdb").returncode == 0
        assert shop.ends() == TOLD
        assert {d["namespace"] for e in shop.told() for d in e["outputs"]} == {f"duckdb://{shop.folder}/other.duckdb"}


class TestConfiguredBy:
    def test_dbts_variables(self, shop, tmp_path):
        where = {"DBT_PROJECT_DIR": str(shop.folder), "DBT_PROFILES_DIR": str(shop.folder), "DBT_TARGET": "dev"}
        subprocess.run([shop.programs / "dbt-clew", *SEED], cwd=tmp_path, env=shop.environ(**where), check=True, capture_output=True)
        assert shop.ends() == TOLD
        assert {e["job"]["namespace"] for e in shops.of_runs(shop.told())} == {"dbt.dev"}

    def test_options_about_output_which_stays_dbts(self, shop):
        assert (quiet := shop.run("dbt-clew", "--quiet", *SEED)).stdout == quiet.stderr == ""
        lines = shop.run("dbt-clew", "--log-format", "json", *SEED).stdout.splitlines()
        assert all("info" in json.loads(line) for line in lines)
        assert shop.ends() == TOLD


class TestRedact:
    def test_what_a_rule_names_does_not_leave(self, shop):
        given = ("--vars", "{customer: Ada, year: 2026}")
        assert shop.run("dbt-clew", "--redact", "vars.customer*", *SEED, *given, "--redact=messages").returncode == 0
        (parameters,) = {
            json.dumps(e["run"]["facets"]["executionParameters"]["parameters"]) for e in shop.told() if "-run-" in e["job"]["name"]
        }
        assert {p["key"]: p["value"] for p in json.loads(parameters) if "." in p["key"]} == {"vars.customer": "***", "vars.year": "2026"}

    @pytest.mark.parametrize("rule", ["--redact=nothing", "--redact"])
    def test_a_rule_that_is_none_is_an_error_and_dbt_does_not_run(self, shop, rule):
        ended = shop.run("dbt-clew", *SEED, rule)
        assert (ended.returncode, ended.stdout) == (2, "")
        assert ended.stderr.startswith("dbt-clew: --redact")
        assert not shop.home.exists()


class TestTrouble:
    def test_a_database_in_memory(self, shop):
        assert shop.run("dbt-clew", *SEED, SHOP_DUCKDB=":memory:", DBT_TARGET="dev").returncode == 0
        assert shop.ends() == TOLD
        assert {d["namespace"] for e in shop.told() for d in e["outputs"]} == {"duckdb://:memory:"}

    def test_a_log_path_that_cannot_be_written(self, shop):
        plain, wrapped = (shop.run(name, *SEED, "--log-path", "/proc/nowhere") for name in ("dbt", "dbt-clew"))
        assert (wrapped.returncode, wrapped.stderr) == (plain.returncode, plain.stderr)

    def test_a_url_that_is_none_is_one_line_and_dbt_runs(self, shop):
        ended = shop.run("dbt-clew", *SEED, CLEW_URL="localhost:5000")
        assert ended.returncode == 0
        assert "Completed successfully" in ended.stdout
        assert ended.stderr.startswith("dbt-clew: clew could not send what dbt did")
        assert ended.stderr.count("\n") == 1

    def test_a_backend_that_never_answers_is_not_waited_for(self, shop):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            ended = shop.run("dbt-clew", *SEED, CLEW_URL=f"http://127.0.0.1:{silent.getsockname()[1]}", CLEW_RELAY="true")
            assert (ended.returncode, ended.stderr) == (0, "")
            assert shop.ends() == TOLD
        end_relay(shop.home)

    def test_some_batches_of_a_model_fail(self, shop):
        shop.write("models/marts/half.sql", HALF)
        window = ["--event-time-start", "2026-01-01", "--event-time-end", "2026-01-04"]
        assert shop.run("dbt-clew", "run", "-s", "half", *window).returncode == 1
        ends = [(e["job"]["name"], e["eventType"]) for e in shops.of_runs(shop.told()) if e["eventType"] != "START"]
        assert ("shop.analytics.shop.half", "FAIL") in ends
        assert ends[-1] == ("dbt-run-shop", "FAIL")

    def test_nothing_is_left_in_the_project_but_what_dbt_leaves(self, shop):
        before = {file.name for file in shop.folder.iterdir()}
        shop.run("dbt-clew", *SEED)
        assert {file.name for file in shop.folder.iterdir()} - before <= {"logs", ".user.yml", "shop.duckdb.wal"}
