"""Order within a run: for Marquez the last event that arrives wins, whatever its time.

A START, RUNNING or OTHER after the end would show the run as running for ever; each of them sets `startedAt`. So the time of
those that follow the START is moved to the START's, and those that follow the end are not sent: what they bring is sent with
the end once more.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from clew import facets
from clew.events import TERMINAL
from clew.shaping import reading
from clew.shaping.known import bounded, merged, overlaid

if TYPE_CHECKING:
    from clew.events import Json
    from clew.shaping.known import KnownRun

MARK = "clew_eventTime"


def is_end(event: Json) -> bool:
    """Tell whether the run is over with this event."""
    return event_type(event) in TERMINAL


def event_type(event: Json) -> str:
    """Return the type as the specification writes it; Marquez takes any case."""
    return str(event.get("eventType") or "").upper()


def comes_late(event: Json, run: KnownRun | None) -> bool:
    """Tell whether the run's end was delivered before this event, which is none."""
    return run is not None and run.ended is not None and not is_end(event)


def all_told(run: KnownRun | None, event: Json, *, event_wins: bool = True) -> Json:
    """Return one event with what the run's events told so far and this one tells."""
    told = run.told if run else {}
    below, above = (told, event) if event_wins else (event, told)
    union: Json = {**below, **above}
    for part in ("run", "job"):
        union[part] = overlaid(reading.at(below, part), reading.at(above, part))
    for side in ("inputs", "outputs"):
        union[side] = merged(reading.objects(below, side), reading.objects(above, side))
    return bounded(union)


def end_again(run: KnownRun, told: Json) -> Json:
    """Return the run's end once more, with all that was told."""
    facets = {name: facet for name, facet in reading.at(told, "run", "facets").items() if name != MARK}
    return {**told, "eventType": run.ended, "eventTime": run.ended_at, "run": {**told["run"], "facets": facets}}


def at_start(event: Json, run: KnownRun | None) -> Json:
    """Return the event with its time moved to the run's START, if it is a later one and no end.

    Each moved event is a microsecond later than the one before, so that facets keep their order; nobody sees microseconds.
    """
    if run is None or run.started is None or run.assumed or is_end(event) or MARK in reading.at(event, "run", "facets"):
        return event
    start, now = reading.instant(run.started), reading.instant(event.get("eventTime"))
    if start is None or now is None or now <= start:
        return event
    moved = {MARK: facets.ours("eventTime", eventTime=event["eventTime"], reason="Marquez takes the last event's time for the start")}
    return {
        **event,
        "eventTime": reading.written(start + timedelta(microseconds=run.moved + 1)),
        "run": {**event["run"], "facets": {**reading.at(event, "run", "facets"), **moved}},
    }
