"""The parameters of queries: each once, with its default and its meaning."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """A parameter of a query."""

    name: str
    about: str
    kind: dict[str, Any] = field(default_factory=lambda: {"type": "string"})
    needed: bool = False

    def described(self) -> dict[str, Any]:
        """Return it as OpenAPI describes it."""
        return {"name": self.name, "in": "query", "required": self.needed, "description": self.about, "schema": self.kind}


def _count(default: int) -> dict[str, Any]:
    return {"type": "integer", "minimum": 0, "default": default}


def _one_of(*values: str) -> dict[str, Any]:
    return {"type": "string", "enum": list(values)}


_TIME, _DAY = {"type": "string", "format": "date-time"}, {"type": "string", "format": "date"}
_STATES = ("NEW", "RUNNING", "COMPLETED", "FAILED", "ABORTED")

LIMIT = Parameter(name="limit", about="How many at most.", kind=_count(100))
OFFSET = Parameter(name="offset", about="How many to leave out first.", kind=_count(0))
PAGE = (LIMIT, OFFSET)

NODE = Parameter(
    name="nodeId",
    about="job:NAMESPACE:NAME, dataset:NAMESPACE:NAME or datasetField:NAMESPACE:DATASET:FIELD; in column lineage `#VERSION` may follow.",
    needed=True,
)
DEPTH = Parameter(name="depth", about="How many steps from there.", kind={"type": "integer", "default": 20})
WITH_DOWNSTREAM = Parameter(name="withDownstream", about="Also what was made of it.", kind={"type": "boolean", "default": False})
RUN = Parameter(name="runId", about="The id of a run.", needed=True)
STATES = Parameter(
    name="lastRunStates",
    about="Only jobs whose latest run is in one of these states, or is none.",
    kind={"type": "array", "items": _one_of(*_STATES)},
)
FACETS_OF = Parameter(name="type", about="Whose facets.", kind=_one_of("run", "job", "dataset"), needed=True)
AT = Parameter(name="at", about="When that was; now, unless told otherwise.", kind=_TIME)
BEFORE = Parameter(name="before", about="Only events before this time.", kind=_TIME | {"default": "2030-01-01T00:00:00+00:00"})
AFTER = Parameter(name="after", about="Only events from this time on.", kind=_TIME | {"default": "1970-01-01T00:00:00+00:00"})
DIRECTION = Parameter(name="sortDirection", about="The newest first, or the oldest.", kind=_one_of("desc", "asc"))
WORDS = Parameter(name="q", about="A part of a name, whatever the case.", kind={"type": "string", "minLength": 1}, needed=True)
SEARCH = (
    WORDS,
    Parameter(name="filter", about="Only these.", kind=_one_of("JOB", "DATASET")),
    Parameter(name="sort", about="By what.", kind=_one_of("NAME", "UPDATE_AT")),
    Parameter(name="limit", about="How many at most.", kind=_count(10)),
    Parameter(name="namespace", about="Only of this namespace."),
    Parameter(name="before", about="Only what changed before this day.", kind=_DAY),
    Parameter(name="after", about="Only what changed after this day.", kind=_DAY),
)
PERIOD = (
    Parameter(name="period", about="The hours of the last day, or the days of the last week.", kind=_one_of("DAY", "WEEK"), needed=True),
    Parameter(name="timezone", about="Where days begin, such as Europe/Berlin."),
)
