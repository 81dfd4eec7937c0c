"""Lifts of older manifests to the newest shape, one step per schema version that changed a field which we read.

The other steps between v4 and v12 only added fields (groups in v9, `metadata.project_name` in v10, unit tests in v12), and all of run
results from v2 to v6 did (`compiled_code` in v5, `batch_results` in v6), and of sources from v1 to v3 (`timing` in v2): an absent field
is its default. Source: the JSON schemas on https://schemas.getdbt.com, compared version by version.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

if TYPE_CHECKING:
    from collections.abc import Callable

    from dbt_clew.artifacts.shapes import Manifest, Node, Result, RunResults


def manifest(old: Manifest, version: int) -> Manifest:
    """Lift a manifest of a schema version to the newest."""
    nodes = old.nodes
    for before, lift in _STEPS.items():
        if version < before:
            nodes = {unique_id: lift(node) for unique_id, node in nodes.items()}
    return old if nodes is old.nodes else replace(old, nodes=nodes)


def run_results(found: RunResults) -> RunResults:
    """Leave out counts that are none: dbt 2.0 says 0 rows wherever the adapter does not tell, as of each table of DuckDB."""
    if not found.metadata.dbt_version.startswith("2."):
        return found
    return replace(found, results=tuple(_without_zero_rows(r) for r in found.results))


def _without_zero_rows(result: Result) -> Result:
    response = result.adapter_response
    if not response or response.get("rows_affected") != 0:
        return result
    return replace(result, adapter_response={key: value for key, value in response.items() if key != "rows_affected"})


def freshness(found: RunResults) -> RunResults:
    """Lift the results of freshness checks to run results.

    They name no command, and tell an error in a field of its own; dbt 2.0 writes `Warn` for `warn`.
    """
    return replace(found, results=tuple(_as_of_a_run(r) for r in found.results), args={"which": "freshness"} | found.args)


def _as_of_a_run(result: Result) -> Result:
    return replace(result, message=result.message or result.error, status=result.status.lower())


def _compiled_sql_became_code(node: Node) -> Node:
    """v7 (dbt 1.3): Python models came, so `compiled_sql` became `compiled_code`, and `language` tells which."""
    return replace(node, compiled_code=node.compiled_sql, language=node.language or "sql")


def _generic_tests_name_what_they_test(node: Node) -> Node:
    """v9 (dbt 1.5): `attached_node` came; before, `file_key_name` (`models.orders`) had the name of what is tested."""
    if node.file_key_name is None or node.attached_node is not None:
        return node
    ending = "." + node.file_key_name.partition(".")[2]
    tested = next((unique_id for unique_id in node.depends_on.nodes if unique_id.endswith(ending)), None)
    return replace(node, attached_node=tested)


_STEPS: dict[int, Callable[[Node], Node]] = {7: _compiled_sql_became_code, 9: _generic_tests_name_what_they_test}
