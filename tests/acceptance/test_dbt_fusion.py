"""`dbt-clew` around the real dbt Fusion (dbt 2.0), on DuckDB."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests import waiting
from tests.acceptance import shop as shops

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.acceptance.shop import Shop

pytestmark = pytest.mark.acceptance

ORDERS = "shop.analytics.shop.orders"
SLOW = "select count(*) as n from range(100000000) a(x), range(100000000) b(y), {{ ref('stg_orders') }} where (x * y) % 7 = 3"


@pytest.fixture
def shop(tmp_path: Path, dbt: Path, fusion: Path) -> Shop:
    """A copy of the project; dbt-clew is of dbt's environment, which is not Fusion's."""
    folder = tmp_path / "shop"
    shutil.copytree(shops.EXAMPLE, folder, ignore=shutil.ignore_patterns("target", "logs", "*.duckdb*", ".user.yml"))
    made = shops.Shop(folder=folder, home=tmp_path / "home", programs=dbt.parent, variables={"DBT_EXECUTABLE": str(fusion)})
    made.load(storage="v1.2.0")  # Fusion's driver may be older than dbt's own DuckDB
    return made


class TestBuild:
    def test_everything_that_ran_is_told_with_what_it_reads_and_writes(self, shop):
        ended = shop.run("dbt-clew", "build")
        assert (ended.returncode, ended.stderr) == (0, "")
        ends = shop.ends()
        assert set(ends.values()) == {"COMPLETE"}
        assert {ORDERS, "seed.shop.crm_customers", "shop.analytics_snapshots.shop.order_status.snapshot", "dbt-run-shop"} < set(ends)
        end = next(e for e in reversed(shop.told()) if e["job"]["name"] == ORDERS)
        assert {d["name"] for d in end["inputs"]} == {
            f"shop.analytics.{name}" for name in ("stg_orders", "stg_payments", "payment_methods")
        }
        assert {(d["namespace"], d["name"]) for d in end["outputs"]} == {(f"duckdb://{shop.folder}/shop.duckdb", "shop.analytics.orders")}

    def test_artifacts_alone_tell_the_same_runs_edges_and_ends(self, shop):
        shop.run("dbt-clew", "build")
        live = shops.final(shop.told())
        sent = shop.run("clew", "send", "target", "--output", "-")
        assert shops.final(shops.events(sent.stdout)) == live

    def test_a_second_build_tells_nothing_twice(self, shop):
        shop.run("dbt-clew", "build")
        seen = len(shop.told())
        shop.run("dbt-clew", "build")
        told = [(e["run"]["runId"], e["eventType"]) for e in shops.of_runs(shop.told()[seen:])]
        assert len(told) == len(set(told))

    def test_a_model_that_fails_has_the_databases_message(self, shop):
        shop.write("models/staging/stg_customers.sql", "select nothing from {{ ref('crm_customers') }}")
        assert shop.run("dbt-clew", "build").returncode == 1
        ends = shop.ends()
        assert (ends["shop.analytics.shop.stg_customers"], ends["shop.analytics.shop.customer_value"], ends["dbt-run-shop"]) == (
            "FAIL",
            "ABORT",
            "FAIL",
        )
        failed = next(e for e in shop.told() if e["eventType"] == "FAIL")
        assert 'Referenced column "nothing" not found' in failed["run"]["facets"]["errorMessage"]["message"]

    def test_a_project_that_does_not_compile_fails_with_dbts_reason(self, shop):
        shop.write("models/staging/stg_orders.sql", "select {{ nothing( }}")
        assert shop.run("dbt-clew", "run").returncode == 1
        assert shop.ends() == {"dbt-run-shop": "FAIL"}
        assert "syntax error" in shop.told()[-1]["run"]["facets"]["errorMessage"]["message"]

    @pytest.mark.parametrize("command", ["ls", "parse", "compile"])
    def test_commands_that_execute_nothing_are_not_told(self, shop, command):
        assert shop.run("dbt-clew", command).returncode == 0
        assert shop.told() == []

    def test_freshness_of_sources_is_told_from_its_artifact(self, shop):
        sources = (shop.folder / "models/staging/sources.yml").read_text()
        config = "\n        config: {loaded_at_field: ordered_at, freshness: {warn_after: {count: 1, period: day}}}\n"
        shop.write("models/staging/sources.yml", sources.replace("- name: orders\n", f"- name: orders{config}", 1))
        assert shop.run("dbt-clew", "source", "freshness").returncode == 0
        assert shop.ends() == {"source.shop.raw.orders.freshness": "COMPLETE", "dbt-run-shop": "COMPLETE"}

    def test_without_artifacts_it_is_told_from_telemetry_alone(self, shop):
        assert shop.run("dbt-clew", "run", "-s", "stg_orders", DBT_WRITE_JSON="false").returncode == 0
        assert shop.ends() == {"dbt-run-shop": "COMPLETE", "shop.analytics.shop.stg_orders": "COMPLETE"}


class TestTelemetry:
    def test_our_file_leaves_no_trace(self, shop):
        shop.run("dbt-clew", "run", "-s", "stg_orders")
        assert list(shop.folder.rglob("*.jsonl")) == []

    def test_a_file_that_the_user_has_named_is_followed_from_where_it_ended(self, shop):
        for _ in range(2):
            shop.run("dbt-clew", "run", "-s", "stg_orders", DBT_OTEL_FILE_NAME="spans.jsonl", DBT_LOG_PATH="elsewhere")
        assert (shop.folder / "elsewhere" / "spans.jsonl").exists()
        assert [e["eventType"] for e in shop.told() if e["job"]["name"] == "dbt-run-shop"] == ["START", "COMPLETE"] * 2


class TestWhileItRuns:
    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
    def test_a_start_is_told_while_dbt_runs_and_what_is_open_at_its_end_is_aborted_or_failed(self, shop, number):
        with self.slow_run(shop) as process:
            os.kill(self.dbt(process.pid), number)
            assert process.wait(60) != 0
        self.is_over(shop)

    def test_what_is_open_when_dbt_clew_itself_is_killed_is_aborted_and_dbt_is_gone(self, shop):
        with self.slow_run(shop) as process:
            dbt = self.dbt(process.pid)
            process.kill()
            waiting.until(lambda: "dbt-run-shop" in shop.ends(), seconds=60)
        self.is_over(shop)
        assert not Path(f"/proc/{dbt}").exists()

    @contextmanager
    def slow_run(self, shop: Shop) -> Iterator[subprocess.Popen[bytes]]:
        """Run a model that takes for ever, once it has begun."""
        shop.write("models/marts/slow.sql", SLOW)
        output = dict.fromkeys(("stdout", "stderr"), subprocess.DEVNULL)
        command = [shop.programs / "dbt-clew", "run", "-s", "+slow"]
        with subprocess.Popen(command, cwd=shop.folder, env=shop.environ(), start_new_session=True, **output) as process:
            try:
                waiting.until(lambda: [e for e in shop.told() if e["job"]["name"].endswith(".slow")], seconds=60)
                assert "shop.analytics.shop.slow" not in shop.ends()
                yield process
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)

    def is_over(self, shop: Shop) -> None:
        ends = shop.ends()
        assert ends["shop.analytics.shop.slow"] in {"ABORT", "FAIL"}
        assert ends["dbt-run-shop"] in {"ABORT", "FAIL"}
        assert ends["shop.analytics.shop.stg_orders"] == "COMPLETE"

    def dbt(self, wrapper: int) -> int:
        """Return the process of dbt below dbt-clew."""
        said = subprocess.run(["ps", "-o", "pid=,args=", "--ppid", str(wrapper)], capture_output=True, text=True, check=True).stdout
        return next(int(line.split()[0]) for line in said.splitlines() if "run -s +slow" in line and "dbt-clew" not in line)
