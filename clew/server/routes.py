"""Every route of the API on one page, in the order of `docs/backend.md`.

A handler gets a session (`read`: one moment of the store; `write`: one transaction) and the request's values, and gives a reply.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from clew.server import intake
from clew.server.answers import columns, datasets, events, jobs, lineage, namespaces, runs, search, sources, stats, tags
from clew.server.changes import datasets as dataset_changes
from clew.server.changes import jobs as job_changes
from clew.server.changes import namespaces as namespace_changes
from clew.server.changes import runs as run_changes
from clew.server.changes import sources as source_changes
from clew.server.changes import tags as tag_changes

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
_FIELD = f"{_DATASET}/fields/{{field}}"
_JOB = f"{_NAMESPACE}/jobs/{{job}}"
_RUN = "/api/v1/jobs/runs/{run}"

ROUTES = (
    Route("POST", "/api/v1/lineage", intake.event, "write"),
    Route("POST", "/api/v1/lineage/batch", intake.batch, "write"),
    Route("GET", "/api/v1/lineage", lineage.graph),
    Route("GET", "/api/v1/runlineage/upstream", lineage.upstream),
    Route("GET", "/api/v1/column-lineage", columns.graph),
    Route("GET", "/api/v1/events/lineage", events.page),
    Route("GET", "/api/v1/search", search.results),
    Route("GET", "/api/v1/stats/lineage-events", stats.lineage_events),
    Route("GET", "/api/v1/stats/jobs", stats.jobs),
    Route("GET", "/api/v1/stats/datasets", stats.datasets),
    Route("GET", "/api/v1/stats/sources", stats.sources),
    Route("GET", "/api/v1/namespaces", namespaces.page),
    Route("GET", _NAMESPACE, namespaces.one),
    Route("PUT", _NAMESPACE, namespace_changes.put, "write"),
    Route("DELETE", _NAMESPACE, namespace_changes.delete, "write"),
    Route("GET", "/api/v1/sources", sources.page),
    Route("GET", "/api/v1/sources/{source}", sources.one),
    Route("PUT", "/api/v1/sources/{source}", source_changes.put, "write"),
    Route("GET", "/api/v1/tags", tags.page),
    Route("PUT", "/api/v1/tags/{tag}", tag_changes.put, "write"),
    Route("GET", f"{_NAMESPACE}/datasets", datasets.page),
    Route("GET", _DATASET, datasets.one),
    Route("PUT", _DATASET, dataset_changes.put, "write"),
    Route("DELETE", _DATASET, dataset_changes.delete, "write"),
    Route("GET", f"{_DATASET}/versions", datasets.versions),
    Route("GET", f"{_DATASET}/versions/{{version}}", datasets.version),
    Route("POST", f"{_DATASET}/tags/{{tag}}", dataset_changes.tag, "write"),
    Route("DELETE", f"{_DATASET}/tags/{{tag}}", dataset_changes.untag, "write"),
    Route("POST", f"{_FIELD}/tags/{{tag}}", dataset_changes.tag_field, "write"),
    Route("DELETE", f"{_FIELD}/tags/{{tag}}", dataset_changes.untag_field, "write"),
    Route("GET", "/api/v1/jobs", jobs.page),
    Route("GET", f"{_NAMESPACE}/jobs", jobs.page_of_namespace),
    Route("GET", _JOB, jobs.one),
    Route("PUT", _JOB, job_changes.put, "write"),
    Route("DELETE", _JOB, job_changes.delete, "write"),
    Route("GET", f"{_JOB}/versions", jobs.versions),
    Route("GET", f"{_JOB}/versions/{{version}}", jobs.version),
    Route("POST", f"{_JOB}/tags/{{tag}}", job_changes.tag, "write"),
    Route("DELETE", f"{_JOB}/tags/{{tag}}", job_changes.untag, "write"),
    Route("GET", f"{_JOB}/runs", runs.page),
    Route("POST", f"{_JOB}/runs", run_changes.create, "write"),
    Route("GET", _RUN, runs.one),
    Route("GET", f"{_RUN}/facets", runs.facets_of),
    *(Route("POST", f"{_RUN}/{action}", run_changes.mark_as(action), "write") for action in run_changes.STATES),
)
