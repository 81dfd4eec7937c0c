"""The rules in their order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from clew.shaping import carried, code_version, columns, credentials, edges, learned, parents, reading, repair, run_order, safe_names, sizes
from clew.shaping.known import Known, KnownRun, Shaped
from clew.shaping.sizes import FACET_LIMIT

if TYPE_CHECKING:
    from collections.abc import Callable

    from clew.events import Json

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
    return full, learned.known_after(full, known)


def _newest_again(event: Json, known: Known) -> Json | None:
    """Return the newest run's event once more after the end of a run that was over before that one began.

    For Marquez the run that arrives last is the job's current one, and its outputs are the current versions. Runs that were
    under way together are left alone: a thousand mapped tasks would double their events for nothing.
    """
    newest = known.job.latest if known.job else None
    if newest is None or newest.run == event["run"]["runId"] or not run_order.is_end(event):
        return None
    return newest.event if reading.earlier(event["eventTime"], newest.started) else None


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
        if event["eventTime"] != run.started:  # else it is the START that was sent, once more: whoever sends a run again does that
            warn(f"{what}, tells nothing new and is not sent")
        return Shaped(events=(), known=known)
    warn(f"{what}; its news are sent with the end")
    end, after = _completed(run_order.end_again(run, told), known)
    return Shaped(events=(end,), known=after)
