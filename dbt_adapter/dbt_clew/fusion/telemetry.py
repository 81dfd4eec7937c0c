"""From lines of telemetry to what happened, in the words of dbt's artifacts: `Node` and `Result`."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from dbt_clew.artifacts.shapes import Checksum, Config, Node, Result, Timing
from dbt_clew.fusion import spans
from dbt_clew.narration.invocation import Invocation

if TYPE_CHECKING:
    from dbt_clew.fusion.spans import Line

T = TypeVar("T")

log = logging.getLogger("clew")

_ERROR = 17
"""Severity of errors in OpenTelemetry's log data model."""
_STACK = re.compile(r"\n\s+0: ")
"""Where Fusion's own stack trace begins in the text of an error."""
_PHASES = {"EXECUTION_PHASE_RENDER": "compile", "EXECUTION_PHASE_RUN": "execute"}
_TESTS = {"TEST_OUTCOME_FAILED": "fail", "TEST_OUTCOME_WARNED": "warn"}
_NOT_RUN = {"NO_OP", "CACHED", "PHASE_DISABLED", "PHASE_SKIPPED"}
"""Reasons for which nothing was executed and nothing went wrong."""


@dataclass(frozen=True, kw_only=True)
class Began:
    """An invocation began."""

    invocation: Invocation


@dataclass(frozen=True, kw_only=True)
class NodeBegan:
    """A node's execution began."""

    node: Node
    at: datetime


@dataclass(frozen=True, kw_only=True)
class NodeEnded:
    """A node's execution is over, or there was none."""

    node: Node
    result: Result


@dataclass(frozen=True, kw_only=True)
class Ended:
    """The invocation is over."""

    at: datetime


Step = Began | NodeBegan | NodeEnded | Ended


class Telemetry:
    """What the lines of one file tell, one after the other; errors and code come before the end of the node that they are about."""

    def __init__(self) -> None:
        self.error: str | None = None
        """The first error that is about no node: why an invocation failed that executed none."""
        self._code: dict[str, str] = {}
        self._errors: dict[str, str] = {}
        self._timing: dict[str, list[Timing]] = {}

    def read(self, line: bytes) -> Step | None:
        """Return what a line tells, None where it is nothing of its own."""
        found = spans.read(line)
        if found is None:
            return None
        kind, span = found
        try:
            if kind == spans.INVOCATION:
                return self._invocation(span)
            if kind == spans.NODE:
                return self._node_ended(span) if span.ends else None
            if kind == spans.PHASE_OF_NODE:
                return self._phase(span)
            self._remember(kind, span)
        except msgspec.ValidationError as error:
            log.warning("a line of dbt's telemetry is passed over (%s): %s", span.event_type, error)
        return None

    def _invocation(self, span: Line) -> Step | None:
        if span.ends:
            return Ended(at=_time(span.end_time_unix_nano))
        said = _attributes(span, spans.Invocation)
        return Began(
            invocation=Invocation(
                invocation_id=said.invocation_id,
                started_at=_time(span.start_time_unix_nano),
                dbt_version=said.process_info.version,
                args=_arguments(said.eval_args),
            )
        )

    def _phase(self, span: Line) -> Step | None:
        said = _attributes(span, spans.Node)
        phase = _PHASES.get(said.phase)
        if phase is None:
            return None
        started = _time(span.start_time_unix_nano)
        if span.ends:
            timing = Timing(name=phase, started_at=started, completed_at=_time(span.end_time_unix_nano))
            self._timing.setdefault(said.unique_id, []).append(timing)
        elif phase == "execute" and _is_told(said):
            return NodeBegan(node=_node(said), at=started)
        return None

    def _node_ended(self, span: Line) -> Step | None:
        said = _attributes(span, spans.Node)
        timing = self._timing.pop(said.unique_id, [])
        code, error = self._code.pop(said.unique_id, None), self._errors.pop(said.unique_id, None)
        if not _is_told(said):
            return None
        started, ended = _time(span.start_time_unix_nano), _time(span.end_time_unix_nano)
        executed = any(phase.name == "execute" for phase in timing)
        result = Result(
            unique_id=said.unique_id,
            status=_status(said),
            timing=(*timing, *(() if executed else (Timing(name="execute", started_at=ended, completed_at=ended),))),
            execution_time=(ended - started).total_seconds(),
            adapter_response=_response(said),
            message=error or _message(said),
            failures=said.node_test_detail.failing_rows,
            compiled_code=code,
        )
        return NodeEnded(node=_node(said), result=result)

    def _remember(self, kind: str, span: Line) -> None:
        if kind == spans.CODE:
            code = _attributes(span, spans.Code)
            self._code[code.unique_id] = code.sql
        elif span.severity_number >= _ERROR:
            about, text = _attributes(span, spans.About).unique_id, _STACK.split(span.body, maxsplit=1)[0].strip()
            if about:
                self._errors.setdefault(about, text)
            elif self.error is None:
                self.error = text


def _attributes(span: Line, shape: type[T]) -> T:
    return msgspec.json.decode(span.attributes, type=shape)


def _time(nanoseconds: str | None) -> datetime:
    return datetime.fromtimestamp(int(nanoseconds or 0) / 1e9, timezone.utc)


def _arguments(said: dict[str, Any]) -> dict[str, Any]:
    """Return an invocation's arguments by the names that dbt's run results have for them."""
    args = {"which": said.get("command"), **{name: value for name, value in said.items() if name not in {"command", "vars", "num_threads"}}}
    if (threads := said.get("num_threads")) is not None:
        args["threads"] = int(threads) if str(threads).isdigit() else threads
    try:
        args["vars"] = msgspec.json.decode(said.get("vars") or "{}")
    except (msgspec.MsgspecError, TypeError):
        args["vars"] = {}
    return args


def _word(of: str, prefix: str) -> str:
    return of.removeprefix(prefix).lower()


def _is_told(said: spans.Node) -> bool:
    """Tell whether spans tell all of a node's run. Ephemeral models have none; checks of sources say more in their artifact."""
    return said.node_type in _TOLD and said.materialization != "NODE_MATERIALIZATION_EPHEMERAL"


def _node(said: spans.Node) -> Node:
    """Return as much of a manifest's node as a span tells."""
    return Node(
        unique_id=said.unique_id,
        resource_type=_word(said.node_type, "NODE_TYPE_"),
        name=said.name,
        package_name=said.unique_id.split(".")[1] if said.unique_id.count(".") > 1 else "",
        database=said.database,
        schema=said.schema,
        alias=said.identifier,
        group=said.group,
        config=Config(materialized=_word(said.materialization, "NODE_MATERIALIZATION_") or None),
        checksum=Checksum(name="sha256", checksum=said.node_checksum) if said.node_checksum else Checksum(),
    )


def _status(said: spans.Node) -> str:
    outcome = said.node_outcome.removeprefix("NODE_OUTCOME_")
    if outcome == "SUCCESS":
        is_test = said.node_type in {"NODE_TYPE_TEST", "NODE_TYPE_UNIT_TEST"}
        return _TESTS.get(said.node_test_detail.test_outcome or "", "pass") if is_test else "success"
    if outcome == "SKIPPED":
        return "no-op" if said.node_skip_reason.removeprefix("NODE_SKIP_REASON_") in _NOT_RUN else "skipped"
    return outcome.lower()


def _message(said: spans.Node) -> str | None:
    if said.node_test_detail.diff_table:
        return said.node_test_detail.diff_table
    if upstream := said.node_skip_upstream_detail.upstream_unique_id:
        return f"Skipped because of {upstream}"
    return None


def _response(said: spans.Node) -> dict[str, Any]:
    """Return the adapter's count of rows; 0 is what Fusion also says where the adapter does not tell (DuckDB's tables)."""
    rows = said.rows_affected or ""
    return {"rows_affected": int(rows)} if rows.isdigit() and int(rows) and said.node_type in _COUNTED else {}


_TOLD = {"NODE_TYPE_MODEL", "NODE_TYPE_SEED", "NODE_TYPE_SNAPSHOT", "NODE_TYPE_TEST", "NODE_TYPE_UNIT_TEST"}
_COUNTED = {"NODE_TYPE_MODEL", "NODE_TYPE_SEED", "NODE_TYPE_SNAPSHOT"}
