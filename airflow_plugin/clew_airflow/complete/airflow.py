"""What Airflow says of a run and no standard facet has a place for: the facet `clew_airflow`, the same live and from history."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from clew import facets

if TYPE_CHECKING:
    from clew.events import Json
    from clew_airflow.complete.told import Told

_OF_DAG_RUN = ("run_id", "run_type", "triggered_by", "triggering_user_name", "partition_key")
_OF_TRY = (
    "state",
    "tries",
    "map_index_template",
    "decorator",
    "pool_slots",
    "executor",
    "is_setup",
    "is_teardown",
    "hostname",
    "started_at",
    "ended_at",
)

_MADE_UP = re.compile(r"^unusual_prefix_[0-9a-f]{40}_")
"""What Airflow puts before the name of a DAG's file to import it: a digest of where it lies, which is another on each machine."""


def of_airflow(told: Told) -> Json:
    """Give Airflow's own words for a DAG run or a task try; nothing for an event that is of neither."""
    if not (told.of_dag_run or told.of_task):
        return {}
    run = {key: _word(told.dag_run.get(key)) for key in _OF_DAG_RUN}
    found = {**run, **(_of_dag_run(told) if told.of_dag_run else _of_try(told))}
    return {"clew_airflow": facets.ours("airflow", **found)}


def _of_dag_run(told: Told) -> Json:
    run = told.dag_run
    return {
        "state": _word(told.ended.get("dagRunState")) or "running",
        "queued_at": run.get("queued_at"),
        "started_at": run.get("start_date"),
        "ended_at": run.get("end_date"),
        "queued_seconds": seconds(run.get("queued_at"), run.get("start_date")),
        "seconds": seconds(run.get("start_date"), run.get("end_date")),
        "backfill_id": run.get("backfill_id"),
        "clear_number": run.get("clear_number"),
        "note": run.get("note"),
        "tasks": [_with_seconds(task) for task in told.handed_over.get("tasks") or ()] or None,
    }


def _of_try(told: Told) -> Json:
    task, instance, own = told.task, told.task_instance, told.handed_over.get("told") or {}
    queued = own.get("queued_at") or instance.get("queued_dttm")
    return {
        **{key: own.get(key) for key in _OF_TRY},
        "try_number": instance.get("try_number"),
        "map_index": instance.get("map_index"),
        "rendered_map_index": own.get("rendered_map_index") or instance.get("rendered_map_index"),
        "operator": _MADE_UP.sub("", task.get("operator_class_path") or task.get("operator_class") or "") or None,
        "task_group": (task.get("task_group") or {}).get("group_id"),
        "trigger_rule": _word(task.get("trigger_rule")),
        "pool": own.get("pool") or instance.get("pool"),
        "queue": task.get("queue"),
        "priority_weight": own.get("priority_weight") or task.get("priority_weight"),
        "queued_at": queued,
        "queued_seconds": seconds(queued, own.get("started_at")),
        "seconds": seconds(own.get("started_at"), own.get("ended_at")),
        "note": instance.get("note"),
    }


def _with_seconds(task: Json) -> Json:
    times = {
        "queued_seconds": seconds(task.get("queued_at"), task.get("started_at")),
        "seconds": seconds(task.get("started_at"), task.get("ended_at")),
    }
    return {**task, **{name: value for name, value in times.items() if value is not None}}


def seconds(start: str | None, end: str | None) -> float | None:
    """Return the time between two moments; None where one is unknown."""
    if not start or not end:
        return None
    return (datetime.fromisoformat(_iso(end)) - datetime.fromisoformat(_iso(start))).total_seconds()


def _iso(text: str) -> str:
    return f"{text[:-1]}+00:00" if text.endswith("Z") else text  # Python 3.10 does not know the Z


def _word(value: Any) -> Any:
    """Return the text of one of Airflow's enumerations."""
    return getattr(value, "value", value)
