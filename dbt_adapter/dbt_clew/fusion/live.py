"""Telling an invocation while it runs, although its manifest is written at its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from dbt_clew import events
from dbt_clew.artifacts.shapes import Manifest, Metadata, UnitTest
from dbt_clew.fusion.telemetry import Began, Ended, NodeBegan, NodeEnded
from dbt_clew.narration.datasets import is_ephemeral
from dbt_clew.narration.narrator import Narrator

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from clew.events import Json
    from dbt_clew.artifacts.read import Artifacts
    from dbt_clew.artifacts.shapes import Node, Result
    from dbt_clew.context import Context, Ending
    from dbt_clew.fusion.telemetry import Step
    from dbt_clew.narration.invocation import Invocation


class Live:
    """Tells one invocation from steps of its telemetry.

    Until there is a manifest of this invocation, a node is known from the manifest of the one before where it has not changed since, else
    from its spans, which do not tell what it reads. At the end `settle` tells again each node of which the manifest knows more.
    """

    def __init__(self, context: Context, earlier: Manifest | None) -> None:
        self._context = context
        self._manifest = _without_code(earlier) if earlier else Manifest(metadata=Metadata(dbt_schema_version=""), nodes={}, unit_tests={})
        self._narrator: Narrator | None = None
        self._invocation: Invocation | None = None
        self._results: dict[str, Result] = {}
        self._ends: dict[str, Json] = {}
        self._ended_at: datetime | None = None

    @property
    def invocation_id(self) -> str | None:
        """The invocation that is told; None where there is nothing to tell."""
        return self._invocation.invocation_id if self._invocation else None

    def hear(self, step: Step) -> list[Json]:
        """Return the events of a step."""
        if isinstance(step, Began):
            return self._begin(step.invocation)
        if self._narrator is None:
            return []
        if isinstance(step, Ended):
            self._ended_at = step.at
            return []
        self._know(step.node)
        if isinstance(step, NodeBegan):
            return self._narrator.node_started(step.node.unique_id, step.at)
        return self._end(step, self._narrator)

    def settle(self, artifacts: Artifacts | None, at: datetime, ending: Ending) -> list[Json]:
        """Return what is left to tell when dbt has ended: what its artifacts add, ABORT of what is open, the end of the invocation.

        Args:
            artifacts: what this invocation left; None where it left none.
            at: when dbt ended, should it not have said so.
            ending: how dbt ended.
        """
        if self._narrator is None or self._invocation is None:
            return []
        added: list[Json] = []
        if artifacts is not None:
            _update(self._manifest, artifacts.manifest)
            left = [r for r in artifacts.run_results.results if r.unique_id not in self._results and not self._is_inlined(r.unique_id)]
            added = [event for result in left for event in self._narrator.node_ended(result)]
            added += self._corrected(artifacts)
        return [*added, *self._narrator.invocation_ended(self._ended_at or at, ending)]

    def _begin(self, invocation: Invocation) -> list[Json]:
        if self._narrator is not None or invocation.args.get("which") not in events.RUNNING_COMMANDS:
            return []
        self._invocation = invocation
        self._narrator = Narrator(self._manifest, None, self._context, invocation)
        return self._narrator.invocation_started()

    def _end(self, step: NodeEnded, narrator: Narrator) -> list[Json]:
        told = narrator.node_ended(step.result)
        self._results[step.result.unique_id] = step.result
        if told:
            self._ends[step.result.unique_id] = told[-1]
        return told

    def _know(self, node: Node) -> None:
        """Put a node into the manifest, unless it stands there unchanged."""
        if node.resource_type == "unit_test":
            self._manifest.unit_tests.setdefault(node.unique_id, UnitTest(unique_id=node.unique_id, name=node.name))
            return
        known = self._manifest.nodes.get(node.unique_id)
        if known is None or _identity(known) != _identity(node):
            self._manifest.nodes[node.unique_id] = node

    def _is_inlined(self, unique_id: str) -> bool:
        """Tell whether it is an ephemeral model: Fusion's run results have them as skipped, although there was nothing to run."""
        node = self._manifest.nodes.get(unique_id)
        return node is not None and is_ephemeral(node)

    def _corrected(self, artifacts: Artifacts) -> Iterable[Json]:
        """Return the end of each node again that looks different now that the manifest of this invocation is there."""
        assert self._invocation is not None  # noqa: S101  settle has looked
        narrator = Narrator(artifacts.manifest, artifacts.catalog, self._context, self._invocation)
        for unique_id, result in self._results.items():
            told = narrator.node_ended(result)
            if told and told[-1] != self._ends.get(unique_id):
                yield told[-1]


def _update(known: Manifest, by: Manifest) -> None:
    for section in known.__struct_fields__:
        if isinstance(entries := getattr(known, section), dict):
            entries.update(getattr(by, section))


def _without_code(manifest: Manifest) -> Manifest:
    """Copy a manifest that an earlier invocation left, without the SQL that it compiled."""
    nodes = {unique_id: msgspec.structs.replace(node, compiled_code=None) for unique_id, node in manifest.nodes.items()}
    return msgspec.structs.replace(manifest, nodes=nodes, unit_tests=dict(manifest.unit_tests))


def _identity(node: Node) -> tuple[str | None, ...]:
    """Return what tells a node that has changed; a test's span has no checksum, and its name has its arguments."""
    place = (node.database, node.schema, node.alias) if node.resource_type != "test" else ()
    return (*place, node.checksum.checksum)
