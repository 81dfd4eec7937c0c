"""What is secret in an event, and how it is hidden.

The provider masks with a copy of Airflow's masker that is made when its listener is built: it knows no secret that is registered
later, does not look into its own dict classes, and does not see that `{"key": "password", "value": …}` is a password. So events
are masked again here, as plain JSON, with the masker that Airflow's logs use right now.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from clew.events import Json

HIDDEN = "***"
_IN_URL = re.compile(r"(?<=://)([^/\s:@'\"]*):([^/\s@'\"]+)(?=@)")
_IDENTITY = frozenset({"namespace", "name", "runId", "eventType", "eventTime", "producer", "schemaURL", "_producer", "_schemaURL"})
"""What runs, jobs and datasets are found by. A secret that equals a part of one (`airflow` is a common password) must not rename it."""
_KEYED_BY_NAMES = frozenset({"airflow", "airflowState", "columnLineage"})
"""Facets whose keys are names of tasks and columns: a task called `get_token` is no token."""


@dataclass(frozen=True, kw_only=True)
class Masker:
    """What Airflow holds secret now: known values within a text, and names of what must not be shown."""

    text: Callable[[str], str]
    is_secret_name: Callable[[str], bool]


def masked(event: Json, masker: Masker) -> Json:
    """Return the event without secrets."""
    return {
        **event,
        "run": {**event["run"], "facets": _facets(event["run"].get("facets"), masker)},
        "job": {**event["job"], "facets": _facets(event["job"].get("facets"), masker, keyed_by_names=_KEYED_BY_NAMES)},
        "inputs": [_dataset(d, masker) for d in event.get("inputs") or ()],
        "outputs": [_dataset(d, masker) for d in event.get("outputs") or ()],
    }


def _dataset(dataset: Json, masker: Masker) -> Json:
    kinds = [kind for kind in ("facets", "inputFacets", "outputFacets") if kind in dataset]
    return {**dataset, **{kind: _facets(dataset[kind], masker, keyed_by_names=_KEYED_BY_NAMES) for kind in kinds}}


def _facets(facets: Json | None, masker: Masker, keyed_by_names: frozenset[str] = frozenset({"airflowState"})) -> Json:
    return {name: _value(facet, masker, by_key=name not in keyed_by_names) for name, facet in (facets or {}).items()}


def _value(value: Any, masker: Masker, *, by_key: bool) -> Any:
    if isinstance(value, str):
        return masker.text(_IN_URL.sub(rf"\1:{HIDDEN}", value) if "://" in value else value)
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_value(v, masker, by_key=by_key) for v in value]
    if not isinstance(value, dict):
        return value if value is None or isinstance(value, (bool, int, float)) else f"<{type(value).__qualname__}>"
    named = next((value[k] for k in ("key", "name") if isinstance(value.get(k), str)), "") if "value" in value else ""
    pair_is_secret = by_key and bool(named) and masker.is_secret_name(named)
    return {str(k): _entry(str(k), v, masker, by_key=by_key, hide=pair_is_secret and k == "value") for k, v in value.items()}


def _entry(key: str, value: Any, masker: Masker, *, by_key: bool, hide: bool) -> Any:
    if hide:
        return _all_hidden(value)
    if key in _IDENTITY and isinstance(value, str):
        return value
    return _all_hidden(value) if by_key and masker.is_secret_name(key) else _value(value, masker, by_key=by_key)


def _all_hidden(value: Any) -> Any:
    """Hide every value below, and keep the shape, which consumers may rely upon."""
    if isinstance(value, dict):
        return {k: _all_hidden(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_all_hidden(v) for v in value]
    return value if value is None or isinstance(value, bool) else HIDDEN
