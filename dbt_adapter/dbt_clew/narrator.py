"""The narrator: told step by step what happens in an invocation of dbt, it gives the OpenLineage events of each step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from clew import events, facets
from dbt_clew import invocation as invocations
from dbt_clew import jobs, outcome, quality, redaction, runs
from dbt_clew.datasets import Datasets

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from clew.events import Facets, Json
    from dbt_clew.artifacts.shapes import Catalog, Manifest, Node, Result
    from dbt_clew.context import Context, Ending
    from dbt_clew.invocation import Invocation

KINDS = frozenset({"model", "seed", "snapshot", "test", "unit_test"})
"""Kinds of nodes that have runs."""


@dataclass(frozen=True, kw_only=True)
class _Run:
    """A node's run that has begun."""

    run_id: str
    started_at: datetime
    inputs: list[Json]
    outputs: list[Json]


class Narrator:
    """Tells one invocation, whatever its steps are read from: artifacts, dbt's live events, telemetry.

    Each call returns the events to send now, in their order; none where there is nothing to tell: a kind of node that has no runs,
    a node that the manifest does not have, an end that was told before. Run ids depend on the invocation's id and on names alone, so
    every way in gives the same. A call never reads what a later one tells.

        invocation_started()          START of the invocation
        node_started(unique_id, at)   START of a node's run, with its inputs and outputs
        node_ended(result)            the end of a node's run; its START, too, where that was not told
        invocation_ended(at, ending)  ABORT of every run that is still open, then the end of the invocation
    """

    def __init__(self, manifest: Manifest, catalog: Catalog | None, context: Context, invocation: Invocation) -> None:
        self._manifest = manifest
        self._context = context
        self._invocation = invocation
        self._datasets = Datasets(manifest, catalog, context.dataset_namespace, context.project_dir)
        self._known: Facets = {"parent": invocations.as_parent(invocation, context).facet(), **runs.engine(invocation.dbt_version)}
        self._open: dict[str, _Run] = {}
        self._ended: set[str] = set()
        self._failed: list[str] = []
        self._last_end = invocation.started_at

    def invocation_started(self) -> list[Json]:
        """Return the START of the invocation."""
        return self._told([invocations.started(self._invocation, self._context)])

    def node_started(self, unique_id: str, at: datetime) -> list[Json]:
        """Return the START of a node's run."""
        if unique_id in self._open or unique_id in self._ended:
            return []
        job = self._job(unique_id)
        return self._told([self._begin(unique_id, at, job)]) if job else []

    def node_ended(self, result: Result) -> list[Json]:
        """Return the end of a node's run, after its START where that was not told.

        A node that was skipped has no times: it stands at the end of the one before it.
        """
        unique_id = result.unique_id
        if unique_id in self._ended or result.status in outcome.NOT_RUN:
            return []
        self._ended.add(unique_id)
        if outcome.event_type(result.status) == outcome.FAIL:
            self._failed.append(unique_id)
        job = self._job(unique_id, result.compiled_code)
        if job is None:
            return []
        at = invocations.phase_times(result) or [self._last_end]
        begun = [] if unique_id in self._open else [self._begin(unique_id, min(at), job)]
        self._last_end = max(self._last_end, *at)
        return self._told([*begun, self._end(self._open.pop(unique_id), max(at), job, result)])

    def invocation_ended(self, at: datetime, ending: Ending | None = None) -> list[Json]:
        """Return ABORT for each run that is still open, and the end of the invocation.

        Args:
            at: when it ended.
            ending: how dbt ended; None where nobody saw it.
        """
        aborted = [self._abort(unique_id, run, at) for unique_id, run in self._open.items()]
        self._open.clear()
        return self._told([*aborted, invocations.ended(self._invocation, at, self._failed, ending, self._context)])

    def _told(self, told: list[Json]) -> list[Json]:
        secrets = self._context.secrets
        return [redaction.without(event, secrets) for event in told] if secrets else told

    def _job(self, unique_id: str, code: str | None = None) -> Json | None:
        """Return the job of a node; None where it has no runs."""
        node = self._manifest.nodes.get(unique_id)
        if node is not None:
            return jobs.of_node(node, code or node.compiled_code, self._manifest, self._context) if node.resource_type in KINDS else None
        test = self._manifest.unit_tests.get(unique_id)
        return jobs.of_unit_test(test, self._context) if test else None

    def _begin(self, unique_id: str, at: datetime, job: Json) -> Json:
        """Open a node's run; START has inputs and outputs, since an event without them takes the job's edges away in Marquez."""
        node = self._manifest.nodes.get(unique_id)
        output = self._datasets.output(node) if node else None
        run = self._open[unique_id] = _Run(
            run_id=invocations.run_id(self._invocation, self._context.namespace, job["name"], unique_id),
            started_at=at,
            inputs=self._datasets.inputs(node) if node else [],
            outputs=[output] if output else [],
        )
        return self._event("START", at, run, job)

    def _end(self, run: _Run, at: datetime, job: Json, result: Result) -> Json:
        node = self._manifest.nodes.get(result.unique_id)
        said = runs.end_of_node(result, node, self._invocation.invocation_id, self._context)
        if result.unique_id.partition(".")[0] in {"test", "unit_test"}:
            said["test"] = quality.of_run(result, node)
        return self._event(
            outcome.event_type(result.status),
            max(at, run.started_at),
            run,
            job,
            said,
            inputs=self._with_findings(run.inputs, result, node),
            outputs=[self._written(output, node, result) for output in run.outputs],
        )

    def _abort(self, unique_id: str, run: _Run, at: datetime) -> Json:
        job = self._job(unique_id)
        assert job is not None  # noqa: S101  or the run were not open
        return self._event(outcome.ABORT, max(at, run.started_at), run, job)

    def _event(
        self,
        kind: str,
        at: datetime,
        run: _Run,
        job: Json,
        said: Facets | None = None,
        *,
        inputs: Iterable[Json] | None = None,
        outputs: Iterable[Json] | None = None,
    ) -> Json:
        return events.run_event(
            kind,
            at=at,
            run_id=run.run_id,
            job=job,
            run_facets=self._known | said if said else self._known,
            inputs=run.inputs if inputs is None else list(inputs),
            outputs=run.outputs if outputs is None else list(outputs),
        )

    def _with_findings(self, inputs: list[Json], result: Result, node: Node | None) -> list[Json]:
        """Add what a test found to the dataset that it tested."""
        if node is None or node.resource_type != "test":
            return inputs
        found = quality.of_dataset(result, node)
        tested = quality.tested(node)
        about = next((d for d in inputs if tested and self._datasets.is_of(d, tested)), None)
        if found is None or about is None:
            return inputs
        return [{**d, "inputFacets": {"dataQualityAssertions": found}} if d is about else d for d in inputs]

    def _written(self, output: Json, node: Node | None, result: Result) -> Json:
        """Add to what a node writes what only its end tells: counts, and which columns it was made from."""
        if counts := _counts(result):
            output = {**output, "outputFacets": {"outputStatistics": facets.output_statistics(**counts)}}
        columns_of, code = self._context.columns_of, result.compiled_code or (node.compiled_code if node else None)
        if columns_of is None or node is None or node.resource_type not in {"model", "snapshot"} or not code:
            return output
        columns = columns_of(node, code, self._datasets)
        return {**output, "facets": {**output["facets"], "columnLineage": columns}} if columns else output


def _counts(result: Result) -> dict[str, int]:
    response = result.adapter_response or {}
    said = (("rows", response.get("rows_affected")), ("size", response.get("bytes_processed")))
    return {name: count for name, count in said if isinstance(count, int) and count >= 0}
