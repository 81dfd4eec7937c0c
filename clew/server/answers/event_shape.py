"""Events as Marquez gives them back: what came in, and null where something that it knows was left out.

Source: marquez/service/models/LineageEvent.java.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_RUN_FACETS = ("nominalTime", "parent")
_JOB_FACETS = ("documentation", "sourceCodeLocation", "sql", "jobType")
_DATASET_FACETS = ("documentation", "schema", "dataSource", "description", "lifecycleStateChange", "columnLineage", "symlinks")


def event_shape(event: dict[str, Any]) -> dict[str, Any]:
    """Return a run event as the API shows it."""
    event = _with(event, "eventType", "run", "job", "inputs", "outputs", "producer", "schemaURL")
    event["run"] = _changed(event["run"], facets=lambda f: _with(f, *_RUN_FACETS))
    event["job"] = _changed(event["job"], facets=lambda f: _with(f, *_JOB_FACETS))
    for key in ("inputs", "outputs"):
        if event[key] is not None:
            event[key] = [_dataset(d) for d in event[key]]
    return event


def _dataset(dataset: dict[str, Any]) -> dict[str, Any]:
    return _changed(_with(dataset, "facets", "inputFacets", "outputFacets"), facets=_dataset_facets)


def _dataset_facets(facets: dict[str, Any]) -> dict[str, Any]:
    return _changed(
        _with(facets, *_DATASET_FACETS),
        schema=lambda s: _changed(_with(s, "fields"), fields=lambda f: [_with(c, "type", "description") for c in f]),
        dataSource=lambda d: _with(d, "name", "uri"),
        columnLineage=lambda c: _changed(_with(c, "fields"), fields=_columns),
        symlinks=lambda s: _changed(_with(s, "identifiers"), identifiers=lambda i: [_with(n, "type") for n in i]),
    )


def _columns(columns: dict[str, Any]) -> dict[str, Any]:
    return {name: _with(c, "transformationDescription", "transformationType") for name, c in columns.items()}


def _with(value: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {**dict.fromkeys(keys), **value}


def _changed(value: dict[str, Any], **changes: Callable[[Any], Any]) -> dict[str, Any]:
    return value | {k: change(value[k]) for k, change in changes.items() if value.get(k) is not None}
