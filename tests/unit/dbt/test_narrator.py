"""The narrator, told step by step."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

import pytest

from clew import naming
from clew.events import encode
from dbt_clew import events
from dbt_clew.artifacts.read import read_target
from dbt_clew.context import Ending
from dbt_clew.narration.invocation import Invocation
from dbt_clew.narration.narrator import Narrator
from tests.unit.dbt import projects
from tests.unit.dbt.projects import CONTEXT, node, reads, result, source

if TYPE_CHECKING:
    from clew.events import Json
    from dbt_clew.artifacts.read import Artifacts

INVOCATION = Invocation(
    invocation_id="11111111-2222-3333-4444-555555555555", started_at=datetime(2026, 3, 1, 8, tzinfo=timezone.utc), args={"which": "build"}
)
AT = datetime(2026, 3, 1, 8, 0, 1, tzinfo=timezone.utc)
END = datetime(2026, 3, 1, 8, 1, tzinfo=timezone.utc)


@pytest.fixture
def narrated(tmp_path):
    """Make a narrator of a project in a few words, and what dbt left of it."""

    def make(nodes: list[Json], results: list[Json] | None = None, invocation: Invocation = INVOCATION, **more: Any) -> Any:
        artifacts = read_target(projects.target(tmp_path / "target", nodes, results or [], **more))
        return Narrator(artifacts.manifest, None, CONTEXT, invocation), artifacts

    return make


def kinds(told: list[Json]) -> list[tuple[str, str]]:
    return [(e["job"]["name"], e["eventType"]) for e in told]


class TestSteps:
    def test_a_nodes_start_leaves_while_it_runs_and_its_end_later(self, narrated):
        narrator, artifacts = narrated([node("model.shop.a")], [result("model.shop.a")])
        assert kinds(narrator.node_started("model.shop.a", AT)) == [("shop.analytics.shop.a", "START")]
        assert kinds(narrator.node_ended(artifacts.run_results.results[0])) == [("shop.analytics.shop.a", "COMPLETE")]

    def test_what_is_told_step_by_step_is_what_artifacts_tell(self, narrated):
        nodes = [node("seed.shop.s"), node("model.shop.a", **reads("seed.shop.s")), node("test.shop.t", **reads("model.shop.a"))]
        results = [result("seed.shop.s", second=1), result("model.shop.a", second=3), result("test.shop.t", "fail", second=5)]
        narrator, artifacts = narrated(nodes, results)
        steps = narrator.invocation_started()
        for r in artifacts.run_results.results:
            steps += narrator.node_started(r.unique_id, r.timing[0].started_at)
            steps += narrator.node_ended(r)
        steps += narrator.invocation_ended(END)
        at_once = list(events.of_invocation(artifacts, CONTEXT))
        assert kinds(steps) == kinds(at_once)
        assert [(e["run"]["runId"], e["eventTime"], e["inputs"], e["outputs"]) for e in steps] == [
            (e["run"]["runId"], e["eventTime"], e["inputs"], e["outputs"]) for e in at_once
        ]

    def test_nothing_is_told_twice(self, narrated):
        narrator, artifacts = narrated([node("model.shop.a")], [result("model.shop.a")])
        (ended,) = artifacts.run_results.results
        assert narrator.node_started("model.shop.a", AT)
        assert narrator.node_started("model.shop.a", AT) == []
        assert narrator.node_ended(ended)
        assert narrator.node_ended(ended) == []
        assert narrator.node_started("model.shop.a", AT) == []

    def test_what_is_open_at_the_end_is_aborted(self, narrated):
        narrator, _ = narrated([node("model.shop.a"), node("model.shop.b")])
        narrator.node_started("model.shop.a", AT)
        told = narrator.invocation_ended(END, Ending(signal="SIGTERM"))
        assert kinds(told) == [("shop.analytics.shop.a", "ABORT"), ("dbt-run-shop", "ABORT")]
        assert told[0]["outputs"][0]["name"] == "shop.analytics.a"

    def test_a_node_that_the_manifest_does_not_have_is_not_told(self, narrated):
        narrator, _ = narrated([])
        assert narrator.node_started("model.shop.gone", AT) == []

    def test_the_sql_that_only_the_end_tells_is_told_with_the_end(self, narrated):
        narrator, artifacts = narrated([node("model.shop.a")], [result("model.shop.a", compiled_code="select 1")])
        (begin,) = narrator.node_started("model.shop.a", AT)
        (finish,) = narrator.node_ended(artifacts.run_results.results[0])
        assert "sql" not in begin["job"]["facets"]
        assert finish["job"]["facets"]["sql"]["query"] == "select 1"

    def test_dbts_word_for_why_it_failed_is_the_invocations_message(self, narrated):
        narrator, _ = narrated([])
        (last,) = narrator.invocation_ended(END, Ending(exit_code=2, message="Compilation Error"))
        assert last["run"]["facets"]["errorMessage"]["message"] == "Compilation Error"


class TestRunIds:
    def test_depend_on_the_invocations_id_and_names_and_on_no_time(self, narrated):
        (one,) = narrated([node("model.shop.a")])[0].node_started("model.shop.a", AT)
        later = replace(INVOCATION, started_at=END)
        (other,) = narrated([node("model.shop.a")], invocation=later)[0].node_started("model.shop.a", END)
        assert one["run"]["runId"] == other["run"]["runId"]

    def test_are_uuids_of_version_5(self):
        space = UUID("5f1c2d5e-6a0b-5c0e-9d1c-c1e3b0a7d2f4")
        assert all(naming.id_of("a", str(n)) == str(uuid5(space, f"a\0{n}")) for n in range(100))


class TestColumns:
    def test_whoever_knows_columns_is_asked_once_for_start_and_end(self, narrated):
        asked = []

        def columns_of(asked_of: Any, code: str | None, datasets: Any) -> Json:
            asked.append((asked_of.unique_id, code, datasets.of(asked_of.unique_id)["name"]))
            return {"columnLineage": {"fields": {}}}

        _, artifacts = narrated([node("model.shop.a", compiled_code="select 1")], [result("model.shop.a")])
        told = list(events.of_invocation(artifacts, replace(CONTEXT, columns_of=columns_of)))
        assert asked == [("model.shop.a", "select 1", "shop.analytics.a")]
        assert [e["outputs"][0]["facets"]["columnLineage"] for e in told[1:3]] == [{"fields": {}}] * 2

    def test_a_reader_tells_all_columns_of_a_table_of_which_the_project_describes_some(self, narrated):
        described = node("model.shop.a", columns={"id": {"name": "id"}})
        reader = node("model.shop.b", **reads("model.shop.a"))
        tested = node("test.shop.t", attached_node="model.shop.a", **reads("model.shop.a"))
        ran = [result("model.shop.a", second=1), result("model.shop.b", second=3), result("test.shop.t", "fail", second=5)]
        _, artifacts = narrated([described, reader, tested], ran)

        def columns_of(asked_of: Any, _code: str | None, _datasets: Any) -> Json:
            return {"schema": {"fields": [{"name": "id"}, {"name": "amount"}]}} if asked_of.name == "a" else {}

        told = list(events.of_invocation(artifacts, replace(CONTEXT, columns_of=columns_of)))
        seen = [d for e in told for d in (*e["inputs"], *e["outputs"]) if d["name"] == "shop.analytics.a"]
        assert [[f["name"] for f in d["facets"]["schema"]["fields"]] for d in seen] == [["id", "amount"]] * 6
        assert "dataQualityAssertions" in seen[-1]["inputFacets"]


class TestVersionsOfCode:
    def url(self, artifacts: Artifacts) -> str:
        told = list(events.of_invocation(artifacts, CONTEXT))
        return next(e for e in told if e["job"]["name"] == "shop.analytics.shop.a")["job"]["facets"]["sourceCodeLocation"]["url"]

    def of(self, narrated: Any, macros: Json | None = None, **more: Any) -> str:
        calls = {"depends_on": {"macros": ["macro.shop.outer", "macro.dbt.is_incremental"], "nodes": []}}
        _, artifacts = narrated([node("model.shop.a", **calls, **more)], [result("model.shop.a")], macros=macros or self.macros())
        return self.url(artifacts)

    def macros(self, inner: str = "1", of_dbt: str = "1") -> Json:
        return {
            "macro.shop.outer": {"macro_sql": "outer", "depends_on": {"macros": ["macro.shop.inner"]}},
            "macro.shop.inner": {"macro_sql": inner, "depends_on": {"macros": ["macro.shop.outer"]}},
            "macro.dbt.is_incremental": {"macro_sql": of_dbt},
        }

    def test_the_same_code_has_the_same_version(self, narrated):
        assert self.of(narrated) == self.of(narrated, description="New words.", tags=["new"], config={"meta": {"new": 1}})

    def test_a_macro_that_is_called_by_a_macro_changes_it(self, narrated):
        assert self.of(narrated) != self.of(narrated, self.macros(inner="2"))

    def test_a_macro_of_dbt_itself_does_not(self, narrated):
        assert self.of(narrated) == self.of(narrated, self.macros(of_dbt="2"))

    @pytest.mark.parametrize(
        "config", [{"materialized": "table"}, {"incremental_strategy": "merge"}, {"unique_key": ["id"]}, {"post-hook": [{"sql": "x"}]}]
    )
    def test_a_configuration_that_changes_what_is_executed_changes_it(self, narrated, config):
        assert self.of(narrated) != self.of(narrated, config=config)


class TestCounts:
    """Answers of adapters, each as its `get_response` makes it."""

    @pytest.mark.parametrize(
        ("response", "materialized", "rows", "query"),
        [
            ({"_message": "SELECT 100", "code": "SELECT", "rows_affected": 100}, "table", 100, None),  # postgres
            ({"_message": "CREATE VIEW", "code": "CREATE VIEW", "rows_affected": -1}, "view", None, None),  # postgres
            ({"_message": "SUCCESS 1", "code": "SUCCESS", "rows_affected": 1, "query_id": "01b2"}, "table", None, "01b2"),  # snowflake
            ({"_message": "SUCCESS 7", "code": "SUCCESS", "rows_affected": 7, "query_id": "01b2"}, "incremental", 7, "01b2"),
            ({"code": "CREATE TABLE", "rows_affected": 1200, "bytes_processed": 4096, "job_id": "j-1"}, "table", 1200, "j-1"),  # bigquery
            ({"code": "CREATE VIEW", "bytes_processed": 0, "rows_affected": 0, "job_id": "j-2"}, "view", None, "j-2"),
            ({"_message": "OK", "query_id": "q-1"}, "table", None, "q-1"),  # databricks
            ({"code": "OK", "rows_affected": 5, "data_scanned_in_bytes": 10, "query_id": "q-2"}, "table", 5, "q-2"),  # athena
        ],
    )
    def test_rows_and_query_ids_are_told_where_they_are_what_they_seem(self, narrated, response, materialized, rows, query):
        _, artifacts = narrated(
            [node("model.shop.a", config={"materialized": materialized})], [result("model.shop.a", adapter_response=response)]
        )
        ended = list(events.of_invocation(artifacts, CONTEXT))[2]
        counted = ended["outputs"][0].get("outputFacets", {}).get("outputStatistics", {})
        assert counted.get("rowCount") == rows
        assert "size" not in counted
        assert ended["run"]["facets"].get("externalQuery", {}).get("externalQueryId") == query

    def test_what_a_query_cost_is_told_as_the_adapter_tells_it(self, narrated):
        response = {"bytes_processed": 4096, "bytes_billed": 10485760, "slot_ms": 12}
        _, artifacts = narrated([node("model.shop.a")], [result("model.shop.a", adapter_response=response)])
        assert list(events.of_invocation(artifacts, CONTEXT))[2]["run"]["facets"]["clew_dbt"]["cost"] == response


class TestSavedQueries:
    QUERY: Json = {  # noqa: RUF012
        "unique_id": "saved_query.shop.q",
        "name": "q",
        "depends_on": {"nodes": ["metric.shop.m"]},
        "exports": [{"name": "q", "config": {"export_as": "table", "database": "shop", "schema_name": "exports", "alias": "by_day"}}],
    }
    MEASURED: Json = {  # noqa: RUF012
        "metrics": {"metric.shop.m": {"unique_id": "metric.shop.m", "name": "m", "depends_on": {"nodes": ["semantic_model.shop.s"]}}},
        "semantic_models": {
            "semantic_model.shop.s": {"unique_id": "semantic_model.shop.s", "name": "s", "depends_on": {"nodes": ["model.shop.a"]}}
        },
    }

    def test_one_that_dbt_exports_is_a_run_that_writes_its_table(self, narrated):
        results = [result("model.shop.a"), result("saved_query.shop.q")]
        _, artifacts = narrated([node("model.shop.a")], results, saved_queries={"saved_query.shop.q": self.QUERY}, **self.MEASURED)
        (ended,) = (
            e for e in events.of_invocation(artifacts, CONTEXT) if e["job"]["name"] == "saved_query.shop.q" and e["eventType"] == "COMPLETE"
        )
        assert [d["name"] for d in ended["inputs"]] == ["shop.analytics.a"]
        assert [d["name"] for d in ended["outputs"]] == ["shop.exports.by_day"]

    @pytest.mark.parametrize("status", ["no-op", "skipped"])
    def test_one_that_it_does_not_is_what_it_reads(self, narrated, status):
        results = [result("model.shop.a"), result("saved_query.shop.q", status)]
        _, artifacts = narrated([node("model.shop.a")], results, saved_queries={"saved_query.shop.q": self.QUERY}, **self.MEASURED)
        (told,) = (e for e in events.of_invocation(artifacts, CONTEXT) if e["job"]["name"] == "saved_query.shop.q")
        assert ("run" in told, told["outputs"], [d["name"] for d in told["inputs"]]) == (False, [], ["shop.analytics.a"])


class TestHostileArtifacts:
    NAMES = ('a"b', "a\nb", "a'; drop table x; --", "naïve 表", "x" * 5000)

    @pytest.mark.parametrize("name", NAMES)
    def test_any_name_is_told_as_it_is(self, narrated, name):
        unique_id = f"model.shop.{name.replace('.', '')}"
        nodes = [node(unique_id), node("model.shop.reads", **reads(unique_id))]
        _, artifacts = narrated(nodes, [result(unique_id), result("model.shop.reads", second=3)])
        told = list(events.of_invocation(artifacts, CONTEXT))
        assert told[-2]["inputs"][0]["name"].endswith(name)

    def test_a_megabyte_of_sql_is_told(self, narrated):
        _, artifacts = narrated([node("model.shop.a")], [result("model.shop.a", compiled_code="x" * 1_000_000)])
        assert len(list(events.of_invocation(artifacts, CONTEXT))[2]["job"]["facets"]["sql"]["query"]) == 1_000_000

    def test_one_bad_node_does_not_lose_the_others(self, narrated):
        nodes = [node("model.shop.a", config="?"), node("model.shop.b", depends_on=7, columns=[])]
        _, artifacts = narrated(nodes, [result("model.shop.a"), result("model.shop.b", second=3)])
        told = list(events.of_invocation(artifacts, CONTEXT))
        assert kinds(told)[1:-1] == [(f"shop.analytics.shop.{n}", t) for n in "ab" for t in ("START", "COMPLETE")]

    def test_circles_of_ephemeral_models_sources_that_are_gone_and_macros_of_no_package_end(self, narrated):
        inlined = {"config": {"materialized": "ephemeral"}}
        nodes = [
            node("model.shop.a", **inlined, **reads("model.shop.a", "source.shop.gone")),
            node("model.shop.b", depends_on={"nodes": ["model.shop.a"], "macros": ["x", "macro"]}),
        ]
        sources = [source("source.shop.raw.t")]
        _, artifacts = narrated(nodes, [result("model.shop.b")], sources=sources, macros={"x": {"macro_sql": ""}})
        assert list(events.of_invocation(artifacts, CONTEXT))[1]["inputs"] == []


class TestFunctions:
    def test_a_function_has_a_run_and_makes_no_table(self, narrated):
        function = node("function.shop.f", config={"materialized": "function"})
        _, artifacts = narrated([], [result("function.shop.f")], functions={"function.shop.f": function})
        told = list(events.of_invocation(artifacts, CONTEXT))
        assert kinds(told)[1:-1] == [("function.shop.f", "START"), ("function.shop.f", "COMPLETE")]
        assert told[1]["outputs"] == []


class TestCatalogs:
    def catalog(self, narrated: Any, made_at: str, columns: tuple[str, ...] = ("id",)) -> list[Json]:
        described = {"id": {"name": "id", "data_type": "text"}}
        _, artifacts = narrated([node("model.shop.a", columns=described)], [result("model.shop.a")])
        found = {name: {"name": name, "type": "BIGINT", "index": i} for i, name in enumerate(columns)}
        metadata = {"dbt_schema_version": "https://schemas.getdbt.com/dbt/catalog/v1.json", "generated_at": made_at}
        (artifacts.target / "catalog.json").write_bytes(
            encode({"metadata": metadata, "nodes": {"model.shop.a": {"columns": found}}, "sources": {}})
        )
        told = list(events.of_invocation(read_target(artifacts.target), CONTEXT))
        return told[1]["outputs"][0]["facets"]["schema"]["fields"]

    def test_one_of_the_same_days_tells_the_types(self, narrated):
        assert self.catalog(narrated, "2026-02-28T08:00:00Z") == [{"name": "id", "type": "BIGINT"}]

    def test_one_that_is_older_than_a_week_does_not(self, narrated):
        assert self.catalog(narrated, "2026-02-01T08:00:00Z") == [{"name": "id", "type": "text"}]

    def test_one_that_lacks_a_column_of_the_project_is_of_an_older_table(self, narrated):
        assert self.catalog(narrated, "2026-02-28T08:00:00Z", ("other",)) == [{"name": "id", "type": "text"}]


class TestKindsOfTables:
    def facets(self, narrated: Any, **config: str) -> Json:
        ran = result("model.shop.a", adapter_response={"rows_affected": 3})
        _, artifacts = narrated([node("model.shop.a", config=config)], [ran])
        output = list(events.of_invocation(artifacts, CONTEXT))[2]["outputs"][0]
        return {**output["facets"], **output.get("outputFacets", {})}

    @pytest.mark.parametrize(
        ("materialized", "kind", "of_that", "has_rows"),
        [
            ("table", "TABLE", None, True),
            ("incremental", "TABLE", None, True),
            ("view", "VIEW", None, False),
            ("materialized_view", "VIEW", "MATERIALIZED", False),
            ("dynamic_table", "TABLE", "DYNAMIC", True),
            ("streaming_table", "TABLE", "STREAMING", True),
        ],
    )
    def test_it_is_told_as_what_the_materialisation_leaves_and_a_view_has_no_rows_of_its_own(
        self, narrated, materialized, kind, of_that, has_rows
    ):
        told = self.facets(narrated, materialized=materialized)
        assert (told["datasetType"]["datasetType"], told["datasetType"].get("subType")) == (kind, of_that)
        assert ("outputStatistics" in told) == has_rows

    def test_of_a_materialisation_of_the_projects_own_nobody_knows(self, narrated):
        assert "datasetType" not in self.facets(narrated, materialized="vault")

    @pytest.mark.parametrize(
        ("config", "layer"),
        [({"table_format": "iceberg"}, "iceberg"), ({"file_format": "Delta"}, "delta"), ({"file_format": "hudi"}, "hudi")],
    )
    def test_a_table_of_a_lake_says_how_it_is_stored(self, narrated, config, layer):
        assert self.facets(narrated, materialized="table", **config)["storage"]["storageLayer"] == layer

    def test_its_files_are_named_where_the_project_names_them(self, narrated):
        told = self.facets(narrated, materialized="table", table_format="iceberg", file_format="parquet")
        assert (told["storage"]["storageLayer"], told["storage"]["fileFormat"]) == ("iceberg", "parquet")
        assert "storage" not in self.facets(narrated, materialized="table", file_format="parquet")
