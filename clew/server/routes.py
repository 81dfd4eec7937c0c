"""Every route of the API on one page, in the order of `docs/backend.md`.

A handler gets a session (`read`: one moment of the store; `write`: one transaction) and the request's values, and gives a reply.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from clew.server import intake
from clew.server.answers import columns, datasets, events, jobs, lineage, namespaces, runs, search, sources, tags

if TYPE_CHECKING:
    from collections.abc import Callable

    from clew.server.calls import Reply, Request
    from clew.server.store import Session


@dataclass(frozen=True)
class Route:
    """A method and a path below the API's root; parts in braces are names that may hold anything."""

    method: str
    path: str
    handler: Callable[[Session, Request], Reply]
    access: Literal["read", "write"] = "read"


_NAMESPACE = "/api/v1/namespaces/{namespace}"
_DATASET = f"{_NAMESPACE}/datasets/{{dataset}}"
_JOB = f"{_NAMESPACE}/jobs/{{job}}"

ROUTES = (
    Route("POST", "/api/v1/lineage", intake.event, "write"),
    Route("POST", "/api/v1/lineage/batch", intake.batch, "write"),
    Route("GET", "/api/v1/lineage", lineage.graph),
    Route("GET", "/api/v1/runlineage/upstream", lineage.upstream),
    Route("GET", "/api/v1/column-lineage", columns.graph),
    Route("GET", "/api/v1/events/lineage", events.page),
    Route("GET", "/api/v1/search", search.results),
    Route("GET", "/api/v1/namespaces", namespaces.page),
    Route("GET", _NAMESPACE, namespaces.one),
    Route("GET", "/api/v1/sources", sources.page),
    Route("GET", "/api/v1/sources/{source}", sources.one),
    Route("GET", "/api/v1/tags", tags.page),
    Route("GET", f"{_NAMESPACE}/datasets", datasets.page),
    Route("GET", _DATASET, datasets.one),
    Route("GET", f"{_DATASET}/versions", datasets.versions),
    Route("GET", f"{_DATASET}/versions/{{version}}", datasets.version),
    Route("GET", "/api/v1/jobs", jobs.page),
    Route("GET", f"{_NAMESPACE}/jobs", jobs.page_of_namespace),
    Route("GET", _JOB, jobs.one),
    Route("GET", f"{_JOB}/versions", jobs.versions),
    Route("GET", f"{_JOB}/versions/{{version}}", jobs.version),
    Route("GET", f"{_JOB}/runs", runs.page),
    Route("GET", "/api/v1/jobs/runs/{run}", runs.one),
    Route("GET", "/api/v1/jobs/runs/{run}/facets", runs.facets_of),
)
