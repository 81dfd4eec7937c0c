"""What only the task's own process knows: handed over in a run facet that our transport takes out again."""

from __future__ import annotations

import socket
import sys
from typing import TYPE_CHECKING, Any

from clew.guard import guard
from clew_airflow import arguments, images, source_code, task_assets
from clew_airflow.compat import context_names, context_of, resumes, shows_source_code

if TYPE_CHECKING:
    from clew.events import Json

HANDED_OVER = "clew"
"""Name of the facet; it never leaves the process."""


def of_task(task_instance: Any, state: Any) -> dict[str, Any]:
    """Give what the provider leaves out of a task's events; found by it as `[openlineage] custom_run_facets`.

    Each part is read by itself: what an unusual operator makes impossible is missing alone.
    """
    handed_over: Json = {}
    for read in (_versions, _parameters, _assets, _code, lambda ti: {"told": _told(ti, state)}):
        with guard("read all of what the task was started with"):
            handed_over.update(read(task_instance))
    return {HANDED_OVER: handed_over} if handed_over else {}


def _versions(task_instance: Any) -> Json:
    return {
        "dag_version_id": _text(getattr(task_instance, "dag_version_id", None)),
        "repository": getattr(getattr(task_instance, "bundle_instance", None), "repo_url", None),
        "package": _package(task_instance.task),
        **images.of(task_instance.task),
    }


def _package(task: Any) -> Json | None:
    """Return the package that an operator comes from, where that says its version; the provider tells those of Airflow's own."""
    name = type(task).__module__.partition(".")[0]
    version = getattr(sys.modules.get(name), "__version__", None)
    return {"name": name, "version": version} if name != "airflow" and isinstance(version, str) else None


def _parameters(task_instance: Any) -> Json:
    context = context_of(task_instance)
    return {"params": dict(context.get("params") or {}), "arguments": arguments.of(task_instance.task, context_names())}


def _assets(task_instance: Any) -> Json:
    task, outlet_events = task_instance.task, context_of(task_instance).get("outlet_events") or {}
    return {"inputs": task_assets.read(task), "outputs": task_assets.written(task, outlet_events)}


def _code(task_instance: Any) -> Json:
    return {"source_code": source_code.of(task_instance.task)} if shows_source_code(task_instance) else {}


def _told(task_instance: Any, state: Any) -> Json:
    """Return what Airflow says of the try; names as in the facet `clew_airflow`."""
    task, max_tries = task_instance.task, getattr(task_instance, "max_tries", None)
    return {
        "state": "running" if _word(state) == "running" else _word(getattr(task_instance, "state", None) or state),
        "tries": None if max_tries is None else max_tries + 1,
        "rendered_map_index": getattr(task_instance, "rendered_map_index", None),
        "map_index_template": _of(task, "map_index_template", str),
        "decorator": _of(task, "custom_operator_name", str),
        "pool": _of(task, "pool", str),
        "pool_slots": _of(task, "pool_slots", int),
        "priority_weight": _of(task, "priority_weight", int),
        "executor": _of(task, "executor", str),
        "is_setup": _of(task, "is_setup", bool) or None,
        "is_teardown": _of(task, "is_teardown", bool) or None,
        "hostname": getattr(task_instance, "hostname", None) or socket.gethostname(),
        "queued_at": _time(getattr(task_instance, "queued_dttm", None)),
        "started_at": _time(getattr(task_instance, "start_date", None)),
        "ended_at": _time(getattr(task_instance, "end_date", None)),
        "resumed": resumes(task_instance) or None,
    }


def _of(task: Any, name: str, kind: type) -> Any:
    """Return an attribute of an operator if it is what Airflow's own operators have there."""
    value = getattr(task, name, None)
    return value if isinstance(value, kind) else None


def _word(state: Any) -> str | None:
    return _text(getattr(state, "value", state))


def _time(at: Any) -> str | None:
    return None if at is None else at.isoformat()


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
