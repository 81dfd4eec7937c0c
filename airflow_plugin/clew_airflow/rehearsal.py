"""An event of no task, made ready as a task's events are, in the process that forks tasks.

What is worked out on the way for the first time (which names are secret, what the environment's secrets look like, where a function's
source begins) every task would work out anew at its START, a tenth of what that costs it.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from clew import events
from clew_airflow import source_code

if TYPE_CHECKING:
    from clew.events import Json


def rehearse_an_event() -> None:
    """Make an event ready that goes nowhere, with the names that the provider's facets have."""
    from airflow.providers.openlineage.plugins.listener import get_openlineage_listener
    from airflow.providers.openlineage.utils import utils

    from clew_airflow.transport import AirflowTransport

    transport = get_openlineage_listener().adapter.get_or_create_openlineage_client().transport
    if not isinstance(transport, AirflowTransport):
        return
    infos = {"dag": utils.DagInfo, "dagRun": utils.DagRunInfo, "taskInstance": utils.TaskInstanceInfo, "task": utils.TaskInfo}
    prepared = transport.prepared(event({part: _names(info) for part, info in infos.items()}))
    if prepared is not None:
        events.encode(prepared)


def event(names: dict[str, list[str]]) -> Json:
    """Return the START of a task that nobody has.

    Args:
        names: of what the facet `airflow` tells, by its parts.
    """
    code = source_code.of(SimpleNamespace(python_callable=event))
    facets = {
        "airflow": {part: dict.fromkeys(those, "") for part, those in names.items()},
        "clew": {"params": {"name": "a 'value'"}, "source_code": code},
    }
    return {"eventType": "START", "run": {"runId": "", "facets": facets}, "job": {"namespace": "", "name": ""}}


def _names(info: Any) -> list[str]:
    """Return the names of what the provider tells of a DAG, a run or a task."""
    return [*info.includes, *info.casts, *info.renames.values()]
