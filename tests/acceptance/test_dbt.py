"""`dbt-clew` and `clew send` around the real dbt, on DuckDB and on a real Postgres."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests import waiting
from tests.acceptance import shop as shops
from tests.backends import Backend

if TYPE_CHECKING:
    from tests.acceptance.shop import Shop

pytestmark = pytest.mark.acceptance

MODELS = ("stg_customers", "stg_orders", "stg_payments", "orders", "customer_value", "daily_revenue")
RUN, ROOT = "01a203c0-0000-7000-8000-000000000001", "01a203c0-0000-7000-8000-000000000002"
SLOW = "select count(*) as n from range(100000000) a(x), range(100000000) b(y), {{ ref('stg_orders') }} where (x * y) % 7 = 3"


def model(name: str) -> str:
    return f"shop.analytics.shop.{name}"


class TestBuild:
    def test_everything_that_ran_is_told(self, shop):
        assert shop.run("dbt-clew", "build").returncode == 0
        told, ends = shops.of_runs(shop.told()), shop.ends()
        assert len(told) == 60
        assert {model(name) for name in MODELS} < set(ends)
        assert set(ends.values()) == {"COMPLETE"}
        assert {d["namespace"] for e in told for d in e["outputs"]} == {f"duckdb://{shop.folder}/shop.duckdb"}

    def test_nothing_that_dbt_prints_or_returns_changes(self, shop):
        plain = shop.run("dbt", "build")
        wrapped = shop.run("dbt-clew", "build")
        assert wrapped.returncode == plain.returncode == 0
        assert shops.without_times(wrapped.stdout) == shops.without_times(plain.stdout)
        assert wrapped.stderr == plain.stderr == ""

    def test_sending_twice_adds_no_run(self, shop):
        shop.run("dbt", "build")
        first = shop.run("clew", "send", "target")
        runs = {e["run"]["runId"] for e in shops.of_runs(shop.told())}
        again = shop.run("clew", "send", "target", "--json")
        assert (first.returncode, again.returncode) == (0, 0)
        assert {e["run"]["runId"] for e in shops.of_runs(shop.told())} == runs
        assert first.stdout.startswith("model: 6 ok, seed: 2 ok, snapshot: 1 ok, test: 20 ok\n61 events → http://127.0.0.1:5000 ")
        assert json.loads(again.stdout)["nodes"]["seed"] == {"ok": 2}

    def test_the_environment_names_the_task_that_it_is_part_of(self, shop):
        shop.run("dbt-clew", "run", "-s", "stg_orders", CLEW_PARENT=f"airflow/daily.dbt/{RUN}", CLEW_ROOT=f"airflow/daily/{ROOT}")
        told = shop.told()
        assert told[0]["run"]["facets"]["parent"]["job"] == {"namespace": "airflow", "name": "daily.dbt"}
        assert {e["run"]["facets"]["parent"]["root"]["run"]["runId"] for e in told} == {ROOT}

    def test_it_reaches_a_backend_that_is_there(self, shop):
        with Backend() as backend:
            shop.run("dbt-clew", "run", "-s", "stg_orders", CLEW_URL=backend.url, CLEW_RELAY="true")
            waiting.until(lambda: len(backend.accepted) == 4)
            waiting.until(lambda: shop.told() == [])

    def test_a_backend_that_is_dead_costs_nothing_and_the_events_wait(self, shop):
        ended = shop.run("dbt-clew", "run", "-s", "stg_orders", CLEW_URL="http://127.0.0.1:9")
        assert (ended.returncode, ended.stderr) == (0, "")
        assert shop.ends()[model("stg_orders")] == "COMPLETE"


class TestPlugin:
    def test_a_connection_that_no_reader_of_profiles_could_render_is_told_right(self, shop):
        profiles = (shop.folder / "profiles.yml").read_text()
        shop.write("profiles.yml", profiles.replace("env_var('SHOP_DUCKDB', 'shop.duckdb')", "'sh' ~ 'op' ~ '.duckdb'"))
        assert shop.run("dbt-clew", "run", "-s", "stg_orders").stderr == ""
        assert {d["namespace"] for e in shop.told() for d in e["outputs"]} == {f"duckdb://{shop.folder}/shop.duckdb"}

    def test_a_file_that_cannot_be_written_is_no_trouble_of_dbts(self, shop):
        ended = shop.run("dbt", "run", "-s", "stg_orders", CLEW_DBT_FACTS="/nowhere/at/all/facts.json")
        assert (ended.returncode, ended.stderr) == (0, "")
        assert "clew" not in ended.stdout.lower()

    def test_plain_dbt_stays_silent_where_nothing_is_configured(self, shop):
        ended = shop.run("dbt", "run", "-s", "stg_orders")
        assert (ended.returncode, ended.stderr) == (0, "")
        assert not shop.home.exists()


class TestTrouble:
    def both(self, shop: Shop, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command plain and wrapped, and hold the two together."""
        plain, wrapped = shop.run("dbt", *words), shop.run("dbt-clew", *words)
        assert wrapped.returncode == plain.returncode
        assert shops.without_times(wrapped.stdout) == shops.without_times(plain.stdout)
        return wrapped

    def test_a_model_that_fails(self, shop):
        shop.write("models/staging/stg_customers.sql", "select nothing from {{ ref('crm_customers') }}")
        assert self.both(shop, "build").returncode == 1
        ends = shop.ends()
        assert (ends[model("stg_customers")], ends[model("customer_value")], ends[model("orders")]) == ("FAIL", "ABORT", "COMPLETE")
        assert ends["dbt-run-shop"] == "FAIL"

    def test_a_test_that_fails(self, shop):
        shop.write("tests/few_orders.sql", "select * from {{ ref('stg_orders') }}")
        assert self.both(shop, "build", "-s", "stg_orders+").returncode == 1
        ends = shop.ends()
        assert (ends["test.shop.few_orders"], ends[model("stg_orders")]) == ("FAIL", "COMPLETE")

    def test_a_project_that_does_not_compile(self, shop):
        shop.run("dbt", "build")  # leaves artifacts of another invocation
        shop.write("models/staging/stg_orders.sql", "select {{ nothing( }}")
        assert self.both(shop, "run").returncode == 2
        assert shop.ends() == {"dbt-run-shop": "FAIL"}

    def test_a_target_that_is_not_there(self, shop):
        assert self.both(shop, "run", "--target", "nope").returncode == 2
        assert {(e["eventType"], e["job"]["namespace"]) for e in shop.told()} == {("START", "dbt.nope"), ("FAIL", "dbt.nope")}

    def test_an_option_that_dbt_does_not_know(self, shop):
        assert self.both(shop, "run", "--nope").returncode == 2

    @pytest.mark.parametrize("command", [["ls"], ["compile"]])
    def test_commands_that_execute_nothing_are_not_told(self, shop, command):
        assert shop.run("dbt-clew", *command).returncode == 0
        assert shop.told() == []

    def test_artifacts_elsewhere_are_found(self, shop):
        assert shop.run("dbt-clew", "run", "-s", "stg_orders", "--target-path", "out").returncode == 0
        assert shop.run("dbt-clew", "run", "-s", "stg_payments", DBT_TARGET_PATH="out2").returncode == 0
        assert {model("stg_orders"), model("stg_payments")} < set(shop.ends())

    def test_the_project_may_be_elsewhere(self, shop, tmp_path):
        project = ["--project-dir", str(shop.folder), "--profiles-dir", str(shop.folder)]
        command = [shop.programs / "dbt-clew", "build", "-s", "crm_customers", *project]
        subprocess.run(command, cwd=tmp_path, env=shop.environ(), check=True, capture_output=True)
        assert {d["name"] for e in shop.told() for d in e["inputs"]} >= {str(shop.folder / "seeds" / "crm_customers.csv")}

    def test_without_artifacts_everything_is_told(self, shop):
        assert shop.run("dbt-clew", "--no-write-json", "run", "-s", "stg_orders").returncode == 0
        assert shop.ends() == {model("stg_orders"): "COMPLETE", "dbt-run-shop": "COMPLETE"}

    def test_a_home_that_cannot_be_written_is_one_line(self, shop):
        shop.home.write_text("a file where the folder should be")
        ended = shop.run("dbt-clew", "run", "-s", "stg_orders")
        assert ended.returncode == 0
        assert ended.stderr.startswith("dbt-clew: clew could not send what dbt did: ")
        assert ended.stderr.count("\n") == 1


class TestSignals:
    def stopped(self, shop: Shop, program: str, number: int) -> int:
        """Start a build, send a signal to the program alone while its slow model runs, and return how it ended."""
        shop.write("models/marts/slow.sql", SLOW)
        command = [shop.programs / program, "run", "-s", "+slow"]
        output = dict.fromkeys(("stdout", "stderr"), subprocess.DEVNULL)
        with subprocess.Popen(command, cwd=shop.folder, env=shop.environ(), start_new_session=True, **output) as process:
            try:
                self.wait_for_the_query(shop, process)
                process.send_signal(number)
                return process.wait(timeout=120)
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)

    def wait_for_the_query(self, shop: Shop, process: subprocess.Popen[bytes]) -> None:
        log = shop.folder / "logs" / "dbt.log"
        waiting.until(lambda: process.poll() is not None or (log.exists() and "(x * y) % 7 = 3" in log.read_text()), seconds=90)
        before = self.processor_seconds(process.pid)
        # dbt can only cancel a query that the database has begun: half a second of work shows that it has.
        waiting.until(lambda: self.processor_seconds(process.pid) > before + 0.5, seconds=90)

    def processor_seconds(self, group: int) -> float:
        done = subprocess.run(["ps", "-o", "cputimes=", "-s", str(group)], capture_output=True, text=True, check=False)
        return sum(float(seconds) for seconds in done.stdout.split())

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_dbt_gets_it_and_its_ending_comes_back(self, shop, number):
        plain = self.stopped(shop, "dbt", number)
        (shop.folder / "logs" / "dbt.log").unlink()
        assert self.stopped(shop, "dbt-clew", number) == plain
        assert shop.ends()["dbt-run-shop"] == "ABORT"

    def test_what_was_done_before_an_interruption_is_told(self, shop):
        self.stopped(shop, "dbt-clew", signal.SIGINT)
        assert shop.ends()[model("stg_orders")] == "COMPLETE"


class TestSend:
    def test_a_target_directory_of_another_project_is_an_error(self, shop, tmp_path):
        shop.run("dbt", "run", "-s", "stg_orders")
        (tmp_path / "dbt_project.yml").write_text("name: bakery")
        sent = shop.run("clew", "send", "target", "--project-dir", str(tmp_path))
        assert sent.returncode == 1
        assert "the artifacts are of the project 'shop'" in sent.stderr
        assert shop.told() == []

    def test_no_target_directory_is_an_error_that_says_what_to_give(self, shop):
        sent = shop.run("clew", "send", "nowhere")
        assert (sent.returncode, sent.stdout) == (1, "")
        assert "nowhere: no such directory. Give dbt's target directory" in sent.stderr

    def test_events_are_written_to_a_file_and_none_is_sent(self, shop, tmp_path):
        shop.run("dbt", "run", "-s", "stg_orders")
        shop.run(
            "clew",
            "send",
            "target",
            "--output",
            str(tmp_path / "events.ndjson"),
            "--namespace",
            "mine",
            "--dataset-namespace",
            "duckdb://x",
        )
        events = [json.loads(line) for line in (tmp_path / "events.ndjson").read_text().splitlines()]
        assert len(events) == 4
        assert {e["job"]["namespace"] for e in events} == {"mine"}
        assert {d["namespace"] for e in events for d in e["outputs"]} == {"duckdb://x"}
        assert not shop.home.exists()


@pytest.mark.postgres
def test_the_shop_on_postgres(shop, postgres):
    import psycopg

    with psycopg.connect(postgres.url(), autocommit=True) as database:
        database.execute("create schema raw")
        for table, columns in (
            ("orders", "order_id int, customer_id int, ordered_at timestamp, status text"),
            ("payments", "payment_id int, order_id int, method text, amount_cents int"),
        ):
            database.execute(f"create table raw.{table} ({columns})")
            with database.cursor().copy(f"copy raw.{table} from stdin (format csv, header)") as into:
                into.write((shop.folder / "raw" / f"{table}.csv").read_text())
    variables = {"PGHOST": "127.0.0.1", "PGPORT": str(postgres.port), "PGUSER": "postgres", "PGPASSWORD": "s3cret"}
    ended = shop.run("dbt-clew", "build", "--target", "postgres", **variables)
    assert ended.returncode == 0, ended.stdout
    told = shop.told()
    orders = next(e for e in told if e["job"]["name"] == "postgres.analytics.shop.orders" and e["eventType"] == "COMPLETE")
    assert orders["job"]["namespace"] == "dbt.postgres"
    assert orders["outputs"][0]["namespace"] == f"postgres://127.0.0.1:{postgres.port}"
    assert orders["outputs"][0]["outputFacets"]["outputStatistics"]["rowCount"] == 60
    assert {d["name"] for d in orders["inputs"]} == {f"postgres.analytics.{t}" for t in ("stg_orders", "stg_payments", "payment_methods")}
    assert "s3cret" not in json.dumps(told)
