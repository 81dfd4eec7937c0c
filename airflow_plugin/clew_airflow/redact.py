"""Airflow's events without what the setting `redact` names; params and `conf` of a run are its vars."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from clew.events import Json
    from clew.redaction import Redaction

_WITH_CONF = ("airflow", "airflowDagRun")
"""Facets of the provider that hold `dagRun.conf`."""


def redacted(event: Json, redaction: Redaction) -> Json:
    """Return the event without what must not leave; the values of hidden params are looked for in all of it.

    Args:
        event: with its params as `executionParameters`.
        redaction: what must not leave. Params whose names say that they are secret never do.
    """
    facets = event["run"].get("facets") or {}
    told = redaction.knowing(_given(facets)).event(event)
    if not redaction.variables:
        return told
    return {**told, "run": {**told["run"], "facets": _without_params(told["run"].get("facets") or {}, redaction)}}


def _given(facets: Json) -> Json:
    """Return the values of all params that an event tells."""
    given = {p["name"]: _decoded(p["value"]) for p in (facets.get("executionParameters") or {}).get("parameters") or ()}
    for name in _WITH_CONF:
        given |= _conf(facets.get(name)) or {}
    return given


def _conf(facet: Any) -> Json | None:
    conf = ((facet or {}).get("dagRun") or {}).get("conf")
    return conf if isinstance(conf, dict) else None


def _decoded(text: str) -> Any:
    """Return what a value was before it became a text, where that had parts."""
    if text[:1] not in {"{", "["}:
        return text
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text


def _without_params(facets: Json, redaction: Redaction) -> Json:
    changed = {}
    if parameters := facets.get("executionParameters"):
        shown = [{**p, "value": redaction.variable(p["name"], p["value"])} for p in parameters["parameters"]]
        changed["executionParameters"] = {**parameters, "parameters": shown}
    for name in _WITH_CONF:
        if conf := _conf(facets.get(name)):
            shown_conf = {key: redaction.variable(key, value) for key, value in conf.items()}
            changed[name] = {**facets[name], "dagRun": {**facets[name]["dagRun"], "conf": shown_conf}}
    return {**facets, **changed}
