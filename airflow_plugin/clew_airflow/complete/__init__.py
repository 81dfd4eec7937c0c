"""What the provider leaves out of an event, added as standard facets, and as `clew_airflow` where there is none.

told.py         what an event tells in the provider's own facets, and what the task's process handed over
parameters.py   what the run was started with
versions.py     which versions ran
code.py         where the code stands, and what it is
airflow.py      what Airflow says that no standard facet has a place for
column_lineage.py
                of the columns that the provider read from SQL, those that are there
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from clew_airflow.assets import with_assets
from clew_airflow.complete.airflow import of_airflow
from clew_airflow.complete.code import source_code, source_code_location
from clew_airflow.complete.column_lineage import fitting
from clew_airflow.complete.parameters import parameters
from clew_airflow.complete.told import told, without_ours
from clew_airflow.complete.versions import tags

if TYPE_CHECKING:
    from clew.events import Json
    from clew_airflow.complete.code import Locate
    from clew_airflow.complete.told import Told

__all__ = ["completed"]


def completed(event: Json, locate: Locate) -> Json:
    """Return the event with parameters, versions, its code and where that stands, Airflow's own words, and datasets for all assets.

    Args:
        event: as the provider made it, with what `facets.of_task` handed over.
        locate: gives the place of a file of code.
    """
    theirs = event["run"].get("facets") or {}
    found = told(theirs)
    assets = found.handed_over
    read, written = event.get("inputs") or [], event.get("outputs") or []
    return {
        **event,
        **_running_again(event, found),
        "run": {**event["run"], "facets": {**parameters(found), **of_airflow(found), **without_ours(theirs), **tags(found, theirs)}},
        "job": {
            **event["job"],
            "facets": {**source_code_location(found, locate), **source_code(found), **(event["job"].get("facets") or {})},
        },
        "inputs": with_assets(read, assets.get("inputs") or ()),
        "outputs": with_assets(fitting(written, read), assets.get("outputs") or ()),
    }


def _running_again(event: Json, found: Told) -> Json:
    """Say RUNNING for the START that the provider sends once more when a deferred task goes on."""
    resumed = (found.handed_over.get("told") or {}).get("resumed")
    return {"eventType": "RUNNING"} if resumed and event.get("eventType") == "START" else {}
