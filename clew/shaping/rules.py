"""The rules in their order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from clew.shaping import carried, edges, reading, run_order
from clew.shaping.known import MOST_DATASETS, Keys, Known, KnownDataset, KnownJob, KnownRun, Latest, Shaped, keys
from clew.shaping.sizes import FACET_LIMIT

if TYPE_CHECKING:
    from clew.events import Json


def shape(event: Json, known: Known, *, facet_limit: int = FACET_LIMIT) -> Shaped:
    """Bring an event into the shape that Marquez shows right.

    Never raises on a JSON object, and leaves its arguments as they are. What is no run event, or lacks what one must have, is
    made harmless and sent as it is, for the backend to refuse.

    Args:
        event: an OpenLineage event of any producer.
        known: what the outbox holds under `keys(event)`.
        facet_limit: bytes; a larger facet is cut.
    """
    copy: Json = msgspec.json.decode(msgspec.json.encode(event))
    named = keys(copy)
    if named.run is None or named.job is None or reading.instant(copy.get("eventTime")) is None:
        return Shaped(events=(copy,), known=known)
    copy = {**copy, "inputs": reading.objects(copy, "inputs"), "outputs": reading.objects(copy, "outputs")}
    if run_order.comes_late(copy, known.run):
        return _late(copy, known)
    full = run_order.at_start(edges.complete(carried.complete(copy, known), known), known.run)
    return Shaped(events=(full,), known=_known_after(full, known, named))


def _late(event: Json, known: Known) -> Shaped:
    run = known.run
    assert run is not None  # noqa: S101  comes_late has looked
    told = run_order.all_told(run, edges.told_by(event), event_wins=False)
    what = f"{run_order.event_type(event) or 'event'} of run {event['run']['runId']} came after its end"
    if told == run.told:
        return Shaped(events=(), known=known, warnings=(f"{what} and is not sent",))
    after = msgspec.structs.replace(known, run=msgspec.structs.replace(run, told=told))
    return Shaped(events=(run_order.end_again(run, told),), known=after, warnings=(f"{what}: its news are sent with the end",))


def _known_after(event: Json, known: Known, named: Keys) -> Known:
    told = edges.told_by(event)
    run = _run_after(told, known.run or KnownRun(), named)
    return msgspec.structs.replace(
        known,
        run=run,
        job=_job_after(told, known.job or KnownJob(), run),
        datasets={**known.datasets, **_datasets_after(told, known)},
    )


def _run_after(told: Json, run: KnownRun, named: Keys) -> KnownRun:
    ended = run_order.event_type(told) if run_order.is_end(told) else None
    return msgspec.structs.replace(
        run,
        shown=run.shown or named.shown,
        started=run.started or (None if ended else told["eventTime"]),
        moved=run.moved + (run_order.MARK in reading.at(told, "run", "facets")),
        ended=ended or run.ended,
        ended_at=told["eventTime"] if ended else run.ended_at,
        told=run_order.all_told(run, told),
    )


def _job_after(told: Json, job: KnownJob, run: KnownRun) -> KnownJob:
    started = run.started or told["eventTime"]
    if job.latest is not None and job.latest.run != told["run"]["runId"] and _earlier(started, job.latest.started):
        return job
    complete = run_order.event_type(told) == "COMPLETE"
    inputs, outputs = (reading.objects(run.told, side)[:MOST_DATASETS] for side in ("inputs", "outputs"))
    return KnownJob(
        inputs=_lasting(inputs) or job.inputs,
        outputs=_lasting(outputs) or job.outputs,
        facets=carried.lasting_of_job({**job.facets, **reading.at(told, "job", "facets")}),
        silent_inputs=0 if inputs else job.silent_inputs + complete,
        silent_outputs=0 if outputs else job.silent_outputs + complete,
        latest=Latest(run=told["run"]["runId"], started=started, event=run.told),
    )


def _earlier(one: str, other: str) -> bool:
    first, second = reading.instant(one), reading.instant(other)
    return first is not None and second is not None and first < second


def _lasting(datasets: list[Json]) -> tuple[Json, ...]:
    return tuple(
        {"namespace": d["namespace"], "name": d["name"], "facets": carried.lasting_of_dataset(reading.at(d, "facets"))} for d in datasets
    )


def _datasets_after(told: Json, known: Known) -> dict[tuple[str, str], KnownDataset]:
    after = {}
    for dataset in (*told["inputs"], *told["outputs"]):
        name = reading.name(dataset)
        if name:
            before = known.datasets[name].facets if name in known.datasets else {}
            after[name] = KnownDataset(facets=carried.lasting_of_dataset({**before, **reading.at(dataset, "facets")}))
    return after
