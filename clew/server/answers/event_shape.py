"""Events as Marquez gives them back: what came in, and null where something that it knows was left out.

Source: marquez/service/models/LineageEvent.java.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def _nulls(*keys: str) -> dict[str, Any]:
    return dict.fromkeys(keys)


_EVENT = _nulls("eventType", "run", "job", "inputs", "outputs", "producer", "schemaURL")
_RUN_FACETS = _nulls("nominalTime", "parent")
_JOB_FACETS = _nulls("documentation", "sourceCodeLocation", "sql", "jobType")
_DATASET = _nulls("facets", "inputFacets", "outputFacets")
_DATASET_FACETS = _nulls("documentation", "schema", "dataSource", "description", "lifecycleStateChange", "columnLineage", "symlinks")
_FIELDS = _nulls("fields")
_FIELD = _nulls("type", "description")
_SOURCE = _nulls("name", "uri")
_COLUMN = _nulls("transformationDescription", "transformationType")
_SYMLINKS = _nulls("identifiers")
_SYMLINK = _nulls("type")


def event_shape(event: dict[str, Any]) -> dict[str, Any]:
    """Return a run event as the API shows it; what it is made of is changed."""
    shown = _EVENT | event
    _change(shown["run"], "facets", _RUN_FACETS.__or__)
    _change(shown["job"], "facets", _JOB_FACETS.__or__)
    for key in ("inputs", "outputs"):
        _change(shown, key, lambda datasets: [_dataset(d) for d in datasets])
    return shown


def _dataset(dataset: dict[str, Any]) -> dict[str, Any]:
    shown = _DATASET | dataset
    _change(shown, "facets", _dataset_facets)
    return shown


def _dataset_facets(facets: dict[str, Any]) -> dict[str, Any]:
    shown = _DATASET_FACETS | facets
    _change(shown, "schema", lambda s: _each(_FIELDS | s, "fields", _FIELD))
    _change(shown, "dataSource", _SOURCE.__or__)
    _change(shown, "columnLineage", _lineage)
    _change(shown, "symlinks", lambda s: _each(_SYMLINKS | s, "identifiers", _SYMLINK))
    return shown


def _lineage(facet: dict[str, Any]) -> dict[str, Any]:
    shown = _FIELDS | facet
    _change(shown, "fields", lambda columns: {name: _COLUMN | column for name, column in columns.items()})
    return shown


def _each(value: dict[str, Any], key: str, known: dict[str, Any]) -> dict[str, Any]:
    _change(value, key, lambda parts: [known | part for part in parts])
    return value


def _change(value: dict[str, Any], key: str, change: Callable[[Any], Any]) -> None:
    if value.get(key) is not None:
        value[key] = change(value[key])
