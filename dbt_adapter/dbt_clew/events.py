"""From what dbt left of an invocation to OpenLineage events: the narrator, driven by artifacts."""

from __future__ import annotations

from dataclasses import replace
from heapq import heappop, heappush
from itertools import count
from operator import itemgetter
from typing import TYPE_CHECKING

from dbt_clew import collector
from dbt_clew.artifacts.shapes import Manifest, Metadata
from dbt_clew.narration import invocation as invocations
from dbt_clew.narration.narrator import Narrator

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from clew.events import Json
    from dbt_clew.artifacts.read import Artifacts
    from dbt_clew.artifacts.shapes import Result
    from dbt_clew.context import Context
    from dbt_clew.narration.invocation import Invocation, Span

RUNNING_COMMANDS = frozenset({"build", "run", "seed", "snapshot", "test", "retry", "clone", "run-operation", "freshness"})
"""Commands that execute something; `compile` and `docs generate` write run results as well, of nodes that never ran."""

NO_PROJECT = Manifest(metadata=Metadata(dbt_schema_version=""), nodes={})
"""What is known of the nodes where there is no manifest."""


def of_invocation(artifacts: Artifacts, context: Context) -> Iterator[Json]:
    """Give the events of an invocation and of each node that it executed, in the order of their times.

    They are made as they are taken, so that a large project's are never in memory at once. Nothing for a command that executes nothing.
    """
    if artifacts.run_results.args.get("which", "run") in RUNNING_COMMANDS:
        with collector.paused():
            yield from _told(artifacts, context)


def _told(artifacts: Artifacts, context: Context) -> Iterator[Json]:
    invocation, ended_at = invocations.of(artifacts.run_results)
    narrator = Narrator(artifacts.manifest, artifacts.catalog, context, invocation)
    yield from narrator.invocation_started()
    results = _by_beginning(artifacts.run_results.results, invocation.started_at)
    yield from _by_time(narrator.node_ended(result, span) for span, result in results)
    yield from narrator.invocation_ended(ended_at, context.ending)


def _by_beginning(results: Iterable[Result], started_at: datetime) -> list[tuple[Span, Result]]:
    """Return results in the order in which they began; dbt writes them as they end, the skipped ones among them."""
    found = []
    last_end = started_at
    for result in results:
        span = invocations.span(result, last_end)
        last_end = max(last_end, span[1])
        found.append((span, result))
    return sorted(found, key=itemgetter(0))


def _by_time(told: Iterable[list[Json]]) -> Iterator[Json]:
    """Give events in the order of their times: each list begins with its earliest, and no list earlier than the one before it."""
    waiting: list[tuple[str, int, Json]] = []
    number = count()
    for first, *later in filter(None, told):
        while waiting and waiting[0][0] <= first["eventTime"]:
            yield heappop(waiting)[2]
        yield first
        for event in later:
            heappush(waiting, (event["eventTime"], next(number), event))
    while waiting:
        yield heappop(waiting)[2]


def of_lost_invocation(invocation: Invocation, ended_at: datetime, command: str, context: Context) -> list[Json]:
    """Return the events of an invocation that left no run results: it could not start, or was killed."""
    narrator = Narrator(NO_PROJECT, None, context, replace(invocation, args={"which": command} | invocation.args))
    return [*narrator.invocation_started(), *narrator.invocation_ended(ended_at, context.ending)]
