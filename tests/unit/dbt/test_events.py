from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from clew import events as openlineage
from clew.parent import Parent, RunName
from clew.redaction import Redaction
from dbt_clew import events
from dbt_clew.artifacts.read import read_target
from dbt_clew.context import Ending
from dbt_clew.git import Checkout
from dbt_clew.narration.invocation import Invocation
from tests.unit.dbt import projects
from tests.unit.dbt.projects import CONTEXT, node, reads, result, source

if TYPE_CHECKING:
    from clew.events import Json

ROOT = RunName(namespace="airflow", name="daily", run_id="01a203c0-0000-7000-8000-000000000001")
TASK = RunName(namespace="airflow", name="daily.dbt", run_id="01a203c0-0000-7000-8000-000000000002")


@pytest.fixture
def told(tmp_path):
    """Tell the events of a project in a few words."""

    def tell(nodes: list[Json], results: list[Json], context: Any = CONTEXT, **more: Any) -> list[Json]:
        return list(events.of_invocation(read_target(projects.target(tmp_path / "target", nodes, results, **more)), context))

    return tell


def runs(told: list[Json]) -> list[Json]:
    return [e for e in told if "run" in e]


def end(told: list[Json], job: str) -> Json:
    (found,) = [e for e in runs(told) if e["job"]["name"] == job and e["eventType"] != "START"]
    return found


def start(told: list[Json], job: str) -> Json:
    (found,) = [e for e in runs(told) if e["job"]["name"] == job and e["eventType"] == "START"]
    return found


def named(datasets: list[Json]) -> list[str]:
    return [d["name"] for d in datasets]


def facet(event: Json, name: str) -> Json:
    return event["run"]["facets"][name]


class TestPairs:
    def test_the_invocation_and_each_executed_node_have_a_start_and_an_end(self):
        told = runs(list(events.of_invocation(projects.golden("built"), CONTEXT)))
        ids = [e["run"]["runId"] for e in told]
        assert len(told) == 60  # the invocation, 29 nodes; the exposure was not executed
        assert all(ids.count(run) == 2 for run in ids)
        assert told[0]["job"]["name"] == told[-1]["job"]["name"] == "dbt-run-shop"

    def test_both_carry_inputs_outputs_and_what_is_known_of_them(self, told):
        both = told([node("seed.shop.s"), node("model.shop.a", **reads("seed.shop.s"))], [result("model.shop.a")])
        begin, finish = start(both, "shop.analytics.shop.a"), end(both, "shop.analytics.shop.a")
        assert (begin["inputs"], begin["outputs"], begin["job"]) == (finish["inputs"], finish["outputs"], finish["job"])
        assert named(begin["inputs"]) == ["shop.analytics.s"]

    def test_what_is_read_is_told_whole_by_each_reader_since_marquez_may_hear_of_it_before_its_writer(self, told):
        nodes = [node("model.shop.a"), node("model.shop.b", **reads("model.shop.a"))]
        both = told(nodes, [result("model.shop.a", second=1), result("model.shop.b", second=2)])
        (written,) = end(both, "shop.analytics.shop.a")["outputs"]
        assert end(both, "shop.analytics.shop.b")["inputs"] == start(both, "shop.analytics.shop.b")["inputs"] == [written]

    def test_nodes_that_ran_side_by_side_are_told_by_their_times_and_the_skipped_after_the_node_before(self, told):
        nodes = [node(f"model.shop.{name}") for name in "abc"]
        timing = [{"name": "execute", "started_at": "2026-03-01T08:00:00Z", "completed_at": "2026-03-01T08:00:59Z"}]
        results = [result("model.shop.b", second=5), result("model.shop.c", "skipped", timing=[]), result("model.shop.a", timing=timing)]
        said = [(e["eventType"], e["job"]["name"][-1]) for e in told(nodes, results)[1:-1]]
        assert said == [("START", "a"), ("START", "b"), ("COMPLETE", "b"), ("START", "c"), ("ABORT", "c"), ("COMPLETE", "a")]

    def test_times_are_those_of_the_node(self, told):
        both = told([node("model.shop.a")], [result("model.shop.a", second=4)])
        assert start(both, "shop.analytics.shop.a")["eventTime"] == "2026-03-01T08:00:04+00:00"
        assert end(both, "shop.analytics.shop.a")["eventTime"] == "2026-03-01T08:00:05+00:00"

    def test_events_come_in_the_order_of_their_times_within_the_invocation(self):
        told = list(events.of_invocation(projects.golden("broken"), CONTEXT))
        assert [e["eventTime"] for e in told] == sorted(e["eventTime"] for e in told)

    def test_the_same_artifacts_give_the_same_events(self):
        first, second = (list(events.of_invocation(projects.golden("built"), CONTEXT)) for _ in range(2))
        assert [openlineage.encode(e) for e in first] == [openlineage.encode(e) for e in second]

    @pytest.mark.parametrize("redaction", [Redaction(), Redaction(sql_literals=True)])
    def test_encoding_each_job_and_dataset_once_changes_nothing(self, redaction):
        told = list(events.of_invocation(projects.golden("built"), replace(CONTEXT, redaction=redaction)))
        assert list(map(openlineage.Encoder().encode, told)) == list(map(openlineage.encode, told))

    def test_another_invocation_gives_other_runs_of_the_same_jobs(self, told):
        nodes, results = [node("model.shop.a")], [result("model.shop.a")]
        first, second = told(nodes, results), told(nodes, results, metadata={"invocation_id": "99999999-2222-3333-4444-555555555555"})
        assert [e["job"] for e in first] == [e["job"] for e in second]
        assert not {e["run"]["runId"] for e in first} & {e["run"]["runId"] for e in second}

    @pytest.mark.parametrize("which", ["compile", "generate", "list", "parse", "show"])
    def test_a_command_that_executes_nothing_tells_nothing_though_dbt_writes_results(self, told, which):
        assert told([node("model.shop.a")], [result("model.shop.a")], args={"which": which}) == []

    def test_before_dbt_tells_when_an_invocation_began_it_is_reckoned_from_its_end(self, told):
        both = told([], [], metadata={"invocation_started_at": None})
        assert both[0]["eventTime"] == both[1]["eventTime"] == "2026-03-01T08:01:00+00:00"

    def test_a_time_without_a_zone_is_utc(self, told):
        assert told([], [], metadata={"generated_at": "2026-03-01T08:01:00"})[-1]["eventTime"] == "2026-03-01T08:01:00+00:00"


class TestParents:
    def test_nodes_are_part_of_the_invocation(self, told):
        both = told([node("model.shop.a")], [result("model.shop.a")])
        parent = facet(end(both, "shop.analytics.shop.a"), "parent")
        assert parent["job"] == {"namespace": "dbt", "name": "dbt-run-shop"}
        assert parent["run"]["runId"] == both[0]["run"]["runId"]
        assert parent["root"]["job"] == parent["job"]

    def test_the_invocation_is_part_of_what_the_environment_names_and_so_is_the_root(self, told):
        both = told([node("model.shop.a")], [result("model.shop.a")], replace(CONTEXT, parent=Parent(run=TASK, root=ROOT)))
        above = facet(both[0], "parent")
        assert above["job"] == {"namespace": "airflow", "name": "daily.dbt"}
        assert above["run"] == {"runId": TASK.run_id}
        assert above["root"] == {"run": {"runId": ROOT.run_id}, "job": {"namespace": "airflow", "name": "daily"}}
        assert facet(end(both, "shop.analytics.shop.a"), "parent")["root"] == above["root"]

    def test_without_one_the_invocation_has_no_parent(self, told):
        assert "parent" not in told([], [])[0]["run"]["facets"]


class TestEndings:
    @pytest.mark.parametrize(
        ("status", "event_type"),
        [
            ("success", "COMPLETE"),
            ("pass", "COMPLETE"),
            ("warn", "COMPLETE"),
            ("error", "FAIL"),
            ("fail", "FAIL"),
            ("runtime error", "FAIL"),
            ("partial success", "FAIL"),
            ("skipped", "ABORT"),
            ("a word of tomorrow", "ABORT"),
        ],
    )
    def test_what_dbt_says_decides_how_a_run_ends_and_stays_readable(self, told, status, event_type):
        ended = end(told([node("model.shop.a")], [result("model.shop.a", status)]), "shop.analytics.shop.a")
        assert ended["eventType"] == event_type
        assert facet(ended, "clew_dbt")["status"] == status

    def test_a_failed_node_carries_the_adapters_message(self):
        ended = end(list(events.of_invocation(projects.golden("broken"), CONTEXT)), "shop.analytics.shop.stg_customers")
        assert ended["eventType"] == "FAIL"
        assert 'Referenced column "nothing" not found' in facet(ended, "errorMessage")["message"]
        assert named(ended["outputs"]) == ["shop.analytics.stg_customers"]

    def test_a_skipped_node_is_told_without_time_and_without_blame(self):
        ended = end(list(events.of_invocation(projects.golden("broken"), CONTEXT)), "shop.analytics.shop.customer_value")
        assert ended["eventType"] == "ABORT"
        assert "errorMessage" not in ended["run"]["facets"]

    def test_a_skipped_node_stands_at_the_end_of_the_one_before_it(self, told):
        nodes = [node("model.shop.a"), node("model.shop.b")]
        both = told(nodes, [result("model.shop.a", "error", second=3), {"unique_id": "model.shop.b", "status": "skipped", "timing": []}])
        assert {e["eventTime"] for e in both if e["job"]["name"] == "shop.analytics.shop.b"} == {"2026-03-01T08:00:04+00:00"}

    def test_one_failure_fails_the_invocation_and_names_itself(self):
        last = list(events.of_invocation(projects.golden("broken"), CONTEXT))[-1]
        assert last["eventType"] == "FAIL"
        assert facet(last, "errorMessage")["message"] == "2 failed: model.shop.stg_customers, test.shop.few_orders"

    def test_warnings_and_skips_alone_do_not(self, told):
        nodes = [node("test.shop.a"), node("test.shop.b")]
        assert told(nodes, [result("test.shop.a", "warn"), result("test.shop.b", "skipped")])[-1]["eventType"] == "COMPLETE"

    def test_dbts_exit_code_fails_an_invocation_whose_nodes_are_all_well(self, told):
        last = told([], [], replace(CONTEXT, ending=Ending(exit_code=2)))[-1]
        assert (last["eventType"], facet(last, "clew_dbt")["exitCode"]) == ("FAIL", 2)

    def test_an_interrupted_invocation_is_aborted_and_what_it_did_before_is_told(self):
        interrupted = replace(CONTEXT, ending=Ending(exit_code=2, signal="SIGINT"))
        told = list(events.of_invocation(projects.golden("interrupted"), interrupted))
        assert [e["eventType"] for e in told if e["job"]["name"] == "dbt-run-shop"] == ["START", "ABORT"]
        assert facet(told[-1], "errorMessage")["message"] == "dbt was ended by SIGINT"
        assert end(told, "shop.analytics.shop.orders")["eventType"] == "COMPLETE"

    def test_an_invocation_without_results_is_told_with_its_end(self):
        at = datetime(2026, 3, 1, 8, tzinfo=timezone.utc)
        lost = Invocation(invocation_id="x", started_at=at)
        told = events.of_lost_invocation(lost, at, "build", replace(CONTEXT, ending=Ending(exit_code=2)))
        assert [e["eventType"] for e in told] == ["START", "FAIL"]
        assert {"key": "command", "name": "command", "value": "build"} in facet(told[0], "executionParameters")["parameters"]


class TestEdges:
    def test_the_whole_shop(self):
        told = list(events.of_invocation(projects.golden("built"), CONTEXT))
        edges = {
            e["job"]["name"]: (set(named(e["inputs"])), named(e["outputs"]))
            for e in runs(told)
            if e["job"]["facets"]["jobType"]["jobType"] != "TEST"
        }
        assert edges == {
            "dbt-run-shop": (set(), []),
            "seed.shop.crm_customers": ({"/shop/seeds/crm_customers.csv"}, ["shop.analytics.crm_customers"]),
            "seed.shop.payment_methods": ({"/shop/seeds/payment_methods.csv"}, ["shop.analytics.payment_methods"]),
            "shop.analytics.shop.stg_customers": ({"shop.analytics.crm_customers"}, ["shop.analytics.stg_customers"]),
            "shop.analytics.shop.stg_orders": ({"shop.raw.orders"}, ["shop.analytics.stg_orders"]),
            "shop.analytics.shop.stg_payments": ({"shop.raw.payments"}, ["shop.analytics.stg_payments"]),
            "shop.analytics_snapshots.shop.order_status.snapshot": (
                {"shop.analytics.stg_orders"},
                ["shop.analytics_snapshots.order_status"],
            ),
            "shop.analytics.shop.orders": (
                {"shop.analytics.stg_orders", "shop.analytics.stg_payments", "shop.analytics.payment_methods"},
                ["shop.analytics.orders"],
            ),
            "shop.analytics.shop.customer_value": (
                {"shop.analytics.stg_customers", "shop.analytics.orders"},
                ["shop.analytics.customer_value"],
            ),
            "shop.analytics.shop.daily_revenue": ({"shop.analytics.orders"}, ["shop.analytics.daily_revenue"]),
        }

    def test_a_source_is_named_by_its_identifier(self, told):
        sources = [source("source.shop.raw.payments", identifier="PAYMENTS_V2")]
        both = told([node("model.shop.a", **reads("source.shop.raw.payments"))], [result("model.shop.a")], sources=sources)
        assert named(both[1]["inputs"]) == ["shop.raw.PAYMENTS_V2"]

    def test_a_model_is_named_by_its_alias(self, told):
        both = told([node("model.shop.orders_v2", alias="orders")], [result("model.shop.orders_v2")])
        assert named(both[1]["outputs"]) == ["shop.analytics.orders"]

    def test_a_system_without_databases_has_two_parts(self, told):
        both = told([node("model.shop.a", database=None)], [result("model.shop.a")])
        assert (named(both[1]["outputs"]), both[1]["job"]["name"]) == (["analytics.a"], "analytics.shop.a")

    def test_ephemeral_models_are_read_through_however_deep(self, told):
        inlined = {"config": {"materialized": "ephemeral"}}
        nodes = [
            node("model.shop.a", **reads("source.shop.raw.t")),
            node("model.shop.b", **inlined, **reads("model.shop.a", "source.shop.raw.t")),
            node("model.shop.c", **inlined, **reads("model.shop.b")),
            node("model.shop.d", **reads("model.shop.c", "model.shop.a")),
        ]
        both = told(nodes, [result("model.shop.d")], sources=[source("source.shop.raw.t")])
        assert named(both[1]["inputs"]) == ["shop.analytics.a", "shop.raw.t"]

    def test_ephemeral_models_in_a_circle_end(self, told):
        inlined = {"config": {"materialized": "ephemeral"}}
        nodes = [
            node("model.shop.a", **inlined, **reads("model.shop.b")),
            node("model.shop.b", **inlined, **reads("model.shop.a")),
            node("model.shop.c", **reads("model.shop.a")),
        ]
        assert told(nodes, [result("model.shop.c")])[1]["inputs"] == []

    def test_what_is_no_table_is_no_input(self, told):
        both = told([node("model.shop.a", **reads("metric.shop.m", "semantic_model.shop.s", "model.gone.b"))], [result("model.shop.a")])
        assert both[1]["inputs"] == []

    @pytest.mark.parametrize("parsed_in", [".", "/another/machine/shop"])
    def test_a_seed_reads_its_csv_file_in_the_projects_folder_wherever_it_was_parsed(self, told, parsed_in):
        seed = node("seed.shop.s", root_path=parsed_in, original_file_path="seeds/s.csv")
        read = told([seed], [result("seed.shop.s")])[1]["inputs"]
        assert [(d["namespace"], d["name"]) for d in read] == [("file", "/shop/seeds/s.csv")]

    def test_a_seed_of_a_package_reads_its_csv_file_in_the_package(self, told):
        seed = node("seed.utils.s", root_path="/shop/dbt_packages/utils", original_file_path="seeds/s.csv")
        assert named(told([seed], [result("seed.utils.s")])[1]["inputs"]) == ["/shop/dbt_packages/utils/seeds/s.csv"]

    def test_a_test_writes_only_where_it_stores_failures(self, told):
        plain, storing = node("test.shop.a"), node("test.shop.b", schema="audit", relation_name='"shop"."audit"."b"')
        both = told([plain, storing], [result("test.shop.a"), result("test.shop.b")])
        assert end(both, "test.shop.a")["outputs"] == []
        assert named(end(both, "test.shop.b")["outputs"]) == ["shop.audit.b"]


class TestDatasets:
    def test_columns_come_from_the_catalog_with_the_projects_descriptions(self):
        told = list(events.of_invocation(projects.golden("built"), CONTEXT))
        (orders,) = end(told, "shop.analytics.shop.orders")["outputs"]
        assert orders["facets"]["schema"]["fields"][0] == {"name": "order_id", "type": "BIGINT", "description": "Key of an order."}
        assert [f["name"] for f in orders["facets"]["schema"]["fields"]] == [
            "order_id",
            "customer_id",
            "ordered_at",
            "status",
            "amount",
            "fee",
        ]

    def test_a_catalog_that_writes_a_type_in_another_case_makes_no_other_column(self):
        built = projects.golden("built")
        node = built.manifest.nodes["model.shop.orders"]
        described = {**node.columns, "order_id": msgspec.structs.replace(node.columns["order_id"], data_type="bigint")}
        nodes = {**built.manifest.nodes, "model.shop.orders": msgspec.structs.replace(node, columns=described)}
        both = [replace(built, manifest=msgspec.structs.replace(built.manifest, nodes=nodes), catalog=c) for c in (built.catalog, None)]
        for told in (list(events.of_invocation(artifacts, CONTEXT)) for artifacts in both):
            (orders,) = end(told, "shop.analytics.shop.orders")["outputs"]
            assert orders["facets"]["schema"]["fields"][0]["type"] == "bigint"

    def test_without_a_catalog_they_are_what_the_project_describes(self, told):
        columns = {"id": {"name": "id", "data_type": "integer", "description": "Key."}, "x": {"name": "x"}}
        (made,) = told([node("model.shop.a", columns=columns)], [result("model.shop.a")])[1]["outputs"]
        assert made["facets"]["schema"]["fields"] == [{"name": "id", "type": "integer", "description": "Key."}, {"name": "x"}]

    def test_description_tags_and_owners_are_told_of_dataset_and_job(self):
        ended = end(list(events.of_invocation(projects.golden("built"), CONTEXT)), "shop.analytics.shop.daily_revenue")
        for facets in (ended["outputs"][0]["facets"], ended["job"]["facets"]):
            assert facets["documentation"]["description"] == "Revenue of each day without returned orders."
            assert [t["key"] for t in facets["tags"]["tags"]] == ["marts", "finance"]
            assert facets["ownership"]["owners"] == [
                {"name": "data-team@shop.example"},
                {"name": "Finance <finance@shop.example>", "type": "group"},
            ]

    def test_rows_are_counted_where_the_adapter_counts_them(self):
        told = list(events.of_invocation(projects.golden("built"), CONTEXT))
        (seed,) = end(told, "seed.shop.crm_customers")["outputs"]
        assert seed["outputFacets"]["outputStatistics"]["rowCount"] == 20
        assert "outputFacets" not in end(told, "shop.analytics.shop.orders")["outputs"][0]

    @pytest.mark.parametrize("rows", [-1, "3", None, [3]])
    def test_what_is_no_count_is_not_told(self, told, rows):
        both = told([node("model.shop.a")], [result("model.shop.a", adapter_response={"rows_affected": rows})])
        assert "outputFacets" not in end(both, "shop.analytics.shop.a")["outputs"][0]


class TestJobs:
    def test_the_compiled_sql_is_told_with_the_adapters_dialect(self):
        ended = end(list(events.of_invocation(projects.golden("built"), CONTEXT)), "shop.analytics.shop.stg_orders")
        assert ended["job"]["facets"]["sql"]["query"].startswith("select\n    order_id,")
        assert ended["job"]["facets"]["sql"]["dialect"] == "duckdb"

    def test_python_is_not_told_as_sql(self, told):
        both = told([node("model.shop.a", language="python", compiled_code="def model(dbt, session): ...")], [result("model.shop.a")])
        assert "sql" not in both[1]["job"]["facets"]

    @pytest.mark.parametrize(
        ("unique_id", "kind"),
        [("model.shop.a", "MODEL"), ("seed.shop.a", "SEED"), ("snapshot.shop.a", "SNAPSHOT"), ("test.shop.a", "TEST")],
    )
    def test_the_type_is_that_of_the_node(self, told, unique_id, kind):
        job_type = told([node(unique_id)], [result(unique_id)])[1]["job"]["facets"]["jobType"]
        assert (job_type["integration"], job_type["jobType"], job_type["processingType"]) == ("DBT", kind, "BATCH")

    def test_the_codes_url_changes_with_the_nodes_file_and_not_with_the_commit(self, told):
        def url(checksum: str, commit: str) -> str:
            context = replace(CONTEXT, checkout=Checkout(commit=commit, prefix="dbt/", repo="https://git.example/shop"))
            nodes = [node("model.shop.a", checksum={"name": "sha256", "checksum": checksum})]
            return told(nodes, [result("model.shop.a")], context)[1]["job"]["facets"]["sourceCodeLocation"]["url"]

        assert url("abc", "1") == url("abc", "2")
        assert url("abc", "1").startswith("https://git.example/shop/blob/HEAD/dbt/models/a.sql#")
        assert url("abd", "1") != url("abc", "1")

    def test_the_commit_is_told_of_the_invocation_and_of_each_run(self, told):
        context = replace(CONTEXT, checkout=Checkout(commit="c0ffee", repo="https://git.example/shop"))
        both = told([node("model.shop.a")], [result("model.shop.a")], context)
        assert both[0]["job"]["facets"]["sourceCodeLocation"]["version"] == "c0ffee"
        assert facet(end(both, "shop.analytics.shop.a"), "clew_dbt")["commit"] == "c0ffee"

    def test_without_git_the_url_is_the_file_in_the_project(self, told):
        location = told([node("model.shop.a")], [result("model.shop.a")])[1]["job"]["facets"]["sourceCodeLocation"]
        assert (location["type"], location["url"].partition("#")[0]) == ("dbt", "dbt://shop/models/a.sql")

    def test_code_of_a_package_is_not_looked_for_in_the_projects_repository(self, told):
        context = replace(CONTEXT, checkout=Checkout(commit="c0ffee", repo="https://git.example/shop"))
        location = told([node("model.utils.a")], [result("model.utils.a")], context)[1]["job"]["facets"]["sourceCodeLocation"]
        assert location["url"].startswith("dbt://utils/models/a.sql#")


class TestTests:
    def test_a_failing_test_fails_and_the_model_that_it_tested_does_not(self):
        told = list(events.of_invocation(projects.golden("broken"), CONTEXT))
        failed = end(told, "test.shop.few_orders")
        assert failed["eventType"] == "FAIL"
        assert facet(failed, "errorMessage")["message"] == "Got 60 results, configured to fail if != 0"
        assert end(told, "shop.analytics.shop.orders")["eventType"] == "COMPLETE"

    def test_what_it_found_stands_on_the_dataset_that_it_tested(self):
        told = list(events.of_invocation(projects.golden("broken"), CONTEXT))
        (orders,) = end(told, "test.shop.few_orders")["inputs"]
        said = {"assertion": "singular", "name": "few_orders", "success": False, "severity": "error", "actual": "60", "expected": "0"}
        assert orders["inputFacets"]["dataQualityAssertions"]["assertions"][-1] == said

    def test_a_test_that_passes_does_not_hide_one_that_failed_before_it(self, told):
        nodes = [node("model.shop.a"), *(node(f"test.shop.{name}", **reads("model.shop.a")) for name in ("first", "second"))]
        events = told(nodes, [result("test.shop.first", "fail"), result("test.shop.second", "pass")])
        (table,) = end(events, "test.shop.second")["inputs"]
        found = {a["name"]: a["success"] for a in table["inputFacets"]["dataQualityAssertions"]["assertions"]}
        assert found == {"first": False, "second": True}

    def test_a_warning_is_no_success_of_the_assertion_but_one_of_the_run(self):
        warned = end(list(events.of_invocation(projects.golden("broken"), CONTEXT)), "test.shop.odd_orders")
        *_, assertion = warned["inputs"][0]["inputFacets"]["dataQualityAssertions"]["assertions"]
        assert (warned["eventType"], assertion["success"], assertion["severity"]) == ("COMPLETE", False, "warn")

    def test_a_test_of_two_tables_says_it_of_the_one_that_it_stands_under(self):
        told = list(events.of_invocation(projects.golden("built"), CONTEXT))
        ended = next(e for e in told if "relationships_orders" in e["job"]["name"] and e["eventType"] == "COMPLETE")
        found = {d["name"]: "inputFacets" in d for d in ended["inputs"]}
        assert found == {"shop.analytics.orders": True, "shop.analytics.stg_customers": False}
        assertion = next(d for d in ended["inputs"] if "inputFacets" in d)["inputFacets"]["dataQualityAssertions"]["assertions"][-1]
        assert (assertion["assertion"], assertion["column"], assertion["success"]) == ("relationships", "customer_id", True)

    @pytest.mark.parametrize("status", ["skipped", "error"])
    def test_a_test_that_did_not_run_or_broke_says_nothing_of_the_dataset(self, told, status):
        nodes = [node("model.shop.a"), node("test.shop.t", **reads("model.shop.a"))]
        ended = end(told(nodes, [result("test.shop.t", status)]), "test.shop.t")
        assert "inputFacets" not in ended["inputs"][0]
        assert facet(ended, "test")["tests"][0]["status"] == "skip"

    def test_another_threshold_is_what_was_expected(self, told):
        nodes = [node("model.shop.a"), node("test.shop.t", config={"error_if": "> 10"}, **reads("model.shop.a"))]
        ended = end(told(nodes, [result("test.shop.t", "pass", failures=3)]), "test.shop.t")
        assert facet(ended, "test")["tests"][0]["expected"] == "not > 10"

    def test_a_unit_test_reads_no_table(self, told):
        units = {"unit_test.shop.a.adds": {"unique_id": "unit_test.shop.a.adds", "name": "adds", "model": "a"}}
        ended = end(told([], [result("unit_test.shop.a.adds", "fail", message="differs")], unit_tests=units), "unit_test.shop.a.adds")
        assert (ended["eventType"], ended["inputs"], ended["job"]["facets"]["jobType"]["jobType"]) == ("FAIL", [], "TEST")


class TestParameters:
    def told_of(self, event: Json) -> dict[str, str]:
        return {p["key"]: p["value"] for p in facet(event, "executionParameters")["parameters"]}

    def test_what_was_asked_of_dbt_is_told_each_var_by_its_name(self, told):
        args = {"vars": {"day": "2026-03-01", "n": 3}, "select": ["orders+"], "full_refresh": True, "target": "dev", "log_format": "json"}
        assert self.told_of(told([], [], args=args)[0]) == {
            "command": "build",
            "select": '["orders+"]',
            "target": "dev",
            "full_refresh": "true",
            "vars.day": "2026-03-01",
            "vars.n": "3",
        }

    def test_what_was_not_given_is_not_told(self, told):
        args = {"vars": {}, "select": [], "exclude": None, "full_refresh": False, "target": ""}
        assert self.told_of(told([], [], args=args)[0]) == {"command": "build"}

    def test_a_var_whose_name_says_secret_is_masked(self):
        parameters = self.told_of(next(events.of_invocation(projects.golden("built"), CONTEXT)))
        assert (parameters["vars.currency"], parameters["vars.api_token"]) == ("EUR", "***")

    def test_values_of_secret_environment_variables_are_nowhere(self, told):
        nodes = [node("model.shop.a", description="uses hunter2")]
        results = [result("model.shop.a", "error", message="cannot log in with hunter2", compiled_code="select 'hunter2'")]
        secret = replace(CONTEXT, redaction=Redaction(secrets=("hunter2",)))
        both = told(nodes, results, secret, args={"vars": {"note": "hunter2"}})
        assert b"hunter2" not in b"".join(map(openlineage.encode, both))
        assert facet(end(both, "shop.analytics.shop.a"), "errorMessage")["message"] == "cannot log in with ***"


def test_hostile_names_and_texts_stay_texts(told):
    hostile = "a\"b'; drop table x; --\n\u2028<script>\x01" + "x" * 1_000_000
    both = told([node("model.shop.a", alias=hostile, description=hostile)], [result("model.shop.a", "error", message=hostile)])
    body = openlineage.encode(end(both, "shop.analytics.shop.a"))
    assert openlineage.head(body).event_type == "FAIL"
    assert named(both[1]["outputs"]) == [f"shop.analytics.{hostile}"]


def test_what_ran_but_is_not_in_the_manifest_is_left_out_and_the_rest_is_told(told):
    both = told([node("model.shop.a")], [result("model.shop.a"), result("model.shop.deleted", "error")])
    assert {e["job"]["name"] for e in both} == {"dbt-run-shop", "shop.analytics.shop.a"}
    assert both[-1]["eventType"] == "FAIL"
