"""A line of the telemetry file: the kinds that we read, and the fields that we use of them.

Fusion writes one JSON object a line: the start and the end of each span, and log records. Numbers of 64 bits are strings. Source: files
that dbt 2.0.0rc196 wrote.
"""

from __future__ import annotations

import logging
import re
from typing import Any

import msgspec

from dbt_clew.artifacts.shapes import Shape

log = logging.getLogger("clew")

_KNOWN_VERSION = 1
_EVENT_TYPE = re.compile(r"v(?P<version>\d+)\.(?:public\.)?events\.fusion\.\w+\.(?P<kind>\w+)")

INVOCATION, NODE, PHASE_OF_NODE, CODE, LOG = "Invocation", "NodeProcessed", "NodeEvaluated", "CompiledCode", "LogMessage"
_WORTH_READING = tuple(f".{kind}".encode() for kind in (INVOCATION, NODE, PHASE_OF_NODE, CODE, LOG))


class Line(Shape, frozen=True):
    """The start of a span, its end, or a log record."""

    record_type: str
    event_type: str
    start_time_unix_nano: str | None = None
    end_time_unix_nano: str | None = None
    severity_number: int = 0
    body: str = ""
    attributes: msgspec.Raw = msgspec.Raw(b"{}")

    @property
    def begins(self) -> bool:
        """Tell whether it is the start of a span."""
        return self.record_type == "SpanStart"

    @property
    def ends(self) -> bool:
        """Tell whether it is the end of a span."""
        return self.record_type == "SpanEnd"


class Process(Shape, frozen=True):
    """Which dbt it is."""

    version: str = ""


class Invocation(Shape, frozen=True):
    """An invocation, and what was asked of it."""

    invocation_id: str
    eval_args: dict[str, Any] = msgspec.field(default_factory=dict)
    process_info: Process = Process()


class TestDetail(Shape, frozen=True):
    """What a test found."""

    test_outcome: str | None = None
    failing_rows: int | None = None
    diff_table: str | None = None


class Upstream(Shape, frozen=True):
    """Why a node was skipped."""

    upstream_unique_id: str | None = None


class Node(Shape, frozen=True):
    """A node, and at the end of a span what became of it."""

    unique_id: str
    node_type: str = ""
    name: str = ""
    database: str | None = None
    schema: str | None = None
    identifier: str | None = None
    relative_path: str = ""
    node_checksum: str | None = None
    group: str | None = None
    materialization: str = ""
    phase: str = ""
    node_outcome: str = ""
    node_skip_reason: str = ""
    node_skip_upstream_detail: Upstream = Upstream()
    node_test_detail: TestDetail = TestDetail()
    rows_affected: str | None = None


class Code(Shape, frozen=True):
    """A node's SQL, compiled."""

    unique_id: str
    sql: str


class About(Shape, frozen=True):
    """The node that a log record is about."""

    unique_id: str | None = None


def read(line: bytes) -> tuple[str, Line] | None:
    """Read a line and return its kind; None for one that tells us nothing.

    A line that is no telemetry, cut off by the end of dbt for one, is nothing either.
    """
    if not any(kind in line for kind in _WORTH_READING):
        return None
    try:
        found = msgspec.json.decode(line, type=Line)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    match = _EVENT_TYPE.fullmatch(found.event_type)
    if match is None:
        return None
    if int(match["version"]) > _KNOWN_VERSION:
        log.warning("dbt's telemetry is newer (%s) than this Clew knows; is there a newer Clew?", found.event_type)
    return match["kind"], found
