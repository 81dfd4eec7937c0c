"""From what dbt left of an invocation to OpenLineage events: a pure function of artifacts and context."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from clew import events, facets, naming
from dbt_clew import jobs, names, outcome, quality, redaction, runs
from dbt_clew.datasets import Datasets
from dbt_clew.parent import Parent, RunName

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clew.events import Facets, Json
    from dbt_clew.artifacts import Artifacts
    from dbt_clew.artifacts.shapes import Node, Result, RunResults, UnitTest
    from dbt_clew.context import Context

RUNNING_COMMANDS = frozenset({"build", "run", "seed", "snapshot", "test", "retry", "clone", "run-operation", "freshness"})
"""Commands that execute something; `compile` and `docs generate` write run results as well, of nodes that never ran."""

KINDS = frozenset({"model", "seed", "snapshot", "test", "unit_test"})
"""Kinds of nodes that have runs."""

_NEVER = datetime.fromtimestamp(0, timezone.utc)


@dataclass(frozen=True, kw_only=True)
class Invocation:
    """One run of dbt."""

    invocation_id: str
    started_at: datetime
    ended_at: datetime
    dbt_version: str = ""


@dataclass(frozen=True, kw_only=True)
class _Run:
    """A node's execution, ready to be told."""

    run_id: str
    job: Json
    started_at: datetime
    ended_at: datetime
    end: str
    parent: Json
    engine: Facets
    end_facets: Facets
    inputs: list[Json]
    end_inputs: list[Json]
    outputs: list[Json]
    end_outputs: list[Json]

    def events(self) -> tuple[Json, Json]:
        """Return the pair; both carry inputs and outputs, since an event without them takes the job's edges away in Marquez."""
        known = {"parent": self.parent, **self.engine}
        return (
            events.run_event(
                "START",
                at=self.started_at,
                run_id=self.run_id,
                job=self.job,
                run_facets=known,
                inputs=self.inputs,
                outputs=self.outputs,
            ),
            events.run_event(
                self.end,
                at=self.ended_at,
                run_id=self.run_id,
                job=self.job,
                run_facets=known | self.end_facets,
                inputs=self.end_inputs,
                outputs=self.end_outputs,
            ),
        )


def of_invocation(artifacts: Artifacts, context: Context) -> list[Json]:
    """Return the events of an invocation and of each node that it executed, in the order of their times.

    Nothing for a command that executes nothing.
    """
    if artifacts.run_results.args.get("which", "run") not in RUNNING_COMMANDS:
        return []
    invocation = _invocation(artifacts)
    start, end = _pair(invocation, artifacts.run_results, context)
    between = [event for run in _node_runs(artifacts, invocation, context) for event in run.events()]
    between.sort(key=lambda event: event["eventTime"])
    return _without_secrets([start, *between, end], context)


def of_lost_invocation(invocation: Invocation, command: str, context: Context) -> list[Json]:
    """Return the events of an invocation that left no run results: it could not start, or was killed."""
    return _without_secrets(list(_told(invocation, {"which": command}, [], context)), context)


def _without_secrets(told: list[Json], context: Context) -> list[Json]:
    return [redaction.without(event, context.secrets) for event in told] if context.secrets else told


def _invocation(artifacts: Artifacts) -> Invocation:
    """Read when the invocation began and ended; dbt before 1.10 tells the end and how long it took."""
    results = artifacts.run_results
    metadata = results.metadata
    times = [at for r in results.results for at in _phase_times(r)]
    if metadata.generated_at:
        times.append(_aware(metadata.generated_at))
    ended = max(times, default=_NEVER)
    started = metadata.invocation_started_at
    start = _aware(started) if started else min([*times, ended - timedelta(seconds=results.elapsed_time or 0)])
    return Invocation(
        invocation_id=metadata.invocation_id or f"at {ended.isoformat()}",
        started_at=min(start, ended),
        ended_at=ended,
        dbt_version=metadata.dbt_version,
    )


def _run_id(invocation: Invocation, namespace: str, job: str, unique_id: str = "") -> str:
    return naming.run_id(invocation.started_at, namespace, job, invocation.invocation_id, unique_id)


def _pair(invocation: Invocation, results: RunResults, context: Context) -> tuple[Json, Json]:
    failed = [r.unique_id for r in results.results if outcome.event_type(r.status) == outcome.FAIL]
    return _told(invocation, results.args, failed, context)


def _told(invocation: Invocation, args: dict[str, Any], failed: list[str], context: Context) -> tuple[Json, Json]:
    """Return the START and the end of an invocation."""
    job = jobs.of_invocation(context)
    run_id = _run_id(invocation, context.namespace, job["name"])
    known: Facets = {"executionParameters": runs.parameters(args), **runs.engine(invocation.dbt_version)}
    if context.parent is not None:
        known["parent"] = context.parent.facet()
    end, why = _end(failed, context)
    ours = facets.ours("dbt", invocationId=invocation.invocation_id, exitCode=context.ending.exit_code if context.ending else None)
    ending: Facets = {runs.KEY: ours, **({"errorMessage": facets.error_message(why, "dbt")} if why else {})}
    return (
        events.run_event("START", at=invocation.started_at, run_id=run_id, job=job, run_facets=known),
        events.run_event(end, at=invocation.ended_at, run_id=run_id, job=job, run_facets=known | ending),
    )


def _end(failed: list[str], context: Context) -> tuple[str, str | None]:
    """Return how an invocation ended, and why it did so when that is no success."""
    ending = context.ending
    if ending is not None and ending.signal is not None:
        return outcome.ABORT, f"dbt was ended by {ending.signal}"
    if failed:
        return outcome.FAIL, f"{len(failed)} failed: {', '.join(failed)}"
    if ending is not None and ending.exit_code != 0:
        return outcome.FAIL, f"dbt ended with exit code {ending.exit_code}; its log tells why"
    return outcome.COMPLETE, None


def _node_runs(artifacts: Artifacts, invocation: Invocation, context: Context) -> Iterator[_Run]:
    manifest = artifacts.manifest
    datasets = Datasets(manifest, artifacts.catalog, context.dataset_namespace, context.project_dir)
    above = _as_parent(invocation, context)
    engine = runs.engine(invocation.dbt_version)
    last_end = invocation.started_at
    for result in artifacts.run_results.results:
        started, ended = _times(result, last_end)
        last_end = max(last_end, ended)
        if result.status in outcome.NOT_RUN or result.unique_id.partition(".")[0] not in KINDS:
            continue
        node = manifest.nodes.get(result.unique_id)
        test = manifest.unit_tests.get(result.unique_id)
        if node is None and test is None:
            continue
        yield _node_run(
            result,
            node,
            job=_job(result, node, test, artifacts, context),
            times=(started, ended),
            parent=above,
            engine=engine,
            datasets=datasets,
            invocation=invocation,
            context=context,
        )


def _job(result: Result, node: Node | None, test: UnitTest | None, artifacts: Artifacts, context: Context) -> Json:
    if node is not None:
        return jobs.of_node(node, result.compiled_code or node.compiled_code, artifacts.manifest, context)
    assert test is not None  # noqa: S101  one of the two is in the manifest
    return jobs.of_unit_test(test, context)


def _node_run(
    result: Result,
    node: Node | None,
    *,
    job: Json,
    times: tuple[datetime, datetime],
    parent: Json,
    engine: Facets,
    datasets: Datasets,
    invocation: Invocation,
    context: Context,
) -> _Run:
    inputs = datasets.inputs(node) if node else []
    output = datasets.output(node) if node else None
    ending = runs.end_of_node(result, node, invocation.invocation_id, context)
    if result.unique_id.partition(".")[0] in {"test", "unit_test"}:
        ending["test"] = quality.of_run(result, node)
    return _Run(
        run_id=_run_id(invocation, context.namespace, job["name"], result.unique_id),
        job=job,
        started_at=times[0],
        ended_at=times[1],
        end=outcome.event_type(result.status),
        parent=parent,
        engine=engine,
        end_facets=ending,
        inputs=inputs,
        end_inputs=_with_findings(inputs, result, node, datasets),
        outputs=[output] if output else [],
        end_outputs=[_with_counts(output, result)] if output else [],
    )


def _with_findings(inputs: list[Json], result: Result, node: Node | None, datasets: Datasets) -> list[Json]:
    """Add what a test found to the dataset that it tested."""
    if node is None or node.resource_type != "test":
        return inputs
    found = quality.of_dataset(result, node)
    tested = quality.tested(node)
    about = next((d for d in inputs if tested and datasets.is_of(d, tested)), None)
    if found is None or about is None:
        return inputs
    return [{**d, "inputFacets": {"dataQualityAssertions": found}} if d is about else d for d in inputs]


def _with_counts(output: Json, result: Result) -> Json:
    response = result.adapter_response or {}
    rows, size = response.get("rows_affected"), response.get("bytes_processed")
    known = {k: v for k, v in (("rows", rows), ("size", size)) if isinstance(v, int) and v >= 0}
    return {**output, "outputFacets": {"outputStatistics": facets.output_statistics(**known)}} if known else output


def _as_parent(invocation: Invocation, context: Context) -> Json:
    """Return the parent facet of the invocation's nodes."""
    name = names.invocation(context.project)
    run = RunName(namespace=context.namespace, name=name, run_id=_run_id(invocation, context.namespace, name))
    return Parent(run=run, root=context.parent.root if context.parent else run).facet()


def _times(result: Result, last_end: datetime) -> tuple[datetime, datetime]:
    """Return when a node began and ended; a node that was skipped did both when the one before it had ended."""
    at = _phase_times(result)
    return (min(at), max(at)) if at else (last_end, last_end)


def _phase_times(result: Result) -> list[datetime]:
    return [_aware(at) for timing in result.timing for at in (timing.started_at, timing.completed_at) if at]


def _aware(at: datetime) -> datetime:
    """Read a time without zone as UTC, which is what dbt means."""
    return at.astimezone(timezone.utc) if at.tzinfo else at.replace(tzinfo=timezone.utc)
