"""An invocation: one run of dbt, whatever command it was given, as a job and a run of its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, TypeAlias

from clew import events, facets, naming
from clew.parent import Parent, RunName
from dbt_clew.narration import jobs, names, outcome, runs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clew.events import Facets, Json
    from dbt_clew.artifacts.shapes import Result, RunResults
    from dbt_clew.context import Context, Ending

Span: TypeAlias = tuple[datetime, datetime]
"""When something began and when it ended."""

_NEVER = datetime.fromtimestamp(0, timezone.utc)


@dataclass(frozen=True, kw_only=True)
class Invocation:
    """What is known of an invocation when it begins."""

    invocation_id: str
    started_at: datetime
    dbt_version: str = ""
    args: dict[str, Any] = field(default_factory=dict)
    """Arguments by dbt's own names; `which` is the command."""


def of(results: RunResults) -> tuple[Invocation, datetime]:
    """Read an invocation from its run results, and when it ended; dbt before 1.10 tells the end and how long it took."""
    metadata = results.metadata
    times = [at for r in results.results for at in phase_times(r)]
    if metadata.generated_at:
        times.append(aware(metadata.generated_at))
    ended = max(times, default=_NEVER)
    started = metadata.invocation_started_at
    start = aware(started) if started else min([*times, ended - timedelta(seconds=results.elapsed_time or 0)])
    invocation = Invocation(
        invocation_id=metadata.invocation_id or f"at {ended.isoformat()}",
        started_at=min(start, ended),
        dbt_version=metadata.dbt_version,
        args=results.args,
    )
    return invocation, ended


def run_id(invocation: Invocation, namespace: str, job: str, *more: str) -> str:
    """Return the id of a run of this invocation: nothing else goes in, so whoever tells of it gives the same."""
    return naming.id_of(invocation.invocation_id, namespace, job, *more)


def as_parent(invocation: Invocation, context: Context) -> Parent:
    """Return the invocation as the parent of its nodes."""
    name = names.invocation(context.project)
    run = RunName(namespace=context.namespace, name=name, run_id=run_id(invocation, context.namespace, name))
    return Parent(run=run, root=context.parent.root if context.parent else run)


def started(invocation: Invocation, context: Context) -> Json:
    """Return the START of an invocation."""
    return _event("START", invocation.started_at, invocation, context, {})


def ended(
    invocation: Invocation, context: Context, *, at: datetime, failed: Sequence[str], hooks: Sequence[Json], ending: Ending | None
) -> Json:
    """Return the end of an invocation, of which some nodes may have failed, and whose hooks and operations are part of it."""
    end, why = _end(failed, ending)
    ours = facets.ours("dbt", **runs.versions(invocation, context), hooks=hooks or None, exitCode=ending.exit_code if ending else None)
    said: Facets = {runs.KEY: ours, **({"errorMessage": facets.error_message(why, "dbt")} if why else {})}
    return _event(end, at, invocation, context, said)


def _event(kind: str, at: datetime, invocation: Invocation, context: Context, said: Facets) -> Json:
    job = jobs.of_invocation(context)
    known: Facets = {"executionParameters": runs.parameters(invocation.args), **runs.engine(invocation.dbt_version)}
    if context.parent is not None:
        known["parent"] = context.parent.facet()
    return events.run_event(kind, at=at, run_id=run_id(invocation, context.namespace, job["name"]), job=job, run_facets=known | said)


def _end(failed: Sequence[str], ending: Ending | None) -> tuple[str, str | None]:
    """Return how an invocation ended, and why it did so when that is no success."""
    if ending is not None and ending.signal is not None:
        return outcome.ABORT, f"dbt was ended by {ending.signal}"
    if ending is not None and ending.exit_code is None:
        return outcome.ABORT, ending.message or "dbt was ended"
    if failed:
        return outcome.FAIL, f"{len(failed)} failed: {', '.join(sorted(failed))}"
    if ending is not None and ending.exit_code:
        return outcome.FAIL, ending.message or f"dbt ended with exit code {ending.exit_code}; its log tells why"
    return outcome.COMPLETE, None


def span(result: Result, last_end: datetime) -> Span:
    """Return when a node began and ended; one that was skipped has no times, and stands at the end of the one before it."""
    at = phase_times(result)
    return (min(at), max(at)) if at else (last_end, last_end)


def phase_times(result: Result) -> list[datetime]:
    """Return every time that a result tells, in no order."""
    times = [at for timing in result.timing for at in (timing.started_at, timing.completed_at) if at]
    return [at if at.tzinfo is timezone.utc else aware(at) for at in times]


def aware(at: datetime) -> datetime:
    """Read a time without zone as UTC, which is what dbt means."""
    return at.astimezone(timezone.utc) if at.tzinfo else at.replace(tzinfo=timezone.utc)
