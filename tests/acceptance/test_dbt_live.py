"""A plain `dbt` where Clew is configured: told while it runs, and as its artifacts tell it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests import waiting
from tests.acceptance import shop as shops
from tests.relays import end_relay

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tests.acceptance.shop import Shop

pytestmark = pytest.mark.acceptance

CONFIGURED = {"CLEW_URL": "http://127.0.0.1:9"}
SLOW = "select count(*) as n from range(100000000) a(x), range(100000000) b(y), {{ ref('stg_orders') }} where (x * y) % 7 = 3"
IN_BATCHES = """
{{ config(materialized="incremental", incremental_strategy="microbatch", event_time="ordered_at", batch_size="day", begin="2026-01-01") }}
select 1 as one, timestamp '2026-01-02' as ordered_at
"""
IN_PROCESS = """
import os, sys, threading
from dbt.cli.main import dbtRunner

def run():
    return dbtRunner().invoke(["run", "-s", "stg_orders", "--quiet"]).success

def open_files():
    return len(os.listdir("/proc/self/fd"))

assert run()
before = open_files(), threading.active_count()
assert run()
done = []
thread = threading.Thread(target=lambda: done.append(run()))
thread.start()
thread.join()
assert done == [True]
assert not dbtRunner().invoke(["run", "-s", "no_such_model", "--fail-fast", "--warn-error"]).success
dbtRunner().invoke(["ls", "--quiet"])
print(before == (open_files(), threading.active_count()))
try:
    ended, _ = os.waitpid(-1, os.WNOHANG)
except ChildProcessError:
    ended = 0
print(ended)  # a child that has ended and that nobody waited for
"""
STALE = """
sources:
  - name: raw
    tables:
      - name: orders
        loaded_at_field: ordered_at
        config:
          freshness: {error_after: {count: 1, period: day}}
      - name: payments
"""
DBT_OL = """#!/bin/sh
"{dbt}" "$@"
"""


def model(name: str) -> str:
    return f"shop.analytics.shop.{name}"


def runs(events: Iterable[dict[str, Any]]) -> dict[tuple[str, str], dict[str, Any]]:
    """Return what is to be the same whoever tells it: each run's job, states, datasets, parent and parameters."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for event in events:
        if "run" not in event:  # a description of a job, such as an exposure's
            continue
        run = found.setdefault((event["job"]["name"], event["run"]["runId"]), {"states": []})
        run["states"].append(event["eventType"])
        run["inputs"] = [(d["namespace"], d["name"]) for d in event["inputs"]]
        run["outputs"] = [(d["namespace"], d["name"]) for d in event["outputs"]]
        run["above"] = event["run"]["facets"].get("parent", {}).get("run")
        run["given"] = event["run"]["facets"].get("executionParameters", {}).get("parameters")
    return found


def version_in(shop: Shop, package: str) -> str:
    """Return the version of a package in dbt's environment."""
    asked = f"from importlib.metadata import version; print(version({package!r}))"
    return subprocess.run([shop.programs / "python", "-c", asked], check=True, capture_output=True, text=True).stdout.strip()


def of_artifacts(shop: Shop) -> dict[tuple[str, str], dict[str, Any]]:
    sent = shop.run("clew", "send", "target", "--output", "-")
    return runs(json.loads(line) for line in sent.stdout.splitlines())


def tellers(shop: Shop) -> list[Path]:
    """Return the processes of the tellers that work in the shop."""
    return [
        p for p in Path("/proc").iterdir() if p.name.isdigit() and _command(p)[1:] == ["-m", "dbt_clew.live.teller", str(shop.folder), ""]
    ]


def _command(process: Path) -> list[str]:
    try:
        return (process / "cmdline").read_text().split("\0")
    except OSError:  # it has ended meanwhile
        return []


def processor_seconds(process: int) -> float:
    """Return what a process has worked so far. Source: proc(5)."""
    user, system = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


class TestTheSame:
    """All ways in tell the same jobs, runs, edges and final states."""

    @pytest.mark.parametrize("program", ["dbt", "dbt-clew"])
    def test_a_build_is_told_as_its_artifacts_tell_it(self, shop, program):
        assert shop.run(program, "build", **CONFIGURED).returncode == 0
        told = runs(shop.told())
        assert len(told) == 30
        assert told == of_artifacts(shop)

    def test_a_build_that_fails_is_told_as_its_artifacts_tell_it(self, shop):
        shop.write("models/staging/stg_customers.sql", "select nothing from {{ ref('crm_customers') }}")
        shop.write("tests/few_orders.sql", "select * from {{ ref('stg_orders') }}")
        shop.write("models/marts/batches.sql", IN_BATCHES)
        days = ("--event-time-start", "2026-01-01", "--event-time-end", "2026-01-03")
        assert shop.run("dbt", "build", *days, **CONFIGURED).returncode == 1
        ends = shop.ends()
        assert (ends[model("stg_customers")], ends[model("customer_value")], ends["dbt-run-shop"]) == ("FAIL", "ABORT", "FAIL")
        assert runs(shop.told()) == of_artifacts(shop)

    def test_a_build_that_fails_fast_is_told_as_its_artifacts_tell_it(self, shop):
        shop.write("models/staging/stg_customers.sql", "select nothing from {{ ref('crm_customers') }}")
        assert shop.run("dbt", "build", "--fail-fast", "--threads", "1", **CONFIGURED).returncode == 1
        told, sent = runs(shop.told()), of_artifacts(shop)
        assert {key: run["states"][-1] for key, run in told.items()} == {key: run["states"][-1] for key, run in sent.items()}

    def test_without_artifacts_the_same_is_told(self, shop, tmp_path):
        shop.run("dbt", "build", **CONFIGURED)
        (shop.folder / "target" / "manifest.json").unlink()
        again = replace(shop, home=tmp_path / "another")
        quiet = ["--no-write-json", "--no-partial-parse", "--log-format", "json", "--log-level", "none"]
        ended = again.run("dbt", "--quiet", *quiet, "build", **CONFIGURED)
        assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
        assert again.ends() == shop.ends()

    def test_the_sql_that_ran_and_what_the_database_said_are_told(self, shop):
        shop.run("dbt", "build", "-s", "crm_customers", "stg_orders", **CONFIGURED)
        invocation = shop.told()[-1]["run"]["facets"]
        assert invocation["processing_engine"]["version"].startswith("1.")
        assert invocation["clew_dbt"]["adapterVersion"] == version_in(shop, "dbt-duckdb")
        ends = {e["job"]["name"]: e for e in shop.told() if e["eventType"] == "COMPLETE"}
        assert "raw" in ends[model("stg_orders")]["job"]["facets"]["sql"]["query"]
        assert ends["seed.shop.crm_customers"]["outputs"][0]["outputFacets"]["outputStatistics"]["rowCount"] == 20

    def test_a_deferred_model_reads_the_table_of_the_state(self, shop):
        shop.run("dbt", "build")
        (shop.folder / "target").rename(shop.folder / "state")
        shop.write("profiles.yml", (shop.folder / "profiles.yml").read_text().replace("schema: analytics", "schema: ci"))
        assert shop.run("dbt", "run", "-s", "customer_value", "--defer", "--state", "state", **CONFIGURED).returncode == 0
        told = runs(shop.told())
        (run,) = (run for (job, _), run in told.items() if job == "shop.ci.shop.customer_value")
        assert [name for _, name in run["inputs"]] == ["shop.analytics.stg_customers", "shop.analytics.orders"]
        assert told == of_artifacts(shop)

    def test_a_clone_reads_the_table_of_the_state(self, shop):
        shop.run("dbt", "run", "-s", "stg_orders")
        (shop.folder / "target").rename(shop.folder / "state")
        shop.write("profiles.yml", (shop.folder / "profiles.yml").read_text().replace("schema: analytics", "schema: ci"))
        assert shop.run("dbt", "clone", "-s", "stg_orders", "--state", "state", **CONFIGURED).returncode == 0
        told = runs(shop.told())
        (run,) = (run for (job, _), run in told.items() if job == "shop.ci.shop.stg_orders")
        assert [name for _, name in run["inputs"]] == ["shop.analytics.stg_orders"]
        assert told == of_artifacts(shop)

    def test_a_retry_is_told_with_the_vars_and_the_state_of_what_it_repeats_and_secrets_are_hidden(self, shop):
        (shop.folder / "target").rename(shop.folder / "state")
        shop.write("profiles.yml", (shop.folder / "profiles.yml").read_text().replace("schema: analytics", "schema: ci"))
        shop.write("models/marts/customer_value.sql", "select '{{ var(\"till_token\") }}' as till from {{ ref('stg_customers') }}")
        failing = ["run", "-s", "customer_value", "--defer", "--state", "state", "--vars", "till_token: hunter22"]
        assert shop.run("dbt", *failing).returncode == 1  # the state's table was never made
        assert shop.run("dbt", "retry", **CONFIGURED).returncode == 1
        assert "hunter22" not in json.dumps(shop.told())
        given = {p["key"]: p["value"] for p in shop.told()[-1]["run"]["facets"]["executionParameters"]["parameters"]}
        assert (given["command"], given["vars.till_token"]) == ("run", "***")
        told = runs(shop.told())
        (run,) = (run for (job, _), run in told.items() if job == "shop.ci.shop.customer_value")
        assert [name for _, name in run["inputs"]] == ["shop.analytics.stg_customers"]
        assert told == of_artifacts(shop)

    def test_a_hook_that_fails_is_a_failure_of_the_invocation(self, shop):
        project = (shop.folder / "dbt_project.yml").read_text()
        shop.write("dbt_project.yml", f"{project}\non-run-end: select * from nowhere\n")
        assert shop.run("dbt", "seed", **CONFIGURED).returncode == 1
        (hook,) = shop.told()[-1]["run"]["facets"]["clew_dbt"]["hooks"]
        assert "nowhere" in hook["message"]
        assert shop.ends()["dbt-run-shop"] == "FAIL"
        assert runs(shop.told()) == of_artifacts(shop)

    def test_how_fresh_sources_are_is_told_as_its_artifacts_tell_it(self, shop):
        shop.write("models/staging/sources.yml", STALE)
        shop.run("dbt", "build", "-s", "stg_orders")  # leaves run results, which are another invocation's
        assert shop.run("dbt", "source", "freshness", **CONFIGURED).returncode == 1
        told = runs(shop.told())
        assert {job: run["states"] for (job, _), run in told.items()} == {
            "source.shop.raw.orders.freshness": ["START", "FAIL"],
            "dbt-run-shop": ["START", "FAIL"],
        }
        (shop.folder / "target" / "run_results.json").unlink()
        assert told == of_artifacts(shop)


class TestLive:
    @contextmanager
    def running(self, shop: Shop) -> Iterator[subprocess.Popen[bytes]]:
        """Start a run and wait until its slow model is told to be running, and the one before it to be over."""
        shop.write("models/marts/slow.sql", SLOW)
        output = dict.fromkeys(("stdout", "stderr"), subprocess.DEVNULL)
        command = [shop.programs / "dbt", "run", "-s", "+slow"]
        with subprocess.Popen(command, cwd=shop.folder, env=shop.environ(**CONFIGURED), start_new_session=True, **output) as process:
            try:
                waiting.until(lambda: any(e["job"]["name"] == model("slow") for e in shop.told()), 120)
                assert shop.ends() == {model("stg_orders"): "COMPLETE"}
                before = processor_seconds(process.pid)
                # dbt can only cancel a query that the database has begun: half a second of work shows that it has.
                waiting.until(lambda: processor_seconds(process.pid) > before + 0.5, 120)
                yield process
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)

    @pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
    def test_what_ran_when_dbt_was_stopped_is_told_as_aborted(self, shop, number):
        with self.running(shop) as process:
            process.send_signal(number)
            assert process.wait(120) == (2 if number == signal.SIGINT else -number)
        waiting.until(lambda: "dbt-run-shop" in shop.ends())
        assert shop.ends() == {model("stg_orders"): "COMPLETE", model("slow"): "ABORT", "dbt-run-shop": "ABORT"}
        waiting.until(lambda: not tellers(shop))

    def test_everything_is_in_the_outbox_when_dbt_ends(self, shop):
        shop.run("dbt", "run", "-s", "stg_orders", **CONFIGURED)
        assert shop.ends() == {model("stg_orders"): "COMPLETE", "dbt-run-shop": "COMPLETE"}


class TestUnharmed:
    def test_nothing_that_dbt_prints_or_returns_changes(self, shop):
        plain = shop.run("dbt", "build")
        told = shop.run("dbt", "build", **CONFIGURED)
        assert shops.without_times(told.stdout) == shops.without_times(plain.stdout)
        assert (told.returncode, told.stderr) == (plain.returncode, plain.stderr) == (0, "")

    def test_a_home_that_cannot_be_written_is_no_trouble_of_dbts(self, shop):
        shop.home.write_text("a file where the folder should be")
        ended = shop.run("dbt", "run", "-s", "stg_orders", **CONFIGURED)
        assert (ended.returncode, ended.stderr) == (0, "")
        assert "clew" not in ended.stdout.lower()

    def test_a_backend_that_never_answers_is_not_waited_for(self, shop):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            backend = {"CLEW_URL": f"http://127.0.0.1:{silent.getsockname()[1]}", "CLEW_RELAY": "true"}
            ended = shop.run("dbt", "run", "-s", "stg_orders", **backend)
            assert (ended.returncode, ended.stderr) == (0, "")
            assert shop.ends() == {model("stg_orders"): "COMPLETE", "dbt-run-shop": "COMPLETE"}
        end_relay(shop.home)

    def test_a_project_that_does_not_compile_is_told_with_dbts_message(self, shop):
        shop.write("models/staging/stg_orders.sql", "select {{ nothing( }}")
        assert shop.run("dbt", "run", **CONFIGURED).returncode == 2
        end = shop.told()[-1]
        assert (end["job"]["name"], end["eventType"]) == ("dbt-run-shop", "FAIL")
        assert "stg_orders" in end["run"]["facets"]["errorMessage"]["message"]

    def test_one_process_may_run_dbt_many_times(self, shop):
        command = [shop.programs / "python", "-c", IN_PROCESS]
        ended = subprocess.run(command, cwd=shop.folder, env=shop.environ(**CONFIGURED), capture_output=True, text=True, check=True)
        assert ended.stdout.splitlines()[-2:] == ["True", "0"]
        invocations = [e["eventType"] for e in shop.told() if e["job"]["name"] == "dbt-run-shop"]
        assert invocations == [*["START", "COMPLETE"] * 3, "START", "FAIL"]


class TestSilence:
    @pytest.mark.parametrize("command", [["ls"], ["parse"], ["compile", "-s", "stg_orders"]])
    def test_commands_that_execute_nothing_make_no_run(self, shop, command):
        assert shop.run("dbt", *command, **CONFIGURED).returncode == 0
        assert not shop.home.exists()

    def test_a_setting_asks_for_such_a_command_and_gets_the_invocation_alone(self, shop):
        shop.run("dbt", "compile", "-s", "stg_orders", **CONFIGURED, CLEW_DBT_COMMANDS="run, compile")
        assert shop.ends() == {"dbt-run-shop": "COMPLETE"}

    def test_switched_off_nothing_is_told(self, shop):
        shop.run("dbt", "run", "-s", "stg_orders", **CONFIGURED, CLEW_ENABLED="false")
        assert not shop.home.exists()

    def test_dbt_ol_around_it_tells_it_alone_unless_a_setting_asks_for_both(self, shop, tmp_path):
        around = tmp_path / "dbt-ol"
        around.write_text(DBT_OL.format(dbt=shop.programs / "dbt"))
        around.chmod(0o755)
        for more, told in (({}, False), ({"CLEW_DBT_ALONGSIDE": "true"}, True)):
            environ = shop.environ(**CONFIGURED, **more)
            subprocess.run([around, "run", "-s", "stg_orders"], cwd=shop.folder, env=environ, check=True, capture_output=True)
            assert shop.home.exists() is told
