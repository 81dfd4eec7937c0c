"""What a run was started with, as `executionParameters`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clew import facets

if TYPE_CHECKING:
    from clew.events import Json
    from clew_airflow.complete.told import Told


def parameters(told: Told) -> Json:
    """Give declared params, what `conf` made of them, what the task resolved, and the arguments of its callable or statement."""
    handed_over = told.handed_over
    found = {
        **(told.dag.get("params") or {}),
        **(told.dag_run.get("conf") or {}),
        **(handed_over.get("params") or {}),
        **(handed_over.get("arguments") or {}),
    }
    return {"executionParameters": facets.execution_parameters(found)} if found else {}
