"""Run facets: of an invocation, and of a node's execution."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clew import __version__, facets, redaction
from clew.events import moment
from dbt_clew.narration.outcome import FAIL, event_type

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clew.events import Facets, Json
    from dbt_clew.artifacts.shapes import Node, Result, Timing
    from dbt_clew.context import Context
    from dbt_clew.narration.invocation import Invocation

KEY = "clew_dbt"
"""Name of our own facet, which has dbt's words."""

_PARAMETERS = (
    "which", "select", "exclude", "selector", "resource_types", "exclude_resource_types", "target", "profile",
    "threads", "full_refresh", "empty", "fail_fast", "warn_error", "defer", "favor_state", "state", "defer_state", "sample",
    "event_time_start", "event_time_end", "store_failures", "indirect_selection", "export_saved_queries", "macro", "args",
)  # fmt: skip
"""Arguments of dbt that change what an invocation does to the data; dozens of others are about logs and caches."""

_USUAL = {"indirect_selection": "eager"}
"""What an argument is when nobody gave it, where dbt writes that down."""

_QUERY_IDS = ("query_id", "job_id", "statement_id", "request_id")
"""Keys under which adapters answer with the id of the query: Snowflake, Redshift, Databricks, Athena, Trino; BigQuery; Glue …."""

_COSTS = ("bytes_processed", "data_scanned_in_bytes", "bytes_billed", "slot_ms", "credits_used")
"""What a query cost, as BigQuery and Athena tell it: what was read, not what was written."""


def parameters(args: Mapping[str, Any]) -> Json:
    """Return an invocation's parameters: arguments that were given, and each var by its own name."""
    given = {"command" if name == "which" else name: args[name] for name in _PARAMETERS if _is_given(name, args.get(name))}
    variables = args.get("vars")
    if isinstance(variables, dict):
        given |= {f"vars.{name}": value for name, value in variables.items()}
    return facets.execution_parameters({name: redaction.by_name(name, value) for name, value in given.items()})


def versions(invocation: Invocation, context: Context) -> Json:
    """Return which invocation it was, and the versions of what took part in it."""
    return {
        "invocationId": invocation.invocation_id,
        "project": context.project,
        "projectVersion": context.project_version,
        "target": context.target,
        "adapterVersion": context.adapter_version,
        "commit": context.checkout.commit if context.checkout else None,
        "dirty": context.checkout.is_dirty if context.checkout else None,
    }


def engine(dbt_version: str) -> Facets:
    """Return the facet that names dbt and its version."""
    return {"processing_engine": facets.processing_engine("dbt", dbt_version, __version__)} if dbt_version else {}


def end_of_node(result: Result, node: Node | None, invocation_id: str, context: Context) -> Facets:
    """Return what only the end of a node's execution tells."""
    response = result.adapter_response or {}
    query_id = _query_id(response) if response else None
    checkout = context.checkout
    made: Facets = {
        KEY: facets.ours(
            "dbt",
            invocationId=invocation_id,
            commit=checkout.commit if checkout else None,
            uniqueId=result.unique_id,
            status=result.status,
            message=result.message,
            thread=result.thread_id,
            seconds=result.execution_time,
            timing=[_phase(t) for t in result.timing] or None,
            adapterResponse=response or None,
            queryId=query_id,
            rows=rows(result, node) if response else None,
            cost=_cost(response) if response else None,
            failures=result.failures,
        )
    }
    if event_type(result.status) == FAIL:
        made["errorMessage"] = facets.error_message(_why(result), _language(node))
    if query_id:
        made["externalQuery"] = facets.external_query(query_id, context.tables.namespace)
    return made


def _why(result: Result) -> str:
    if result.message:
        return result.message
    if result.max_loaded_at is not None:
        return f"stale: the newest data are of {result.max_loaded_at.isoformat()}"
    return f"dbt: {result.status}"


def _cost(response: Mapping[str, Any]) -> Json | None:
    return {name: response[name] for name in _COSTS if response.get(name) is not None} or None


def of_hook(result: Result, node: Node | None) -> Json:
    """Return what became of a hook or an operation: it is part of the invocation, no run of its own."""
    response = result.adapter_response or {}
    said = {
        "uniqueId": result.unique_id,
        "status": result.status,
        "message": result.message,
        "seconds": result.execution_time,
        "sql": result.compiled_code or (node.compiled_code if node else None),
        "queryId": _query_id(response),
        "adapterResponse": response or None,
    }
    return {name: value for name, value in said.items() if value is not None}


def rows(result: Result, node: Node | None) -> int | None:
    """Return how many rows a node wrote; None where the adapter does not tell, or what it tells is something else.

    A view has no rows of its own (Postgres answers -1, BigQuery 0). Snowflake answers `CREATE TABLE … AS` with one row, which says
    that the table was made; dbt counts that one. Source: `get_response` of dbt-snowflake, `rowcount` of its connector.
    """
    response = result.adapter_response or {}
    count = response.get("rows_affected")
    if not isinstance(count, int) or isinstance(count, bool) or count < 0:
        return None
    if node is not None and node.config.materialized in {"view", "materialized_view"}:
        return None
    is_answer_of_snowflake = count == 1 and str(response.get("code", "")).upper() == "SUCCESS" and "query_id" in response
    return None if is_answer_of_snowflake else count


def _query_id(response: Mapping[str, Any]) -> str | None:
    for name in _QUERY_IDS:
        if found := response.get(name):
            return str(found) if isinstance(found, (str, int)) else None
    return None


def _is_given(name: str, value: object) -> bool:
    return value not in (None, [], (), "", False) and value != _USUAL.get(name)


def _phase(timing: Timing) -> Json:
    said = {"phase": timing.name}
    if timing.started_at:
        said["startedAt"] = moment(timing.started_at)
    if timing.completed_at:
        said["completedAt"] = moment(timing.completed_at)
    return said


def _language(node: Node | None) -> str:
    return (node.language or "sql").upper() if node is not None else "SQL"
