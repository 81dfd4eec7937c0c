"""One pass over an Airflow's past: DAG runs oldest first, what the backend lacks of them, and how far it went."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clew import events as openlineage
from clew_airflow.history.journey import Journey, begin

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from clew_airflow.history.missing import Missing
    from clew_airflow.history.read import Reader
    from clew_airflow.history.shapes import DagRun

TOGETHER = 200
"""Events that are handed on at once."""


def sync(
    reader: Reader,
    missing: Missing,
    *,
    since: datetime,
    until: datetime | None = None,
    dags: Sequence[str] | None = None,
    known: Journey | None = None,
    settled: datetime | None = None,
    send: Callable[[list[bytes]], None],
    remember: Callable[[Journey], None],
    tell: Callable[[DagRun], None],
) -> None:
    """Read what started since a moment and send what the backend lacks.

    What was read is remembered only when its events are kept, so whatever breaks it off, the next pass sends the rest, and a little
    of this one again, which changes nothing.

    Args:
        reader: of the Airflow.
        missing: tells what the backend lacks.
        since: start of the first DAG run.
        until: start of the last.
        dags: ids; None for all.
        known: how far earlier passes went.
        settled: DAG runs that ended after it are looked at again by the next pass, since the live path may tell a little later.
        send: keeps encoded events, durably.
        remember: keeps how far it is.
        tell: is called for each DAG run that is looked at.
    """
    after = begin(known, since)
    began = min(since, known.since) if known is not None and after == known.until else since
    unfinished: datetime | None = None
    for runs in reader.runs(after, until, dags):
        for run, tries in reader.tries(runs):
            tell(run)
            batch: list[bytes] = []
            for event in missing.of_run(run, tries):
                batch.append(openlineage.encode(event))
                if len(batch) >= TOGETHER:
                    send(batch)
                    batch = []
            send(batch)
            if unfinished is None and not (run.is_over and (settled is None or run.end_date is None or run.end_date <= settled)):
                unfinished = run.start_date
        last = unfinished or runs[-1].start_date
        if last is not None:
            remember(Journey(since=began, until=last))
