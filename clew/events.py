"""OpenLineage events as plain JSON values, and the few fields of them that the outbox orders by.

Events are dicts, since they come from many producers in many versions and nothing of them may get lost on the way.
Source: https://openlineage.io/spec/2-0-2/OpenLineage.json
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec

from clew import PRODUCER

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from typing import TypeAlias

Json = dict[str, Any]
Facets: TypeAlias = "dict[str, Json]"

RUN_EVENT_SCHEMA = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
TERMINAL = frozenset({"COMPLETE", "FAIL", "ABORT"})
"""Event types after which a run is over."""


def run_event(
    event_type: str,
    *,
    at: datetime,
    run_id: str,
    job: Json,
    run_facets: Facets | None = None,
    inputs: Sequence[Json] = (),
    outputs: Sequence[Json] = (),
) -> Json:
    """Make a run event.

    Args:
        event_type: START, RUNNING, COMPLETE, FAIL, ABORT or OTHER.
        at: event time; must be aware of its time zone.
        run_id: UUID of the run.
        job: as `job()` makes it.
        run_facets: facets of the run by name.
        inputs: as `dataset()` makes them.
        outputs: as `dataset()` makes them.
    """
    return {
        "eventType": event_type,
        "eventTime": at.isoformat(),
        "run": {"runId": run_id, "facets": run_facets or {}},
        "job": job,
        "inputs": list(inputs),
        "outputs": list(outputs),
        "producer": PRODUCER,
        "schemaURL": RUN_EVENT_SCHEMA,
    }


def job(namespace: str, name: str, facets: Facets | None = None) -> Json:
    """Make the job of an event."""
    return {"namespace": namespace, "name": name, "facets": facets or {}}


def dataset(namespace: str, name: str, facets: Facets | None = None, **more: Facets) -> Json:
    """Make a dataset; `more` may be `inputFacets` or `outputFacets`."""
    return {"namespace": namespace, "name": name, "facets": facets or {}, **more}


def encode(event: Json) -> bytes:
    """Return the event as compact UTF-8 JSON; what JSON has no form for becomes a text that says so."""
    try:
        return msgspec.json.encode(event, enc_hook=_foreign)
    except (UnicodeEncodeError, TypeError, OverflowError):
        text = json.dumps(event, default=_foreign, skipkeys=True, ensure_ascii=False)
        return text.encode("utf-8", "replace")


def _foreign(value: Any) -> str:
    return f"<<not serializable: {type(value).__qualname__}>>"


class _Name(msgspec.Struct):
    namespace: str = ""
    name: str = ""


class _Id(msgspec.Struct, rename="camel"):
    run_id: str = ""


class _Parent(msgspec.Struct):
    run: _Id = msgspec.field(default_factory=_Id)


class _RunFacets(msgspec.Struct):
    parent: _Parent = msgspec.field(default_factory=_Parent)


class _Run(msgspec.Struct, rename="camel"):
    run_id: str = ""
    facets: _RunFacets = msgspec.field(default_factory=_RunFacets)


class Head(msgspec.Struct, rename="camel", frozen=True):
    """What the outbox needs to know of an event; the rest stays undecoded. Job and dataset events have no run."""

    event_time: str = ""
    event_type: str = ""
    run: _Run = msgspec.field(default_factory=_Run)
    job: _Name = msgspec.field(default_factory=_Name)
    dataset: _Name = msgspec.field(default_factory=_Name)


_head = msgspec.json.Decoder(Head)


def head(body: bytes) -> Head:
    """Decode the head of an encoded event.

    Raises:
        msgspec.ValidationError: the body is no OpenLineage event.
        msgspec.DecodeError: the body is no JSON.
    """
    return _head.decode(body)
