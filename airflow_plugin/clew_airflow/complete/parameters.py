"""What a run was started with, as `executionParameters`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clew import facets

if TYPE_CHECKING:
    from clew.events import Json
    from clew_airflow.complete.told import Told

_PARENT = "openlineage"
"""Under this name a `conf` carries which run triggered this one; Airflow's operator puts it there, and nobody reads it as a parameter."""


def parameters(told: Told) -> Json:
    """Give declared params, what `conf` made of them, what the task resolved, and the arguments of its callable or statement."""
    handed_over = told.handed_over
    found = {
        **(told.dag.get("params") or {}),
        **(told.dag_run.get("conf") or {}),
        **(handed_over.get("params") or {}),
        **(handed_over.get("arguments") or {}),
    }
    found = {name: value for name, value in found.items() if not (name == _PARENT and isinstance(value, dict) and "parentRunId" in value)}
    return {"executionParameters": facets.execution_parameters(found)} if found else {}
