"""What only the task's own process knows: handed over in a run facet that our transport takes out again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clew.guard import guard
from clew_airflow.compat import collected_by_hooks, context_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from clew.events import Json

HANDED_OVER = "clew"
"""Name of the facet; it never leaves the process."""


def of_task(task_instance: Any, state: Any) -> dict[str, Any]:  # noqa: ARG001  the provider's signature
    """Give what the provider leaves out of a task's events; found by it as `[openlineage] custom_run_facets`."""
    with guard("read what the task was started with"):
        return {HANDED_OVER: _handed_over(task_instance)}
    return {}


def _handed_over(task_instance: Any) -> Json:
    context = context_of(task_instance)
    task = task_instance.task
    read, written = _assets_of_hooks()
    return {
        "params": dict(context.get("params") or {}),
        "dag_version_id": _text(getattr(task_instance, "dag_version_id", None)),
        "repository": getattr(getattr(task_instance, "bundle_instance", None), "repo_url", None),
        "inputs": [*_assets(task.inlets), *read],
        "outputs": [*_assets(task.outlets), *_assets_of_aliases(context.get("outlet_events") or {}), *written],
    }


def _assets(declared: Iterable[Any]) -> list[Json]:
    return [{"uri": str(asset.uri)} for asset in declared if getattr(asset, "uri", None)]


def _assets_of_aliases(outlet_events: Mapping[Any, Any]) -> list[Json]:
    """Return what an asset alias became while the task ran."""
    accessors = (outlet_events[outlet] for outlet in outlet_events)
    return [{"uri": event.dest_asset_key.uri} for accessor in accessors for event in getattr(accessor, "asset_alias_events", None) or ()]


def _assets_of_hooks() -> tuple[list[Json], list[Json]]:
    """Return what hooks and ObjectStoragePath reported as read and written."""
    collected = collected_by_hooks()
    if collected is None:
        return [], []
    return _assets(info.asset for info in collected.inputs), _assets(info.asset for info in collected.outputs)


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
