"""What only the task's own process knows: handed over in a run facet that our transport takes out again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clew.guard import guard

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clew.events import Json

HANDED_OVER = "clew"
"""Name of the facet; it never leaves the process."""


def of_task(task_instance: Any, state: Any) -> dict[str, Any]:  # noqa: ARG001  the provider's signature
    """Give what the provider leaves out of a task's events; found by it as `[openlineage] custom_run_facets`."""
    with guard("read what the task was started with"):
        return {HANDED_OVER: _handed_over(task_instance)}
    return {}


def _handed_over(task_instance: Any) -> Json:
    context = task_instance.get_template_context()
    task = task_instance.task
    inputs, outputs = _assets_of_hooks()
    bundle = getattr(task_instance, "bundle_instance", None)
    return {
        "params": dict(context.get("params") or {}),
        "dag_version_id": _text(getattr(task_instance, "dag_version_id", None)),
        "repository": getattr(bundle, "repo_url", None),
        "inputs": [*_assets(task.inlets), *inputs],
        "outputs": [*_assets(task.outlets), *_assets_at_runtime(task_instance), *outputs],
    }


def _assets(declared: Iterable[Any]) -> list[Json]:
    return [{"uri": str(asset.uri)} for asset in declared if getattr(asset, "uri", None)]


def _assets_at_runtime(task_instance: Any) -> list[Json]:
    """Return what an asset alias became while the task ran."""
    from clew_airflow.compat import runtime_outlets

    return _assets(asset for asset, _alias in runtime_outlets(task_instance))


def _assets_of_hooks() -> tuple[list[Json], list[Json]]:
    """Return what hooks and ObjectStoragePath reported as read and written."""
    from clew_airflow.compat import collected_by_hooks

    collected = collected_by_hooks()
    if collected is None:
        return [], []
    return _assets(info.asset for info in collected.inputs), _assets(info.asset for info in collected.outputs)


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
