"""What changes are made to, and what events speak of: the keys that tie a change to the events that it cannot do without."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from clew.server.calls import Refusal
from clew.server.changes.runs import STATES
from clew.server.dispatch import asked
from clew.server.ingest import identities
from clew.server.ingest.events import DatasetEvent, JobEvent, RunEvent, decode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clew.server.ingest.events import Dataset
    from clew.server.upkeep.log import Entry

Key: TypeAlias = tuple[str, ...]
"""`dataset`, `field`, `job`, `source` or `namespace`, and its names."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A change, as far as it is tied to others.

    Attributes:
        needs: what must be there before.
        hides: what it hides: a dataset, a job, or a namespace with all that is in it.
        makes: the run that it makes, or starts or ends.
        names: a run that it speaks of.
    """

    needs: frozenset[Key] = frozenset()
    hides: Key | None = None
    makes: str | None = None
    names: str | None = None


def asked_of(entry: Entry) -> Asked:
    """Return what a change of the log is tied to."""
    method, target, body = entry.request()
    try:
        path = asked(method, target, body, entry.received_at)[1].path
        said: dict[str, Any] = msgspec.json.decode(body or b"{}", type=dict)
    except (Refusal, msgspec.MsgspecError):
        return Asked()
    return Asked(
        needs=frozenset((*_of_path(path), *_of_body(said))),
        hides=next(iter(_of_path(path)), None) if method == "DELETE" and "tag" not in path else None,
        makes=_made(entry, method, target, dict(path), said),
        names=said.get("runId"),
    )


def run_of(entry: Entry) -> str | None:
    """Return the id of the run that an event is about."""
    found = msgspec.json.decode(entry.body(), type=_Head)
    return identities.run_id(found.run.run_id) if found.run and found.run.run_id else None


def subjects_of(entry: Entry, job_of_run: tuple[str, str] | None) -> frozenset[Key]:
    """Return what an event speaks of; the name of a run's job is the one that it has below its parent."""
    try:
        event = decode(entry.body())
    except Refusal:
        return frozenset()
    if isinstance(event, DatasetEvent):
        return frozenset(_of_dataset(event.dataset))
    job = job_of_run if isinstance(event, RunEvent) and job_of_run else (event.job.namespace, event.job.name)
    datasets = (key for d in (*event.inputs, *event.outputs) for key in _of_dataset(d))
    return frozenset((("job", *job), ("namespace", job[0]), *datasets))


def subject(entry: Entry) -> Key:
    """Return the one thing that an event without a run describes."""
    event = decode(entry.body())
    if isinstance(event, JobEvent):
        return "job", event.job.namespace, event.job.name
    return ("dataset", event.dataset.id.namespace, event.dataset.id.name) if isinstance(event, DatasetEvent) else ("run",)


class _RunHead(msgspec.Struct):
    run_id: str | None = msgspec.field(default=None, name="runId")


class _Head(msgspec.Struct):
    run: _RunHead | None = None


def _of_path(path: Any) -> Iterator[Key]:
    namespace = path.get("namespace")
    if "field" in path:
        yield "field", namespace, path["dataset"], path["field"]
    if "dataset" in path:
        yield "dataset", namespace, path["dataset"]
    elif "job" in path:
        yield "job", namespace, path["job"]
    elif namespace is not None:
        yield "namespace", namespace


def _of_body(said: dict[str, Any]) -> Iterator[Key]:
    if "sourceName" in said:
        yield "source", said["sourceName"]
    for each in (*(said.get("inputs") or ()), *(said.get("outputs") or ())):
        yield "dataset", each["namespace"], each["name"]


def _of_dataset(dataset: Dataset) -> Iterator[Key]:
    for each in (dataset.id, *dataset.symlinks):
        yield "namespace", each.namespace
        yield "dataset", each.namespace, each.name
        for column in dataset.columns.each if dataset.columns else ():
            yield "field", each.namespace, each.name, column.name
    if dataset.source is not None:
        yield "source", dataset.source


def _made(entry: Entry, method: str, target: str, path: dict[str, str], said: dict[str, Any]) -> str | None:
    last = target.partition("?")[0].rpartition("/")[2]
    if "run" in path and last in STATES:
        return identities.run_id(path["run"])
    if method == "POST" and "job" in path and last == "runs":
        job = identities.row_id("job", path["namespace"], path["job"])
        return identities.run_id(said["id"]) if said.get("id") else identities.row_id("run", job, str(entry.number), str(entry.received_at))
    return None
