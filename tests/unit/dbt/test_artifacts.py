from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clew.errors import BadArtifact
from clew.events import encode
from dbt_clew import events
from dbt_clew.artifacts.read import read_all, read_freshness, read_invocation, read_manifest, read_run_results, read_target
from tests.unit.dbt import projects

if TYPE_CHECKING:
    from pathlib import Path


def rewritten(file: Path, change: Any) -> Path:
    content = json.loads(file.read_text())
    change(content)
    file.write_text(json.dumps(content))
    return file


def versioned(folder: Path, version: int, node: dict[str, Any]) -> Path:
    file = folder / "manifest.json"
    metadata = {"dbt_schema_version": f"https://schemas.getdbt.com/dbt/manifest/v{version}.json"}
    file.write_text(json.dumps({"metadata": metadata, "nodes": {node["unique_id"]: node}}))
    return file


def test_a_run_of_the_real_dbt_is_read_whole():
    built = projects.golden("built")
    assert built.manifest.metadata.project_name == "shop"
    assert built.manifest.nodes["model.shop.orders"].depends_on.nodes == ("model.shop.stg_orders", "model.shop.order_payments")
    assert built.manifest.sources["source.shop.raw.payments"].columns["amount_cents"].data_type == "integer"
    assert len(built.run_results.results) == 30
    assert built.catalog is not None
    assert built.catalog.nodes["model.shop.orders"].columns["amount"].type == "DOUBLE"


def problem(manifest: Path, otherwise: str) -> str:
    """Return what is said of a manifest, `otherwise` where nothing is wrong; any other exception than BadArtifact is a failure."""
    try:
        _, warnings = read_manifest(manifest)
    except BadArtifact as error:
        return str(error)
    return warnings[0] if warnings else otherwise


class TestGate:
    def test_the_newest_versions_are_read_without_a_word(self, tmp_path):
        assert read_target(projects.target(tmp_path, [projects.node("model.shop.a")], [projects.result("model.shop.a")])).warnings == ()

    def test_a_version_from_the_future_is_read_with_a_warning(self, tmp_path):
        manifest, warnings = read_manifest(versioned(tmp_path, 21, projects.node("model.shop.a", surprise=1)))
        assert "model.shop.a" in manifest.nodes
        assert warnings == [
            f"{tmp_path}/manifest.json: schema v21 is newer than v12, the newest that this Clew knows; is there a newer Clew?"
        ]

    def test_a_version_that_is_too_old_is_an_error_that_says_which_dbt_to_run(self, tmp_path):
        with pytest.raises(BadArtifact, match=r"manifest\.json: schema v3 is older than v4.*Run dbt 1\.0 or later"):
            read_manifest(versioned(tmp_path, 3, projects.node("model.shop.a")))

    def test_an_artifact_of_another_kind_is_an_error(self, tmp_path):
        shutil.copy(projects.GOLDEN / "built" / "manifest.json", tmp_path / "run_results.json")
        with pytest.raises(BadArtifact, match=r"run_results\.json: expected dbt's run-results artifact, its schema is .*manifest/v12"):
            read_run_results(tmp_path / "run_results.json")

    @pytest.mark.parametrize("text", ["[1, 2]", '"dbt"', "{}", '{"name": "left-pad"}', '{"metadata": {"dbt_schema_version": 12}}'])
    def test_json_of_something_else_is_an_error(self, tmp_path, text):
        (tmp_path / "manifest.json").write_text(text)
        with pytest.raises(BadArtifact, match=r"manifest\.json: no artifact of dbt.*Is this dbt's target directory\?"):
            read_manifest(tmp_path / "manifest.json")

    def test_the_version_is_found_wherever_it_stands(self, tmp_path):
        file = tmp_path / "manifest.json"
        padding = {"docs": {"m": "x" * 10_000}}
        file.write_text(json.dumps({**padding, "metadata": {"dbt_schema_version": projects.MANIFEST}, "nodes": {}}))
        assert read_manifest(file)[0].nodes == {}


class TestLift:
    def test_before_v7_compiled_code_was_called_compiled_sql(self, tmp_path):
        manifest, _ = read_manifest(versioned(tmp_path, 6, projects.node("model.shop.a", compiled_sql="select 1")))
        assert manifest.nodes["model.shop.a"].compiled_code == "select 1"
        assert manifest.nodes["model.shop.a"].language == "sql"

    def test_before_v9_a_generic_test_named_what_it_tests_by_file_key(self, tmp_path):
        test = projects.node("test.shop.t", file_key_name="models.orders", **projects.reads("model.shop.customers", "model.shop.orders"))
        manifest, _ = read_manifest(versioned(tmp_path, 8, test))
        assert manifest.nodes["test.shop.t"].attached_node == "model.shop.orders"

    def test_the_newest_shape_is_left_as_it_is(self, tmp_path):
        test = projects.node("test.shop.t", file_key_name="models.orders", attached_node=None, **projects.reads("model.shop.orders"))
        manifest, _ = read_manifest(versioned(tmp_path, 12, test))
        assert manifest.nodes["test.shop.t"].attached_node is None

    @pytest.mark.parametrize("version", range(4, 13))
    def test_every_version_between_is_read(self, tmp_path, version):
        manifest, warnings = read_manifest(versioned(tmp_path, version, projects.node("model.shop.a", compiled_sql="x", compiled_code="x")))
        assert manifest.nodes["model.shop.a"].compiled_code == "x"
        assert not warnings

    @pytest.mark.parametrize("version", range(2, 7))
    def test_run_results_need_no_lift(self, tmp_path, version):
        target = projects.target(tmp_path, [projects.node("model.shop.a")], [projects.result("model.shop.a")])
        schema = f"https://schemas.getdbt.com/dbt/run-results/v{version}.json"
        run_results, _ = read_run_results(rewritten(target / "run_results.json", lambda c: c["metadata"].update(dbt_schema_version=schema)))
        assert run_results.results[0].status == "success"

    @pytest.mark.parametrize(("dbt", "rows"), [("2.0.0-preview.196", None), ("1.11.16", 0)])
    def test_no_rows_of_dbt_2_are_an_unknown_number_of_rows(self, tmp_path, dbt, rows):
        ran = projects.result("model.shop.a", adapter_response={"rows_affected": 0, "_message": "OK"})
        read = read_target(projects.target(tmp_path, [projects.node("model.shop.a")], [ran], metadata={"dbt_version": dbt}))
        response = read.run_results.results[0].adapter_response
        assert (response.get("rows_affected"), response["_message"]) == (rows, "OK")


class TestErrors:
    def test_a_file_without_its_metadata_is_an_error(self, tmp_path):
        target = projects.target(tmp_path, [], [])
        rewritten(target / "run_results.json", lambda c: c.pop("results"))
        with pytest.raises(BadArtifact, match=r"^object missing required field results \(.*run_results\.json, schema v6\)"):
            read_target(target)

    def test_a_truncated_file_says_what_may_have_happened(self, tmp_path):
        text = (projects.GOLDEN / "built" / "manifest.json").read_text()
        (tmp_path / "manifest.json").write_text(text[: len(text) // 2])
        with pytest.raises(BadArtifact, match=r"manifest\.json: no JSON: .*Was dbt stopped while it wrote\? Run dbt again"):
            read_manifest(tmp_path / "manifest.json")

    def test_a_file_nested_too_deep_is_an_error_and_no_crash(self, tmp_path):
        (tmp_path / "manifest.json").write_text('{"metadata":' * 100_000)
        with pytest.raises(BadArtifact):
            read_manifest(tmp_path / "manifest.json")

    def test_a_missing_manifest_says_what_to_do(self, tmp_path):
        (projects.target(tmp_path, [], []) / "manifest.json").unlink()
        with pytest.raises(BadArtifact, match=r"manifest\.json: no such file\. Run dbt first"):
            read_target(tmp_path)

    def test_a_directory_that_is_not_there_is_an_error(self, tmp_path):
        with pytest.raises(BadArtifact, match="no such directory"):
            read_target(tmp_path / "targte")

    def test_artifacts_of_two_projects_are_an_error(self, tmp_path):
        target = projects.target(tmp_path, [projects.node("model.shop.a")], [projects.result("model.bakery.bread")])
        with pytest.raises(BadArtifact, match=r"are of different projects: none of the nodes that ran \(model\.bakery\.bread, …\)"):
            read_target(target)

    def test_artifacts_of_two_invocations_of_one_project_are_read_with_a_warning(self, tmp_path):
        target = projects.target(tmp_path, [projects.node("model.shop.a")], [projects.result("model.shop.a")])
        rewritten(target / "manifest.json", lambda c: c["metadata"].update(invocation_id="another"))
        assert "written by another invocation" in read_target(target).warnings[0]

    def test_a_broken_catalog_costs_the_types_and_nothing_else(self, tmp_path):
        target = projects.target(tmp_path, [projects.node("model.shop.a")], [projects.result("model.shop.a")])
        (target / "catalog.json").write_text("{")
        artifacts = read_target(target)
        assert artifacts.catalog is None
        assert artifacts.warnings[0].endswith("Types of columns are left out.")


class TestSalvage:
    """One thing that is not as dbt writes it costs itself, and is named."""

    def test_a_bad_field_costs_the_field_and_the_key_of_its_node_is_named(self, tmp_path):
        nodes = [projects.node("model.shop.fine"), projects.node("model.shop.orders", columns=[1], description="Orders.")]
        artifacts = read_target(projects.target(tmp_path, nodes, []))
        assert artifacts.manifest.nodes["model.shop.orders"].description == "Orders."
        assert artifacts.manifest.nodes.keys() == {"model.shop.fine", "model.shop.orders"}
        assert artifacts.warnings == (
            f"nodes['model.shop.orders'].columns: expected object, got array ({tmp_path}/manifest.json, schema v12); left out",
        )

    def test_a_bad_field_within_another_costs_the_inner_one(self, tmp_path):
        nodes = [projects.node("model.shop.a", config={"materialized": "view", "severity": {"x": 1}})]
        artifacts = read_target(projects.target(tmp_path, nodes, []))
        assert artifacts.manifest.nodes["model.shop.a"].config.materialized == "view"

    def test_a_node_that_lacks_what_it_must_have_costs_itself_alone(self, tmp_path):
        nodes = [projects.node("model.shop.a"), projects.node("model.shop.b")]
        del nodes[0]["name"]
        artifacts = read_target(projects.target(tmp_path, nodes, []))
        assert artifacts.manifest.nodes.keys() == {"model.shop.b"}
        assert artifacts.warnings[0].startswith("nodes['model.shop.a']: object missing required field name")

    def test_the_place_in_a_list_is_named(self, tmp_path):
        results = [projects.result("model.shop.a"), projects.result("model.shop.b", failures="many"), {"unique_id": "model.shop.c"}]
        artifacts = read_target(projects.target(tmp_path, [projects.node("model.shop.a")], results))
        assert [r.unique_id for r in artifacts.run_results.results] == ["model.shop.a", "model.shop.b"]
        assert artifacts.warnings[0].startswith("results[1].failures: expected int | null, got str")
        assert artifacts.warnings[1].startswith("results[2]: object missing required field status")

    def test_many_faults_are_counted_and_not_all_named(self, tmp_path):
        nodes = [projects.node(f"model.shop.m{i}", columns=1, tags=1) for i in range(50)]
        warnings = read_target(projects.target(tmp_path, nodes, [])).warnings
        assert len(warnings) == 11
        assert warnings[-1].startswith("and 90 more like these")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100, deadline=None)
@given(cut=st.integers(min_value=0, max_value=80_000), junk=st.binary(max_size=20))
def test_whatever_stands_in_a_file_is_read_or_a_bad_artifact(tmp_path, cut, junk):
    data = (projects.GOLDEN / "built" / "manifest.json").read_bytes()
    (tmp_path / "manifest.json").write_bytes(data[:cut] + junk + data[cut + len(junk) :])
    assert "manifest.json" in problem(tmp_path / "manifest.json", "manifest.json")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100, deadline=None)
@given(
    field=st.sampled_from(["columns", "tags", "config", "depends_on", "checksum", "meta", "description", "unique_id"]), value=json_values
)
def test_a_node_with_any_json_in_a_field_is_read_or_named(tmp_path, field, value):
    target = projects.target(tmp_path, [projects.node("model.shop.a")], [])
    rewritten(target / "manifest.json", lambda c: c["nodes"]["model.shop.a"].update({field: value}))
    place = f"nodes['model.shop.a'].{field}"
    assert problem(target / "manifest.json", place).startswith(place)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100, deadline=None)
@given(
    field=st.sampled_from(["timing", "adapter_response", "message", "failures", "batch_results", "compiled_code", "max_loaded_at"]),
    value=json_values,
)
def test_a_result_with_any_json_in_a_field_is_told_and_what_was_left_out_is_named(tmp_path, field, value):
    target = projects.target(tmp_path, [projects.node("model.shop.a")], [{**projects.result("model.shop.a"), field: value}])
    artifacts = read_target(target)
    told = list(events.of_invocation(artifacts, projects.CONTEXT))
    assert ("shop.analytics.shop.a", "COMPLETE") in [(e["job"]["name"], e["eventType"]) for e in told]
    assert all(encode(e) for e in told)
    assert all(f"results[0].{field}" in warning for warning in artifacts.warnings)


class TestFreshness:
    def sources(self, folder: Path, version: int, *results: dict[str, Any]) -> Path:
        target = projects.target(folder, [], [], sources=[projects.source("source.shop.raw.t")])
        metadata = {"dbt_schema_version": f"https://schemas.getdbt.com/dbt/sources/v{version}.json", "generated_at": "2026-03-01T09:00:00Z"}
        (target / "sources.json").write_text(json.dumps({"metadata": metadata, "results": list(results)}))
        return target

    @pytest.mark.parametrize("version", [1, 2, 3])
    def test_every_version_is_read_as_run_results(self, tmp_path, version):
        checked = {"unique_id": "source.shop.raw.t", "status": "warn", "max_loaded_at": "2026-02-28T08:00:00Z"}
        (found,) = read_freshness(self.sources(tmp_path, version, checked)).run_results.results
        assert (found.status, found.max_loaded_at is not None) == ("warn", True)

    def test_one_from_the_future_is_read_with_a_warning(self, tmp_path):
        assert "sources.json: schema v9 is newer than v3" in read_freshness(self.sources(tmp_path, 9)).warnings[0]

    def test_a_directory_with_checks_alone_has_one_invocation(self, tmp_path):
        target = self.sources(tmp_path, 3)
        (target / "run_results.json").unlink()
        assert [a.run_results.args["which"] for a in read_all(target)] == ["freshness"]

    def test_checks_are_taken_to_be_of_the_target_of_the_run_beside_them(self, tmp_path):
        target = self.sources(tmp_path, 3)
        ran = json.loads((target / "run_results.json").read_bytes())
        (target / "run_results.json").write_text(json.dumps({**ran, "args": {"which": "run", "target": "ci", "select": ["a"]}}))
        (checked,) = (a.run_results.args for a in read_all(target) if a.run_results.args["which"] == "freshness")
        assert checked == {"which": "freshness", "target": "ci"}

    def test_of_several_invocations_one_is_found_by_its_metadata(self, tmp_path):
        target = self.sources(tmp_path, 3)
        found = read_invocation(target, lambda metadata: "sources" in metadata.dbt_schema_version)
        assert found is not None
        assert found.run_results.args["which"] == "freshness"
        assert read_invocation(target, lambda _: False) is None
