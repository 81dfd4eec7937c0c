"""What a test says: of its run, and of the dataset that it tested."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clew import facets
from dbt_clew.narration.invocation import aware

if TYPE_CHECKING:
    from datetime import datetime

    from clew.events import Facets, Json
    from dbt_clew.artifacts.shapes import Node, Result, Source

_FINDINGS = {"pass": "pass", "warn": "fail", "fail": "fail"}
"""Whether a test found something, by dbt's status; one that broke or was skipped found nothing out."""


def of_run(result: Result, test: Node | None) -> Json:
    """Return the facet that says what a test's run found."""
    measured = _measured(result, test) if test else {}
    return facets.test_run([{"name": result.unique_id, "status": _FINDINGS.get(result.status, "skip"), **measured}])


def of_dataset(result: Result, test: Node) -> Json | None:
    """Return the assertion that says what a test found of a dataset; None where it found nothing out."""
    found = _FINDINGS.get(result.status)
    if found is None:
        return None
    said = {"assertion": _kind(test), "name": test.name, "success": found == "pass", **_measured(result, test)}
    column = test.column_name or (test.test_metadata.kwargs.get("column_name") if test.test_metadata else None)
    if isinstance(column, str):
        said["column"] = column
    said.pop("type")
    return said


def of_freshness(result: Result, source: Source) -> Facets:
    """Return what a freshness check found of a source, as facets of an input; none where it found nothing out."""
    found: Facets = {}
    if result.max_loaded_at is not None:
        found["dataQualityMetrics"] = facets.data_quality_metrics(last_updated=_utc(result.max_loaded_at))
    if result.status not in {"pass", "warn", "error"} or result.max_loaded_at is None:
        return found
    severity = "warn" if result.status == "warn" else "error"
    policy = result.criteria or source.freshness or source.config.freshness
    limit = (policy.warn_after if severity == "warn" else policy.error_after or policy.warn_after) if policy else None
    said: Json = {"assertion": "freshness", "name": result.unique_id, "success": result.status == "pass", "severity": severity}
    if limit is not None and limit.count is not None:
        said["expected"] = f"at most {limit.count} {limit.period}"
    if result.max_loaded_at_time_ago_in_s is not None:
        said["actual"] = f"{round(result.max_loaded_at_time_ago_in_s)} second"
    found["dataQualityAssertions"] = facets.data_quality_assertions([said])
    return found


def tested(test: Node) -> str | None:
    """Return the unique_id of what a test is about: what it stands under in the project, else the only thing that it reads."""
    if test.attached_node is not None:
        return test.attached_node
    return test.depends_on.nodes[0] if len(test.depends_on.nodes) == 1 else None


def _measured(result: Result, test: Node) -> dict[str, Any]:
    severity = (test.config.severity or "error").lower()
    said: dict[str, Any] = {"severity": severity, "type": _kind(test)}
    if test.description:
        said["description"] = test.description
    if result.failures is not None:
        said["actual"] = str(result.failures)
        said["expected"] = _expected(test.config.warn_if if severity == "warn" else test.config.error_if)
    return said


def _expected(threshold: str | None) -> str:
    """Return what the number of failures should have been; dbt's threshold `!= 0` says when it is wrong."""
    return "0" if threshold is None or threshold.replace(" ", "") == "!=0" else f"not {threshold}"


def _utc(at: datetime) -> str:
    return aware(at).isoformat()


def _kind(test: Node) -> str:
    return test.test_metadata.name if test.test_metadata else "singular"
