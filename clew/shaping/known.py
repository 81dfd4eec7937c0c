"""What is known of a job, a run and a dataset, and how an event adds to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from clew.shaping import reading, safe_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from clew.events import Json

Name: TypeAlias = tuple[str, str]
"""Namespace and name of a job or dataset."""

ROOM = 64 * 1024
"""Bytes of facets that a Known… keeps; the largest go first. Names of datasets are kept whatever they take."""

MOST_DATASETS = 500
"""Inputs, or outputs, of one job that are remembered."""


class KnownDataset(msgspec.Struct, frozen=True, kw_only=True):
    """What stays true of a dataset from event to event: schema, documentation, ownership, tags, source."""

    facets: dict[str, Any] = {}


class Latest(msgspec.Struct, frozen=True, kw_only=True):
    """The newest run of a job, with an event that says all of it once more, if there is room for one."""

    run: str
    started: str
    event: dict[str, Any] | None = None


class KnownJob(msgspec.Struct, frozen=True, kw_only=True):
    """What earlier events told of a job; the outbox stores it as JSON under the job's key."""

    inputs: tuple[dict[str, Any], ...] = ()
    outputs: tuple[dict[str, Any], ...] = ()
    facets: dict[str, Any] = {}
    silent_inputs: int = 0
    silent_outputs: int = 0
    latest: Latest | None = None


class KnownRun(msgspec.Struct, frozen=True, kw_only=True):
    """What earlier events told of a run; the outbox stores it as JSON under the run's id.

    Attributes:
        shown: the run's job as Marquez names it, which is below its parent.
        started: time of its START, or of its first event; None where that is not known.
        assumed: the START was ours, made since a child came first.
        moved: how many events after the START had their time moved to it.
        ended: type of the terminal event that was delivered, and its time in `ended_at`.
        told: an event with everything that the run's events told, without what was only borrowed.
    """

    shown: Name | None = None
    started: str | None = None
    assumed: bool = False
    moved: int = 0
    ended: str | None = None
    ended_at: str | None = None
    told: dict[str, Any] = {}


class Keys(msgspec.Struct, frozen=True, kw_only=True):
    """What has to be known before an event can be shaped.

    Attributes:
        job: the job as the event names it.
        run: the run's id.
        parent_run: the parent run's id.
        parent_job: the parent's job as the event names it.
        datasets: every dataset that the event names, without repeats.
        shown: the job as Marquez names it (`parent.name`), to ask the backend for.
    """

    job: Name | None = None
    run: str | None = None
    parent_run: str | None = None
    parent_job: Name | None = None
    datasets: tuple[Name, ...] = ()
    shown: Name | None = None


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What is known under an event's keys; None, or no entry, where nothing is."""

    job: KnownJob | None = None
    run: KnownRun | None = None
    parent_run: KnownRun | None = None
    parent_job: KnownJob | None = None
    datasets: dict[Name, KnownDataset] = {}


class Shaped(msgspec.Struct, frozen=True, kw_only=True):
    """What to send, in this order, what is then known, and what was done that somebody should hear of."""

    events: tuple[dict[str, Any], ...]
    known: Known
    warnings: tuple[str, ...] = ()


def keys(event: Json) -> Keys:
    """Tell what has to be known before the event can be shaped; never raises.

    Names are those under which they are sent (`safe_names.py`), so that a tool's own name for a dataset finds the same.
    """
    parent = reading.parent(event)
    job, parent_job = _job(reading.at(event, "job")), _job(reading.at(parent, "job"))
    return Keys(
        job=job,
        run=reading.text(event, "run", "runId"),
        parent_run=reading.text(parent, "run", "runId"),
        parent_job=parent_job,
        datasets=tuple(dict.fromkeys(safe_names.one_name(*n) for n in dict.fromkeys(reading.names_of_datasets(event)))),
        shown=shown(job, parent_job),
    )


def _job(job: Json) -> Name | None:
    texts = reading.texts(job)
    return safe_names.safe_job(*texts) if texts else None


def shown(job: Name | None, parent: Name | None) -> Name | None:
    """Return the job's name in Marquez, which puts it below its parent's, once.

    Source: OpenLineageDao.buildJobFromEvent and the trigger rewrite_jobs_fqn_table.
    """
    if job is None or parent is None:
        return job
    prefix = f"{parent[1]}."
    return job[0], prefix + job[1].removeprefix(prefix)


def merged(old: Iterable[Json], new: Iterable[Json]) -> list[Json]:
    """Return the union of two lists of datasets, facets of the new ones over those of the old."""
    found: dict[Name | None, Json] = {reading.name(d): d for d in old}
    for dataset in new:
        name = reading.name(dataset)
        found[name] = overlaid(found[name], dataset) if name in found else dataset
    found.pop(None, None)
    return list(found.values())


FACETS = ("facets", "inputFacets", "outputFacets")


def overlaid(below: Json, above: Json) -> Json:
    """Return a job, run or dataset with the facets of both, those of `above` first."""
    sides = {f: {**reading.at(below, f), **reading.at(above, f)} for f in FACETS if f in below or f in above}
    return {**below, **above, **sides}


def bounded(value: Json, room: int = ROOM) -> Json:
    """Return an event, or a part of one, that fits into so many bytes by leaving out its largest facets.

    A schema goes last, since a write without it would look like another version of the dataset.
    """
    excess = len(msgspec.json.encode(value)) - room
    if excess <= 0:
        return value
    copy: Json = msgspec.json.decode(msgspec.json.encode(value))
    found = list(_facets(copy))
    sized = [(name == "schema", -len(msgspec.json.encode(f)), owner, name) for owner, all_ in enumerate(found) for name, f in all_.items()]
    for _, size, owner, name in sorted(sized):
        del found[owner][name]
        excess += size
        if excess <= 0:
            break
    return copy


def _facets(value: Any) -> Iterable[dict[str, Any]]:
    """Yield every mapping of facets in an event or a part of one."""
    if not isinstance(value, dict):
        return
    for key, below in value.items():
        if key in FACETS and isinstance(below, dict):
            yield below
        elif key in {"inputs", "outputs"} and isinstance(below, list):
            for dataset in below:
                yield from _facets(dataset)
        elif key in {"run", "job"}:
            yield from _facets(below)


def by_name(datasets: Iterable[Json]) -> Mapping[Name | None, Json]:
    """Return datasets by their name."""
    return {reading.name(d): d for d in datasets}
