"""What is known after an event, which is told by its producer and not borrowed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from clew.shaping import carried, edges, reading, run_order
from clew.shaping.known import MOST_DATASETS, Known, KnownDataset, KnownJob, KnownRun, Latest, bounded, shown

if TYPE_CHECKING:
    from clew.events import Json
    from clew.shaping.known import Name


def known_after(full: Json, known: Known) -> Known:
    """Return what is known once the completed event was sent."""
    told = edges.told_by(full)
    before, job = known.run or KnownRun(), known.job or KnownJob()
    run = _run_after(told, before)
    past = _is_past(run.started or full["eventTime"], full["run"]["runId"], job)
    after = job if past else _job_after(full, job, run, first_end=before.ended is None)
    return replace(known, run=run, job=after, datasets={**known.datasets, **_datasets_after(told, known, past=past)})


def _is_past(started: str, run_id: str, job: KnownJob) -> bool:
    """Tell whether a newer run of the job is known; then this one tells nothing of how job and datasets are now."""
    return job.latest is not None and job.latest.run != run_id and reading.earlier(started, job.latest.started)


def _run_after(told: Json, run: KnownRun) -> KnownRun:
    ended = run_order.event_type(told) if run_order.is_end(told) else None
    started = run.started if ended else told["eventTime"]
    if run.started is not None and not run.assumed and reading.earlier(run.started, started or ""):
        started = run.started
    return replace(
        run,
        shown=run.shown or shown(reading.name(told["job"]), reading.name(reading.at(reading.parent(told), "job"))),
        started=started,
        assumed=run.assumed and ended is not None,
        moved=run.moved + (run_order.MARK in reading.at(told, "run", "facets")),
        ended=ended or run.ended,
        ended_at=told["eventTime"] if ended else run.ended_at,
        told=run_order.all_told(run, told),
    )


def _job_after(full: Json, job: KnownJob, run: KnownRun, *, first_end: bool) -> KnownJob:
    ended_well = first_end and run_order.event_type(full) == "COMPLETE"
    inputs, outputs = (_lasting(reading.objects(run.told, side)) for side in ("inputs", "outputs"))
    return KnownJob(
        inputs=inputs or job.inputs,
        outputs=outputs or job.outputs,
        facets=carried.lasting_of_job({**job.facets, **reading.at(full, "job", "facets")}),
        silent_inputs=0 if inputs else job.silent_inputs + ended_well,
        silent_outputs=0 if outputs else job.silent_outputs + ended_well,
        latest=Latest(run=full["run"]["runId"], started=run.started or full["eventTime"], event=_to_send_again(full)),
    )


def _to_send_again(full: Json) -> Json | None:
    """Return the event as far as there is room; None where a schema has none: without it the outputs would be other versions."""
    kept = bounded(full)
    return kept if _schemas(kept) == _schemas(full) else None


def _schemas(event: Json) -> list[bool]:
    return [bool(reading.at(d, "facets", "schema")) for d in event["outputs"]]


def _lasting(datasets: list[Json]) -> tuple[Json, ...]:
    lasting = [{**_name_only(d), "facets": carried.lasting_of_dataset(reading.at(d, "facets"))} for d in datasets[:MOST_DATASETS]]
    return tuple(bounded({"inputs": lasting})["inputs"])


def _name_only(dataset: Json) -> Json:
    return {"namespace": dataset["namespace"], "name": dataset["name"]}


def _datasets_after(told: Json, known: Known, *, past: bool) -> dict[Name, KnownDataset]:
    after = {}
    for dataset in (*told["inputs"], *told["outputs"]):
        name = reading.name(dataset)
        if name:
            before, now = known.datasets[name].facets if name in known.datasets else {}, reading.at(dataset, "facets")
            after[name] = KnownDataset(facets=carried.lasting_of_dataset({**now, **before} if past else {**before, **now}))
    return after
