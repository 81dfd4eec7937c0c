"""Run facets: of an invocation, and of a node's execution."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clew import __version__, facets
from dbt_clew import redaction
from dbt_clew.outcome import FAIL, event_type

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clew.events import Facets, Json
    from dbt_clew.artifacts.shapes import Node, Result, Timing
    from dbt_clew.context import Context

KEY = "clew_dbt"
"""Name of our own facet, which has dbt's words."""

_PARAMETERS = (
    "which", "select", "exclude", "selector", "resource_types", "exclude_resource_types", "target", "profile",
    "threads", "full_refresh", "empty", "fail_fast", "defer", "favor_state", "state", "sample", "event_time_start", "event_time_end",
    "store_failures", "macro", "args",
)  # fmt: skip
"""Arguments of dbt that change what an invocation does to the data; dozens of others are about logs and caches."""


def parameters(args: Mapping[str, Any]) -> Json:
    """Return an invocation's parameters: arguments that were given, and each var by its own name."""
    given = {"command" if name == "which" else name: args[name] for name in _PARAMETERS if args.get(name) not in (None, [], (), "", False)}
    variables = args.get("vars")
    if isinstance(variables, dict):
        given |= {f"vars.{name}": value for name, value in variables.items()}
    return facets.execution_parameters({name: redaction.by_name(name, value) for name, value in given.items()})


def engine(dbt_version: str) -> Facets:
    """Return the facet that names dbt and its version."""
    return {"processing_engine": facets.processing_engine("dbt", dbt_version, __version__)} if dbt_version else {}


def end_of_node(result: Result, node: Node | None, invocation_id: str, context: Context) -> Facets:
    """Return what only the end of a node's execution tells."""
    response = result.adapter_response or {}
    made: Facets = {
        KEY: facets.ours(
            "dbt",
            invocationId=invocation_id,
            commit=context.checkout.commit if context.checkout else None,
            uniqueId=result.unique_id,
            status=result.status,
            message=result.message,
            thread=result.thread_id,
            seconds=result.execution_time,
            timing=[_phase(t) for t in result.timing] or None,
            adapterResponse=response or None,
            failures=result.failures,
            batches=result.batch_results,
        )
    }
    if event_type(result.status) == FAIL:
        made["errorMessage"] = facets.error_message(result.message or f"dbt: {result.status}", _language(node))
    query_id = response.get("query_id") or response.get("job_id")
    if isinstance(query_id, str):
        made["externalQuery"] = facets.external_query(query_id, context.dataset_namespace)
    return made


def _phase(timing: Timing) -> Json:
    times = {"startedAt": timing.started_at, "completedAt": timing.completed_at}
    return {"phase": timing.name} | {name: at.isoformat() for name, at in times.items() if at}


def _language(node: Node | None) -> str:
    return (node.language or "sql").upper() if node is not None else "SQL"
