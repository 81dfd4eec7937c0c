"""The project `every_kind`, built, checked, deferred and cloned by the real dbt: its true edges, and what is said of each kind of node."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from clew.cli import cli
from clew.naming import Tables
from dbt_clew import events
from dbt_clew.artifacts.read import read_all, read_freshness, read_target
from tests.unit.dbt import projects

if TYPE_CHECKING:
    from clew.events import Json

CONTEXT = replace(
    projects.CONTEXT, project="kinds", tables=Tables(namespace="duckdb:///kinds/kinds.duckdb"), project_dir=Path("/kinds"), target="prod"
)


def told(name: str) -> list[Json]:
    return list(events.of_invocation(projects.golden(name), CONTEXT))


@pytest.fixture(scope="module")
def built() -> list[Json]:
    return told("kinds")


@pytest.fixture(scope="module")
def checked() -> list[Json]:
    return list(events.of_invocation(read_freshness(projects.GOLDEN / "kinds"), CONTEXT))


def ends(told: list[Json], job: str) -> list[Json]:
    return [e for e in told if e["job"]["name"] == job and e.get("eventType") != "START"]


def end(told: list[Json], job: str) -> Json:
    (found,) = ends(told, job)
    return found


def edges(told: list[Json]) -> dict[str, tuple[set[str], set[str]]]:
    found: dict[str, tuple[set[str], set[str]]] = {}
    for event in told:
        reads, writes = found.setdefault(event["job"]["name"], (set(), set()))
        reads.update(d["name"] for d in event["inputs"])
        writes.update(d["name"] for d in event["outputs"])
    return found


def ours(event: Json) -> Json:
    return event["run"]["facets"]["clew_dbt"] if "run" in event else event["job"]["facets"]["clew_dbt"]


class TestTrueEdges:
    def test_of_everything_that_was_built(self, built):
        assert edges(built) == {
            "dbt-run-kinds": (set(), set()),
            "seed.kinds.countries": ({"/kinds/seeds/countries.csv"}, {"kinds.main.countries"}),
            "seed.shared.calendar": ({"/kinds/dbt_packages/shared/seeds/calendar.csv"}, {"kinds.main.calendar"}),
            "kinds.main.kinds.stg_orders": ({"kinds.raw.ORDERS_V2"}, {"kinds.main.stg_orders"}),
            "kinds.main.kinds.orders": (
                {"kinds.main.stg_orders", "kinds.raw.payments", "kinds.main.countries"},  # payments through an ephemeral model
                {"kinds.main.orders"},
            ),
            "kinds.main.kinds.orders_by_day": ({"kinds.main.orders"}, {"kinds.main.orders_by_day"}),
            "kinds.main.kinds.batched": ({"kinds.main.orders"}, {"kinds.main.batched"}),
            "kinds.main.kinds.batched.batch": (set(), set()),
            "kinds.main.kinds.scored": ({"kinds.main.orders"}, {"kinds.main.scored"}),
            "kinds.main.kinds.customers.v1": ({"kinds.main.orders"}, {"kinds.main.customers_v1"}),
            "kinds.main.kinds.customers.v2": ({"kinds.main.orders"}, {"kinds.main.customers"}),
            "kinds.main.kinds.summary": ({"kinds.main.customers", "kinds.main.customers_v1"}, {"kinds.main.summary"}),
            "kinds.main.kinds.day_spine": ({"kinds.main.calendar"}, {"kinds.main.day_spine"}),
            "kinds.main.shared.days": ({"kinds.main.calendar"}, {"kinds.main.days"}),
            "kinds.main.kinds.from_other": ({"kinds.finance.BUDGET", "kinds.main.days"}, {"kinds.main.from_other"}),
            "kinds.main_history.kinds.order_status.snapshot": ({"kinds.main.stg_orders"}, {"kinds.main_history.order_status"}),
            "test.kinds.no_negative": ({"kinds.main.orders"}, {"kinds.main_audit.no_negative"}),
            "test.kinds.not_null_orders_order_id.cf6c17daed": ({"kinds.main.orders"}, set()),
            "test.kinds.unique_orders_order_id.fed79b3a6e": ({"kinds.main.orders"}, set()),
            "test.kinds.relationships_orders_country__country__ref_countries_.5d374fdf5d": (
                {"kinds.main.orders", "kinds.main.countries"},
                set(),
            ),
            "unit_test.kinds.customers.counts_orders_v2": (set(), set()),
            "exposure.kinds.weekly_review": ({"kinds.main.orders", "kinds.raw.payments"}, set()),
            "exposure.kinds.notes": ({"kinds.main.summary"}, set()),
            "saved_query.kinds.revenue_by_day": ({"kinds.main.orders"}, set()),
        }

    def test_what_is_disabled_ephemeral_or_an_analysis_is_nowhere(self, built):
        text = json.dumps(built)
        assert not any(f'kinds.main.{name}"' in text for name in ("off", "paid", "look"))

    def test_a_deferred_ref_is_the_table_that_was_read(self):
        assert edges(told("deferred")) == {
            "dbt-run-kinds": (set(), set()),
            "kinds.ci.kinds.customers.v2": ({"kinds.main.orders"}, {"kinds.ci.customers"}),
            "kinds.ci.kinds.summary": ({"kinds.ci.customers", "kinds.main.customers_v1"}, {"kinds.ci.summary"}),
            "exposure.kinds.notes": ({"kinds.ci.summary"}, set()),
        }

    def test_a_clone_reads_the_table_of_the_other_state(self, tmp_path):
        shutil.copytree(projects.GOLDEN / "cloned", tmp_path / "target")
        shutil.copytree(projects.GOLDEN / "kinds", tmp_path / "state")
        found = edges(list(events.of_invocation(read_target(tmp_path / "target"), CONTEXT)))
        assert found["kinds.ci.kinds.orders"] == ({"kinds.main.orders"}, {"kinds.ci.orders"})
        assert found["seed.kinds.countries"] == ({"kinds.main.countries"}, {"kinds.ci.countries"})

    def test_a_clone_of_a_state_that_is_gone_is_told_without_it(self):
        assert edges(told("cloned"))["kinds.ci.kinds.orders"] == (set(), {"kinds.ci.orders"})

    def test_a_freshness_check_reads_its_source(self, checked):
        assert edges(checked) == {
            "dbt-run-kinds": (set(), set()),
            "source.kinds.raw.orders.freshness": ({"kinds.raw.ORDERS_V2"}, set()),
            "source.kinds.raw.payments.freshness": ({"kinds.raw.payments"}, set()),
            "exposure.kinds.weekly_review": ({"kinds.main.orders", "kinds.raw.payments"}, set()),
        }


class TestBatches:
    def test_each_is_a_run_of_its_own_below_the_models_run_about_its_window(self):
        batches = ends(told("batch_failed"), "kinds.main.kinds.batched.batch")
        model = end(told("batch_failed"), "kinds.main.kinds.batched")
        assert len({b["run"]["runId"] for b in batches} | {model["run"]["runId"]}) == 4
        assert {b["run"]["facets"]["parent"]["run"]["runId"] for b in batches} == {model["run"]["runId"]}
        windows = {(b["run"]["facets"]["nominalTime"]["nominalStartTime"][:10], b["eventType"]) for b in batches}
        assert windows == {("2026-01-01", "COMPLETE"), ("2026-01-02", "FAIL"), ("2026-01-03", "FAIL")}

    def test_one_that_fails_fails_its_model(self):
        model = end(told("batch_failed"), "kinds.main.kinds.batched")
        assert (model["eventType"], ours(model)["message"]) == ("FAIL", "PARTIAL SUCCESS (1/3)")

    def test_no_run_is_told_twice(self, built):
        counted = [(e["run"]["runId"], e["eventType"]) for e in built if "run" in e]
        assert len(counted) == len(set(counted))


class TestFreshness:
    def test_a_late_source_says_how_late(self, checked):
        late = end(checked, "source.kinds.raw.payments.freshness")
        (source,) = late["inputs"]
        (assertion,) = source["inputFacets"]["dataQualityAssertions"]["assertions"]
        assert (late["eventType"], assertion["assertion"], assertion["success"]) == ("FAIL", "freshness", False)
        assert (assertion["severity"], assertion["expected"]) == ("error", "at most 1 day")
        assert late["run"]["facets"]["errorMessage"]["message"] == "stale: the newest data are of 2026-01-01T00:00:00+00:00"
        assert int(assertion["actual"].removesuffix(" second")) > 86_400
        assert source["inputFacets"]["dataQualityMetrics"]["lastUpdated"] == "2026-01-01T00:00:00+00:00"

    def test_one_that_warns_is_no_failure_of_the_run(self, checked):
        warned = end(checked, "source.kinds.raw.orders.freshness")
        (assertion,) = warned["inputs"][0]["inputFacets"]["dataQualityAssertions"]["assertions"]
        assert (warned["eventType"], assertion["success"], assertion["severity"]) == ("COMPLETE", False, "warn")

    def test_the_checks_are_an_invocation_of_their_own_after_the_build(self, built, checked):
        both = read_all(projects.GOLDEN / "kinds")
        assert [a.run_results.args["which"] for a in both] == ["build", "freshness"]
        assert built[0]["run"]["runId"] != checked[0]["run"]["runId"]

    def test_a_check_that_broke_found_nothing_out(self, tmp_path):
        target = projects.target(tmp_path, [], [], sources=[projects.source("source.shop.raw.t")])
        metadata = {"dbt_schema_version": "https://schemas.getdbt.com/dbt/sources/v3.json", "generated_at": "2026-03-01T08:01:00Z"}
        broken = {"unique_id": "source.shop.raw.t", "error": "no such table", "status": "runtime error"}
        (target / "sources.json").write_text(json.dumps({"metadata": metadata, "results": [broken]}))
        ended = end(list(events.of_invocation(read_freshness(target), projects.CONTEXT)), "source.shop.raw.t.freshness")
        assert (ended["eventType"], ended["run"]["facets"]["errorMessage"]["message"]) == ("FAIL", "no such table")
        assert "inputFacets" not in ended["inputs"][0]


class TestHooksAndOperations:
    def test_hooks_are_part_of_the_invocation_with_their_sql(self, built):
        hooks = ours(end(built, "dbt-run-kinds"))["hooks"]
        assert [(h["uniqueId"], h["status"]) for h in hooks] == [
            ("operation.kinds.kinds-on-run-start-0", "success"),
            ("operation.kinds.kinds-on-run-end-0", "success"),
        ]
        assert hooks[0]["sql"] == "create schema if not exists audit"

    def test_a_hook_that_fails_fails_the_invocation(self):
        last = end(told("hook_failed"), "dbt-run-kinds")
        assert last["eventType"] == "FAIL"
        assert "operation.kinds.kinds-on-run-end-0" in last["run"]["facets"]["errorMessage"]["message"]

    def test_an_operation_is_what_the_invocation_did(self):
        operated = told("operated")
        assert [e["eventType"] for e in operated] == ["START", "COMPLETE"]
        assert ours(operated[1])["hooks"][0]["uniqueId"] == "macro.kinds.vacuum_orders"
        parameters = {p["key"]: p["value"] for p in operated[0]["run"]["facets"]["executionParameters"]["parameters"]}
        assert (parameters["command"], parameters["macro"]) == ("run-operation", "vacuum_orders")

    def test_a_models_own_hooks_are_part_of_its_job(self, built):
        assert end(built, "kinds.main.kinds.orders")["job"]["facets"]["clew_dbt"]["postHooks"] == ["select count(*) from {{ this }}"]


class TestWhatIsSaidOfTables:
    def facets(self, built: list[Json], job: str) -> Json:
        return end(built, job)["outputs"][0]["facets"]

    def test_of_a_model_with_everything(self, built):
        orders = self.facets(built, "kinds.main.kinds.orders")
        assert {k: v for k, v in orders["clew_dbt"].items() if not k.startswith("_")} == {
            "uniqueId": "model.kinds.orders",
            "meta": {"owner": ["data@kinds.example"], "tier": 1},
            "columns": {"order_id": {"pii": False}},
            "eventTime": "ordered_at",
            "group": "finance",
            "access": "public",
            "contract": True,
            "semanticModels": [{"name": "orders", "description": "Orders to be measured."}],
            "metrics": [{"name": "revenue", "label": "Revenue", "type": "simple", "description": "What came in."}],
        }
        assert orders["schema"]["fields"][0] == {"name": "order_id", "type": "bigint", "description": "Key of an order."}
        assert [(t["key"], t.get("field")) for t in orders["tags"]["tags"]] == [("marts", None), ("key", "order_id")]
        assert [o["name"] for o in orders["ownership"]["owners"]] == ["data@kinds.example", "Finance <finance@kinds.example>"]
        assert orders["datasetType"]["datasetType"] == "TABLE"

    def test_of_a_version_of_a_model(self, built):
        first = self.facets(built, "kinds.main.kinds.customers.v1")["clew_dbt"]
        assert (first["version"], first["latestVersion"], first["deprecationDate"][:10]) == (1, 2, "2027-01-01")

    def test_of_how_often_a_model_is_to_be_built(self, built):
        assert self.facets(built, "kinds.main.kinds.orders_by_day")["clew_dbt"]["freshness"] == {"buildAfter": "1 day"}

    def test_of_a_source(self, built):
        (orders,) = end(built, "kinds.main.kinds.stg_orders")["inputs"]
        said = orders["facets"]["clew_dbt"]
        assert said["freshness"] == {"warnAfter": "1 day", "errorAfter": "3650 day"}
        assert said["loadedAtField"] == "loaded_at"
        assert orders["facets"]["documentation"]["description"] == "One row per order."

    @pytest.mark.parametrize(
        ("job", "kind"),
        [("kinds.main.kinds.stg_orders", "VIEW"), ("kinds.main.kinds.batched", "TABLE"), ("seed.kinds.countries", "TABLE")],
    )
    def test_of_what_kind_it_is(self, built, job, kind):
        assert self.facets(built, job)["datasetType"]["datasetType"] == kind

    def test_start_and_end_say_the_same_so_that_one_run_makes_one_version(self, built):
        for job in ("kinds.main.kinds.orders", "seed.kinds.countries"):
            begin, finish = (e for e in built if e["job"]["name"] == job)
            assert begin["outputs"][0]["facets"] == finish["outputs"][0]["facets"]


class TestWhatIsSaidOfJobs:
    def test_a_python_models_source_is_its_own_without_what_dbt_adds(self, built):
        facets = end(built, "kinds.main.kinds.scored")["job"]["facets"]
        assert "sql" not in facets
        assert facets["sourceCode"]["language"] == "python"
        assert facets["sourceCode"]["sourceCode"] == (projects.GOLDEN.parent / "every_kind/models/marts/scored.py").read_text()

    def test_an_incremental_model_says_how_it_is_built(self, built):
        said = end(built, "kinds.main.kinds.orders_by_day")["job"]["facets"]["clew_dbt"]
        assert (said["materialized"], said["incrementalStrategy"], said["uniqueKey"]) == ("incremental", "delete+insert", "day")

    def test_an_exposure_says_what_it_is_whose_and_where(self, built):
        (exposure,) = (e for e in built if e["job"]["name"] == "exposure.kinds.weekly_review")
        said = exposure["job"]["facets"]["clew_dbt"]
        assert (said["type"], said["maturity"], said["url"]) == ("dashboard", "high", "https://bi.kinds.example/weekly")
        assert exposure["job"]["facets"]["ownership"]["owners"] == [{"name": "Board <board@kinds.example>"}]
        assert exposure["job"]["facets"]["documentation"]["description"] == "What the board looks at."
        assert exposure["schemaURL"].endswith("/JobEvent")

    def test_an_exposure_that_reads_nothing_of_what_was_executed_is_not_told(self):
        assert not [e for e in told("hook_failed") if e["job"]["name"].startswith("exposure.")]

    def test_the_invocation_names_the_versions_of_what_took_part(self, built):
        said = ours(end(built, "dbt-run-kinds"))
        assert (said["project"], said["target"]) == ("kinds", "prod")

    def test_the_window_that_was_asked_for_is_a_parameter(self, built):
        parameters = {p["key"]: p["value"] for p in built[0]["run"]["facets"]["executionParameters"]["parameters"]}
        assert parameters["event_time_start"] == "2026-01-01T00:00:00"


class TestSending:
    @pytest.fixture(autouse=True)
    def _home(self, tmp_path, monkeypatch):
        monkeypatch.setenv("CLEW_HOME", str(tmp_path / "home"))
        monkeypatch.setenv("CLEW_COLUMN_LINEAGE", "false")

    def sent(self, *words: str) -> list[Json]:
        done = CliRunner().invoke(cli, ["send", *words, "-o", "-", "--dataset-namespace", "duckdb:///kinds/kinds.duckdb"])
        assert done.exit_code == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    def commands(self, told: list[Json]) -> list[str]:
        starts = [e for e in told if e["job"]["name"] == "dbt-run-kinds" and e["eventType"] == "START"]
        return [p["value"] for e in starts for p in e["run"]["facets"]["executionParameters"]["parameters"] if p["key"] == "command"]

    def test_a_build_and_the_checks_after_it_are_sent_in_this_order(self):
        assert self.commands(self.sent(str(projects.GOLDEN / "kinds"))) == ["build", "freshness"]

    def test_checks_alone_are_sent_too(self, tmp_path):
        (tmp_path / "target").mkdir()
        for name in ("manifest.json", "sources.json"):
            shutil.copy(projects.GOLDEN / "kinds" / name, tmp_path / "target")
        assert self.commands(self.sent(str(tmp_path / "target"))) == ["freshness"]
