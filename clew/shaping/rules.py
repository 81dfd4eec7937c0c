"""The rules in their order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from clew.shaping import carried, code_version, columns, credentials, edges, parents, reading, repair, run_order, safe_names, sizes
from clew.shaping.known import MOST_DATASETS, Known, KnownDataset, KnownJob, KnownRun, Latest, Shaped, bounded, shown
from clew.shaping.sizes import FACET_LIMIT

if TYPE_CHECKING:
    from collections.abc import Callable

    from clew.events import Json
    from clew.shaping.known import Name

    Warn = Callable[[str], None]


def shape(event: Json, known: Known, *, facet_limit: int = FACET_LIMIT) -> Shaped:
    """Bring an event into the shape that Marquez shows right.

    Never raises on a JSON object, and leaves its arguments as they are. What is no run event is made harmless and sent as it
    is; so is what lacks what a run event must have, for the backend to refuse.

    Args:
        event: an OpenLineage event of any producer.
        known: what is known under `keys(event)`.
        facet_limit: bytes; a larger facet is cut.
    """
    warnings: list[str] = []
    one = harmless(event, facet_limit, warnings.append)
    shaped = _run_event(one, known, warnings.append) if _is_run_event(one) else Shaped(events=(one,), known=known)
    return replace(shaped, warnings=tuple(dict.fromkeys(warnings)))


def harmless(event: Json, facet_limit: int, warn: Warn) -> Json:
    """Return a copy of the event that does no harm, whatever it is: the rules that need no knowledge."""
    one = safe_names.plain_copy(event, warn)
    one = repair.event(one, warn)
    one = credentials.event(one, warn)
    one = safe_names.event(one, warn)
    return sizes.cut(code_version.in_url(one), facet_limit, warn)


def _is_run_event(event: Json) -> bool:
    named = reading.text(event, "run", "runId") and reading.name(reading.at(event, "job"))
    return bool(named) and reading.instant(event.get("eventTime")) is not None


def _run_event(event: Json, known: Known, warn: Warn) -> Shaped:
    one = {**event, "inputs": reading.objects(event, "inputs"), "outputs": reading.objects(event, "outputs")}
    one = columns.complete(parents.kept(one, known, warn), known)
    if run_order.comes_late(one, known.run):
        return _late(one, known, warn)
    start = parents.start_of_unseen(one, known)
    if start is not None:
        known = replace(known, parent_run=parents.assumed(start))
    full, after = _completed(one, known)
    newest = _newest_again(full, known)
    return Shaped(events=tuple(e for e in (start, full, newest) if e is not None), known=after)


def _completed(event: Json, known: Known) -> tuple[Json, Known]:
    """Return the event with all that is known, and what is known after it."""
    full = run_order.at_start(carried.complete(edges.complete(event, known), known), known.run)
    return full, _known_after(full, known)


def _newest_again(event: Json, known: Known) -> Json | None:
    """Return the newest run's event once more after the end of a run that was over before that one began.

    For Marquez the run that arrives last is the job's current one, and its outputs are the current versions.
    """
    newest = known.job.latest if known.job else None
    if newest is None or newest.run == event["run"]["runId"] or not run_order.is_end(event):
        return None
    return newest.event if _earlier(event["eventTime"], newest.started) else None


def _late(event: Json, known: Known, warn: Warn) -> Shaped:
    """Send the news of an event that came after its run's end together with the end.

    A START of which the run's beginning is first heard is sent itself, directly before the end.
    """
    run = known.run or KnownRun()
    told = run_order.all_told(run, edges.told_by(event), event_wins=False)
    what = f"{run_order.event_type(event) or 'an event'} of run {event['run']['runId']} came after its end"
    if run.started is None and run_order.event_type(event) == "START":
        warn(f"{what} and is sent with it")
        start, known = _completed(event, replace(known, run=replace(run, ended=None, ended_at=None)))
        end, after = _completed(run_order.end_again(run, told), known)
        return Shaped(events=(start, end), known=after)
    if told == run.told:
        warn(f"{what}, tells nothing new and is not sent")
        return Shaped(events=(), known=known)
    warn(f"{what}; its news are sent with the end")
    end, after = _completed(run_order.end_again(run, told), known)
    return Shaped(events=(end,), known=after)


# --- What is then known ------------------------------------------------------------------------------------------------------


def _known_after(full: Json, known: Known) -> Known:
    told = edges.told_by(full)
    before, job = known.run or KnownRun(), known.job or KnownJob()
    run = _run_after(told, before)
    past = _is_past(run.started or full["eventTime"], full["run"]["runId"], job)
    after = job if past else _job_after(full, job, run, first_end=before.ended is None)
    return replace(known, run=run, job=after, datasets={**known.datasets, **_datasets_after(told, known, past=past)})


def _is_past(started: str, run_id: str, job: KnownJob) -> bool:
    """Tell whether a newer run of the job is known; then this one tells nothing of how job and datasets are now."""
    return job.latest is not None and job.latest.run != run_id and _earlier(started, job.latest.started)


def _run_after(told: Json, run: KnownRun) -> KnownRun:
    ended = run_order.event_type(told) if run_order.is_end(told) else None
    started = run.started if ended else told["eventTime"]
    if run.started is not None and not run.assumed and _earlier(run.started, started or ""):
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
        latest=Latest(run=full["run"]["runId"], started=run.started or full["eventTime"], event=bounded(full)),
    )


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


def _earlier(one: str, other: str) -> bool:
    first, second = reading.instant(one), reading.instant(other)
    return first is not None and second is not None and first < second
