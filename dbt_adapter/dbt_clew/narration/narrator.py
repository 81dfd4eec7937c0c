"""The narrator: told step by step what happens in an invocation of dbt, it gives the OpenLineage events of each step."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003  msgspec reads the annotations
from typing import TYPE_CHECKING

import msgspec

from clew import events, facets
from clew.events import Json  # noqa: TC001  the same
from dbt_clew.narration import invocation as invocations
from dbt_clew.narration import outcome, quality, runs, tables
from dbt_clew.narration.datasets import TABLES, Datasets, is_ephemeral
from dbt_clew.narration.jobs import Jobs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clew.events import Facets
    from dbt_clew.artifacts.shapes import Catalog, Manifest, Node, Result
    from dbt_clew.context import Context, Ending
    from dbt_clew.narration.invocation import Invocation, Span

KINDS = frozenset({"model", "seed", "snapshot", "test", "unit_test", "source", "function", "saved_query"})
"""Kinds of nodes that have runs: of a source its freshness check, of a saved query its exports."""

_TESTS = frozenset({"test", "unit_test"})


class _Run(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A node's run that has begun."""

    run_id: str
    job: Json
    code: str | None = None
    started_at: datetime
    inputs: list[Json]
    outputs: list[Json]


class Narrator:
    """Tells one invocation, whatever its steps are read from: artifacts, dbt's live events, telemetry.

    Each call returns the events to send now, in their order; none where there is nothing to tell: a kind of node that has no runs,
    a node that the manifest does not have, an end that was told before. Run ids depend on the invocation's id and on names alone, so
    every way in gives the same. A call never reads what a later one tells.

        invocation_started()          START of the invocation
        node_started(unique_id, at)   START of a node's run, with its inputs and outputs; the same as its end tells where its code is known
        node_ended(result)            the end of a node's run; its START, too, where that was not told; runs of a microbatch model's batches
        invocation_ended(at, ending)  ABORT of every run that is still open, what exposures and saved queries read, then the end of the invocation
    """

    def __init__(self, manifest: Manifest, catalog: Catalog | None, context: Context, invocation: Invocation) -> None:
        recent = catalog if catalog and tables.is_recent(catalog, invocation.started_at) else None
        self._manifest = manifest
        self._context = context
        self._invocation = invocation
        self._redaction = context.redaction.knowing(invocation.args.get("vars"), invocation.args.get("args"))
        self._jobs = Jobs(manifest, context)
        self._datasets = Datasets(manifest, recent, context.tables, context.project_dir, defers=bool(invocation.args.get("defer")))
        self._above: Facets = {"parent": invocations.as_parent(invocation, context).facet(), **runs.engine(invocation.dbt_version)}
        self._open: dict[str, _Run] = {}
        self._ended: set[str] = set()
        self._failed: list[str] = []
        self._hooks: list[Json] = []
        self._assertions: dict[str, list[Json]] = {}
        self._last_end = invocation.started_at

    def invocation_started(self) -> list[Json]:
        """Return the START of the invocation."""
        return self._told([invocations.started(self._invocation, self._context)])

    def node_started(self, unique_id: str, at: datetime, code: str | None = None) -> list[Json]:
        """Return the START of a node's run.

        Args:
            unique_id: the node.
            at: when it began.
            code: what dbt compiled, where that is known by now.
        """
        if unique_id in self._open or unique_id in self._ended or unique_id in self._manifest.saved_queries:
            return []  # whether dbt exports a saved query only its end tells
        job = self._job(unique_id, code)
        return self._told([self._begin(unique_id, at, job, code)]) if job else []

    def node_ended(self, result: Result, span: Span | None = None) -> list[Json]:
        """Return the end of a node's run, after its START where that was not told.

        Args:
            result: what became of the node.
            span: when it began and ended; None: as its phases and what was told before it say.
        """
        unique_id = result.unique_id
        if unique_id in self._ended or not outcome.has_run(unique_id, result.status):
            return []
        self._ended.add(unique_id)
        if outcome.event_type(result.status) == outcome.FAIL:
            self._failed.append(unique_id)
        if unique_id.startswith(("operation.", "macro.")):
            self._hooks.append(runs.of_hook(result, self._manifest.nodes.get(unique_id)))
        begun_before = self._open.get(unique_id)
        job = begun_before.job if begun_before and begun_before.code == result.compiled_code else self._job(unique_id, result.compiled_code)
        if job is None:
            return []
        began, ended = span or invocations.span(result, self._last_end)
        begun = [] if begun_before else [self._begin(unique_id, began, job, result.compiled_code)]
        self._last_end = max(self._last_end, ended)
        run = self._open.pop(unique_id)
        ended_at = max(ended, run.started_at)
        return self._told([*begun, *self._batches(run, ended_at, result), self._end(run, ended_at, job, result)])

    def invocation_ended(self, at: datetime, ending: Ending | None = None) -> list[Json]:
        """Return ABORT for each run that is still open, what is read outside of dbt of what it made, and the end of the invocation.

        Args:
            at: when it ended.
            ending: how dbt ended; None where nobody saw it.
        """
        aborted = [self._event(outcome.ABORT, max(at, run.started_at), run) for run in self._open.values()]
        self._open.clear()
        end = invocations.ended(self._invocation, self._context, at=at, failed=self._failed, hooks=self._hooks, ending=ending)
        return self._told([*aborted, *self._readers(at), end])

    def _told(self, told: list[Json]) -> list[Json]:
        return [self._redaction.event(event) for event in told]

    # --- Jobs and runs ------------------------------------------------------------------------------------------------------

    def _job(self, unique_id: str, code: str | None = None) -> Json | None:
        """Return the job of a node; None where it has no runs."""
        manifest = self._manifest
        node = manifest.nodes.get(unique_id) or manifest.functions.get(unique_id)
        if node is not None:
            has_runs = node.resource_type in KINDS and not is_ephemeral(node)
            return self._jobs.of_node(node, code or node.compiled_code) if has_runs else None
        if unique_id in manifest.sources:
            return self._jobs.of_freshness(manifest.sources[unique_id])
        if unique_id in manifest.unit_tests:
            return self._jobs.of_unit_test(manifest.unit_tests[unique_id])
        if unique_id in manifest.saved_queries:
            return self._jobs.of_saved_query(manifest.saved_queries[unique_id])
        return None

    def _begin(self, unique_id: str, at: datetime, job: Json, code: str | None = None) -> Json:
        """Open a node's run; START has inputs and outputs, since an event without them takes the job's edges away in Marquez."""
        run = self._open[unique_id] = _Run(
            run_id=self._run_id(job, unique_id),
            job=job,
            code=code,
            started_at=at,
            inputs=self._inputs(unique_id, code),
            outputs=self._outputs(unique_id, code),
        )
        return self._event("START", at, run)

    def _end(self, run: _Run, at: datetime, job: Json, result: Result) -> Json:
        unique_id, code = result.unique_id, result.compiled_code
        node = self._manifest.nodes.get(unique_id)
        said = runs.end_of_node(result, node, self._invocation.invocation_id, self._context)
        if unique_id.partition(".")[0] in _TESTS:
            said["test"] = quality.of_run(result, node)
        if job is not run.job:  # START was told without what is known of the code now
            run = _Run(
                run_id=run.run_id,
                job=job,
                started_at=run.started_at,
                inputs=self._inputs(unique_id, code),
                outputs=self._outputs(unique_id, code),
            )
        return self._event(
            outcome.event_type(result.status),
            at,
            run,
            said,
            inputs=self._with_findings(run.inputs, result, node),
            outputs=[_with_count(output, runs.rows(result, node)) for output in run.outputs],
        )

    def _batches(self, run: _Run, at: datetime, result: Result) -> Iterator[Json]:
        """Give the runs of a microbatch model's batches; dbt tells of each its window and whether it succeeded, not when it ran."""
        if result.batch_results is None:
            return
        job = self._jobs.of_batches(run.job)
        above = invocations.as_parent(self._invocation, self._context)
        known = self._above | {"parent": facets.parent(run.job["namespace"], run.job["name"], run.run_id, above.root.as_root())}
        for kind, windows in ((outcome.COMPLETE, result.batch_results.successful), (outcome.FAIL, result.batch_results.failed)):
            for start, end in windows:
                window = [invocations.aware(moment).isoformat() for moment in (start, end)]
                batch = _Run(
                    run_id=self._run_id(job, result.unique_id, window[0]), job=job, started_at=run.started_at, inputs=[], outputs=[]
                )
                said: Facets = {**known, "nominalTime": facets.nominal_time(*window)}
                failed: Facets = {"errorMessage": facets.error_message(f"dbt: batch {window[0]} failed", "SQL")}
                yield self._event("START", run.started_at, batch, said)
                yield self._event(kind, at, batch, said | failed if kind == outcome.FAIL else said)

    def _readers(self, at: datetime) -> Iterator[Json]:
        """Give what exposures and saved queries read, of those that read something which this invocation executed; they have no runs."""
        manifest, told = self._manifest, self._ended
        for exposure in manifest.exposures.values():
            read = self._datasets.upstream(exposure.depends_on.nodes)
            if not told.isdisjoint(read):
                yield events.job_event(at=at, job=self._jobs.of_exposure(exposure), inputs=[self._datasets.of(u) for u in read])
        for query in manifest.saved_queries.values():
            read = self._datasets.upstream(query.depends_on.nodes)
            if query.unique_id not in told and not told.isdisjoint(read):
                yield events.job_event(at=at, job=self._jobs.of_saved_query(query), inputs=[self._datasets.of(u) for u in read])

    def _run_id(self, job: Json, *more: str) -> str:
        return invocations.run_id(self._invocation, job["namespace"], job["name"], *more)

    def _event(
        self,
        kind: str,
        at: datetime,
        run: _Run,
        said: Facets | None = None,
        *,
        inputs: list[Json] | None = None,
        outputs: list[Json] | None = None,
    ) -> Json:
        return events.run_event(
            kind,
            at=at,
            run_id=run.run_id,
            job=run.job,
            run_facets=self._above | said if said else self._above,
            inputs=run.inputs if inputs is None else inputs,
            outputs=run.outputs if outputs is None else outputs,
        )

    # --- What a node reads and writes ---------------------------------------------------------------------------------------

    def _inputs(self, unique_id: str, code: str | None) -> list[Json]:
        manifest = self._manifest
        node = manifest.nodes.get(unique_id)
        if node is not None:
            if self._invocation.args.get("which") == "clone":
                return self._datasets.cloned(node)
            return self._datasets.inputs(node, code or node.compiled_code, self._ended)
        if unique_id in manifest.sources:
            return [self._datasets.of(unique_id)]
        query = manifest.saved_queries.get(unique_id)
        return [self._datasets.of(u) for u in self._datasets.upstream(query.depends_on.nodes)] if query else []

    def _outputs(self, unique_id: str, code: str | None) -> list[Json]:
        node = self._manifest.nodes.get(unique_id)
        if node is None:
            query = self._manifest.saved_queries.get(unique_id)
            return self._datasets.exports(query) if query else []
        output = self._datasets.output(node)
        if output is None:
            return []
        columns_of = self._context.columns_of
        told = columns_of(node, code or node.compiled_code, self._datasets) if columns_of and node.resource_type in TABLES else {}
        if schema := told.get("schema"):
            output = self._datasets.has_columns(unique_id, schema)
        return [{**output, "facets": {**output["facets"], **told}}] if told else [output]

    def _with_findings(self, inputs: list[Json], result: Result, node: Node | None) -> list[Json]:
        """Add what a test found to the dataset that it tested, and what a freshness check found to the source."""
        if node is None:
            source = self._manifest.sources.get(result.unique_id)
            found = quality.of_freshness(result, source) if source else {}
            return [{**d, "inputFacets": found} for d in inputs] if found else inputs
        if node.resource_type != "test":
            return inputs
        assertion = quality.of_dataset(result, node)
        tested = quality.tested(node)
        about = next((d for d in inputs if tested and self._datasets.is_of(d, tested)), None)
        if assertion is None or tested is None or about is None:
            return inputs
        # The facet that comes last stands for the dataset: it says what every test of it has found, or a test that passed would hide one that failed.
        assertions = self._assertions.setdefault(tested, [])
        assertions.append(assertion)
        found = {"dataQualityAssertions": facets.data_quality_assertions(list(assertions))}
        return [{**d, "inputFacets": found} if d is about else d for d in inputs]


def _with_count(output: Json, rows: int | None) -> Json:
    return output if rows is None else {**output, "outputFacets": {"outputStatistics": facets.output_statistics(rows=rows)}}
