"""From what dbt left of an invocation to OpenLineage events: the narrator, driven by artifacts."""

from __future__ import annotations

from dataclasses import replace
from operator import itemgetter
from typing import TYPE_CHECKING

from dbt_clew import collector
from dbt_clew.artifacts.shapes import Manifest, Metadata
from dbt_clew.narration import invocation as invocations
from dbt_clew.narration.narrator import Narrator

if TYPE_CHECKING:
    from datetime import datetime

    from clew.events import Json
    from dbt_clew.artifacts import Artifacts
    from dbt_clew.context import Context
    from dbt_clew.narration.invocation import Invocation

RUNNING_COMMANDS = frozenset({"build", "run", "seed", "snapshot", "test", "retry", "clone", "run-operation", "freshness"})
"""Commands that execute something; `compile` and `docs generate` write run results as well, of nodes that never ran."""

_NO_PROJECT = Manifest(metadata=Metadata(dbt_schema_version=""), nodes={})


def of_invocation(artifacts: Artifacts, context: Context) -> list[Json]:
    """Return the events of an invocation and of each node that it executed, in the order of their times.

    Nothing for a command that executes nothing.
    """
    if artifacts.run_results.args.get("which", "run") not in RUNNING_COMMANDS:
        return []
    with collector.paused():
        return _told(artifacts, context)


def _told(artifacts: Artifacts, context: Context) -> list[Json]:
    invocation, ended_at = invocations.of(artifacts.run_results)
    narrator = Narrator(artifacts.manifest, artifacts.catalog, context, invocation)
    start = narrator.invocation_started()
    between = [event for result in artifacts.run_results.results for event in narrator.node_ended(result)]
    between.sort(key=itemgetter("eventTime"))
    return [*start, *between, *narrator.invocation_ended(ended_at, context.ending)]


def of_lost_invocation(invocation: Invocation, ended_at: datetime, command: str, context: Context) -> list[Json]:
    """Return the events of an invocation that left no run results: it could not start, or was killed."""
    narrator = Narrator(_NO_PROJECT, None, context, replace(invocation, args={"which": command} | invocation.args))
    return [*narrator.invocation_started(), *narrator.invocation_ended(ended_at, context.ending)]
