"""Which versions ran: of the DAG, its bundle, the operator's package and its image, as tags of the run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clew import facets

if TYPE_CHECKING:
    from clew.events import Json
    from clew_airflow.complete.told import Told

_PROVIDERS = "airflow.providers."
_WITHIN_A_PACKAGE = frozenset({"operators", "sensors", "decorators", "transfers", "hooks", "triggers", "notifications", "executors"})
"""Folders that end the name of a provider's package; `apache.spark.operators.spark_submit` is of `apache-spark`."""


def tags(told: Told, theirs: Json) -> Json:
    """Give what is known of the versions that ran, after the tags that are there.

    Args:
        told: what the event tells.
        theirs: the run facets of the event.
    """
    ours = [{"key": key, "value": str(value), "source": "AIRFLOW"} for key, value in versions(told).items() if value is not None]
    there = (theirs.get("tags") or {}).get("tags") or []
    return {"tags": facets.facet("1-0-0/TagsRunFacet.json#/$defs/TagsRunFacet", tags=[*there, *ours])} if ours else {}


def versions(told: Told) -> Json:
    """Return each version by its name; None where unknown."""
    run, instance, handed_over = told.dag_run, told.task_instance, told.handed_over
    of_provider = told.task.get("operator_provider_version")
    others = handed_over.get("package") or {}
    return {
        "dag_version": run.get("dag_version_number"),
        "dag_version_id": handed_over.get("dag_version_id") or run.get("dag_version_id"),
        "dag_bundle": instance.get("dag_bundle_name") or run.get("dag_bundle_name"),
        "dag_bundle_version": instance.get("dag_bundle_version") or run.get("dag_bundle_version"),
        "operator_package": package(told.task.get("operator_class_path") or "") if of_provider else others.get("name"),
        "operator_version": of_provider or others.get("version"),
        "image": handed_over.get("image"),
        "image_digest": handed_over.get("digest"),
    }


def package(operator: str) -> str | None:
    """Return the distribution that an operator comes from, by the path of its class; None where that is no provider's."""
    if not operator.startswith(_PROVIDERS):
        return None
    parts = operator.removeprefix(_PROVIDERS).split(".")
    own = next((parts[:i] for i, part in enumerate(parts) if part in _WITHIN_A_PACKAGE), parts[:1])
    return "-".join(["apache-airflow-providers", *(part.replace("_", "-") for part in own)])
