"""What is secret in an event, and how it is hidden.

The provider masks with a copy of Airflow's masker that is made when its listener is built: it knows no secret that is registered
later, does not look into its own dict classes, and does not see that `{"key": "password", "value": …}` is a password. So events
are masked again here, as plain JSON, with the masker that Airflow's logs use right now, and without what a text writes as a secret.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import msgspec

from clew.redaction import without_passwords
from clew_airflow.secret_texts import HIDDEN, without_secrets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from clew.events import Json

_IDENTITY = frozenset({"namespace", "name", "runId", "eventType", "eventTime", "producer", "schemaURL", "_producer", "_schemaURL"})
"""What runs, jobs and datasets are found by. A secret that equals a part of one (`airflow` is a common password) must not rename it."""
_KEYED_BY_NAMES = frozenset({"airflow", "airflowState", "columnLineage"})
"""Facets whose keys are names of tasks and columns: a task called `get_token` is no token."""
_OF_A_RUN = ("airflow", "airflowDagRun", "executionParameters")
"""Facets that tell what a run was started with."""
_SHORTEST = 5
"""Characters of a secret parameter that is looked for elsewhere; a shorter one is in every text."""


@dataclass(frozen=True, kw_only=True)
class Masker:
    """What Airflow holds secret now: known values within a text, and names of what must not be shown."""

    text: Callable[[str], str]
    is_secret_name: Callable[[str], bool]


def masked(event: Json, masker: Masker) -> Json:
    """Return the event without secrets; those among the parameters of its run are hidden wherever they turn up in it."""
    masker = _knowing_parameters(masker, event["run"].get("facets") or {})
    return {
        **event,
        "run": {**event["run"], "facets": _facets(event["run"].get("facets"), masker)},
        "job": {**event["job"], "facets": _facets(event["job"].get("facets"), masker, keyed_by_names=_KEYED_BY_NAMES)},
        "inputs": [_dataset(d, masker) for d in event.get("inputs") or ()],
        "outputs": [_dataset(d, masker) for d in event.get("outputs") or ()],
    }


def _knowing_parameters(masker: Masker, facets: Json) -> Masker:
    found = {text for name in _OF_A_RUN for text in _secrets(facets.get(name), masker) if len(text) >= _SHORTEST}
    secrets = sorted(found, key=len, reverse=True)
    if not secrets:
        return masker

    def text(value: str) -> str:
        for secret in secrets:
            value = value.replace(secret, HIDDEN)
        return masker.text(value)

    return replace(masker, text=text)


def _secrets(value: Any, masker: Masker, *, below: bool = False) -> Iterator[str]:
    """Give the texts below names that are secret, as they were given."""
    if isinstance(value, dict):
        named = _named(value)
        for key, inner in value.items():
            yield from _secrets(
                _decoded(inner) if named else inner,
                masker,
                below=below or masker.is_secret_name(named if named and key == "value" else str(key)),
            )
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _secrets(inner, masker, below=below)
    elif below and isinstance(value, str) and value != HIDDEN:
        yield value


def _dataset(dataset: Json, masker: Masker) -> Json:
    kinds = [kind for kind in ("facets", "inputFacets", "outputFacets") if kind in dataset]
    return {**dataset, **{kind: _facets(dataset[kind], masker, keyed_by_names=_KEYED_BY_NAMES) for kind in kinds}}


def _facets(facets: Json | None, masker: Masker, keyed_by_names: frozenset[str] = frozenset({"airflowState"})) -> Json:
    return {name: _value(facet, masker, by_key=name not in keyed_by_names) for name, facet in (facets or {}).items()}


def _value(value: Any, masker: Masker, *, by_key: bool) -> Any:
    if isinstance(value, str):
        return masker.text(without_secrets(without_passwords(value)))
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_value(v, masker, by_key=by_key) for v in value]
    if not isinstance(value, dict):
        return value if value is None or isinstance(value, (bool, int, float)) else f"<{type(value).__qualname__}>"
    if by_key and (named := _named(value)):
        return {str(k): _of_pair(named, str(k), v, masker) for k, v in value.items()}
    return {str(k): _entry(str(k), v, masker, by_key=by_key) for k, v in value.items()}


def _named(pair: Json) -> str:
    """Return what `{"key": …, "value": …}` names; empty for anything else."""
    return next((pair[k] for k in ("key", "name") if isinstance(pair.get(k), str)), "") if "value" in pair else ""


def _of_pair(named: str, key: str, value: Any, masker: Masker) -> Any:
    if key != "value":
        return _entry(key, value, masker, by_key=True)
    if masker.is_secret_name(named):
        return _all_hidden(value)
    parts = _decoded(value)
    if parts is value:
        return _value(value, masker, by_key=True)
    shown = _value(parts, masker, by_key=True)
    return value if shown == parts else msgspec.json.encode(shown).decode()


def _decoded(value: Any) -> Any:
    """Return the parts of a value that became JSON since a parameter is a text."""
    if not isinstance(value, str) or value[:1] not in {"{", "["}:
        return value
    try:
        return msgspec.json.decode(value)
    except msgspec.DecodeError:
        return value


def _entry(key: str, value: Any, masker: Masker, *, by_key: bool) -> Any:
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
