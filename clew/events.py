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

JOB_EVENT_SCHEMA = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/JobEvent"
RUN_EVENT_SCHEMA = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
TERMINAL = frozenset({"COMPLETE", "FAIL", "ABORT"})
"""Event types after which a run is over."""


def moment(at: datetime) -> str:
    """Return a time as `at.isoformat()` does, in a tenth of the time: an event has half a dozen of them."""
    text: str = msgspec.to_builtins(at)
    return f"{text[:-1]}+00:00" if text[-1] == "Z" else text


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
        "eventTime": moment(at),
        "run": {"runId": run_id, "facets": run_facets or {}},
        "job": job,
        "inputs": list(inputs),
        "outputs": list(outputs),
        "producer": PRODUCER,
        "schemaURL": RUN_EVENT_SCHEMA,
    }


def job_event(*, at: datetime, job: Json, inputs: Sequence[Json] = (), outputs: Sequence[Json] = ()) -> Json:
    """Make a job event: what a job reads and writes, told without a run.

    Args:
        at: event time; must be aware of its time zone.
        job: as `job()` makes it.
        inputs: as `dataset()` makes them.
        outputs: as `dataset()` makes them.
    """
    return {
        "eventTime": moment(at),
        "job": job,
        "inputs": list(inputs),
        "outputs": list(outputs),
        "producer": PRODUCER,
        "schemaURL": JOB_EVENT_SCHEMA,
    }


def job(namespace: str, name: str, facets: Facets | None = None) -> Json:
    """Make the job of an event."""
    return {"namespace": namespace, "name": name, "facets": facets or {}}


def dataset(namespace: str, name: str, facets: Facets | None = None, **more: Facets) -> Json:
    """Make a dataset; `more` may be `inputFacets` or `outputFacets`."""
    return {"namespace": namespace, "name": name, "facets": facets or {}, **more}


def one_dataset(told: Json, more: Json) -> Json:
    """Return one description of a dataset from two, facet by facet.

    Args:
        told: wins where both say something.
        more: what somebody else knows of the same dataset.
    """
    kinds = ("facets", "inputFacets", "outputFacets")
    both = {kind: {**(more.get(kind) or {}), **(told.get(kind) or {})} for kind in kinds if kind in told or kind in more}
    return {**more, **told, **both}


def encode(event: Json) -> bytes:
    """Return the event as compact UTF-8 JSON; what JSON has no form for becomes a text that says so."""
    try:
        return msgspec.json.encode(event, enc_hook=_foreign)
    except _NO_JSON:
        text = json.dumps(event, default=_foreign, skipkeys=True, ensure_ascii=False)
        return text.encode("utf-8", "replace")


class Encoder:
    """Encodes run and job events of which many have the very same jobs and datasets: each of these is encoded once while it is remembered."""

    REMEMBERED = 1024
    """Jobs and datasets; the one that came first is forgotten first, and encoded again where it comes again."""

    def __init__(self) -> None:
        self._encoded: dict[int, tuple[Json, msgspec.Raw]] = {}

    def encode(self, event: Json) -> bytes:
        """Return what `encode` returns; no job or dataset may have changed since it was in an earlier event."""
        try:
            parts: Json = {key: [self._once(dataset) for dataset in event[key]] for key in ("inputs", "outputs")}
            return msgspec.json.encode({**event, "job": self._once(event["job"]), **parts}, enc_hook=_foreign)
        except _NO_JSON:
            return encode(event)

    def _once(self, part: Json) -> msgspec.Raw:
        remembered = self._encoded.get(id(part))
        if remembered is None:
            if len(self._encoded) == self.REMEMBERED:
                del self._encoded[next(iter(self._encoded))]
            # With its encoding the part itself is kept, or its id could become another's.
            remembered = self._encoded[id(part)] = part, msgspec.Raw(msgspec.json.encode(part, enc_hook=_foreign))
        return remembered[1]


_NO_JSON = (UnicodeEncodeError, TypeError, OverflowError)
"""What msgspec raises for what JSON has no form for."""


def _foreign(value: Any) -> str:
    return f"<<not serializable: {type(value).__qualname__}>>"


class _Name(msgspec.Struct):
    namespace: str = ""
    name: str = ""


class _Id(msgspec.Struct, rename="camel"):
    run_id: str = ""


class _Parent(msgspec.Struct):
    run: _Id | None = None


class _RunFacets(msgspec.Struct):
    parent: _Parent | None = None


class _Run(msgspec.Struct, rename="camel"):
    run_id: str = ""
    facets: _RunFacets | None = None


class _Head(msgspec.Struct, rename="camel"):
    event_type: str | None = None
    run: _Run | None = None
    job: _Name | None = None
    dataset: _Name | None = None


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """What the outbox needs to know of an event; the rest stays undecoded. What an event does not have is empty.

    Attributes:
        event_type: START, COMPLETE …; job and dataset events have none.
        run_id: the run.
        parent_run_id: the run that this run is part of.
        subject: namespace and name of the job, or of the dataset where there is no job.
    """

    event_type: str = ""
    run_id: str = ""
    parent_run_id: str = ""
    subject: tuple[str, str] = ("", "")


_decoder = msgspec.json.Decoder(_Head)


def head(body: bytes) -> Head:
    """Decode the head of an encoded event.

    Raises:
        msgspec.ValidationError: the body is no OpenLineage event.
        msgspec.DecodeError: the body is no JSON.
        UnicodeDecodeError: the body is no UTF-8.
    """
    found = _decoder.decode(body)
    run = found.run or _Run()
    parent = (run.facets or _RunFacets()).parent or _Parent()
    subject = found.job or found.dataset or _Name()
    return Head(
        event_type=found.event_type or "",
        run_id=run.run_id,
        parent_run_id=(parent.run or _Id()).run_id,
        subject=(subject.namespace, subject.name),
    )


class _Datasets(msgspec.Struct):
    inputs: list[_Name] | None = None
    outputs: list[_Name] | None = None
    dataset: _Name | None = None


_datasets_decoder = msgspec.json.Decoder(_Datasets)


def read_and_written(body: bytes) -> tuple[frozenset[tuple[str, str]], frozenset[tuple[str, str]]]:
    """Return namespace and name of the datasets that an encoded event says were read, and of those that it tells as written.

    A dataset event tells of its dataset as one that writes it would. Where the event is malformed there, nobody knows of any.
    """
    try:
        found = _datasets_decoder.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return frozenset(), frozenset()
    written = [*(found.outputs or ()), *([found.dataset] if found.dataset else ())]
    return frozenset((d.namespace, d.name) for d in found.inputs or ()), frozenset((d.namespace, d.name) for d in written)
