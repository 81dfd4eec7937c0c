"""Every route of the API on one page, in the order of `docs/backend.md`.

A handler gets a session (`read`: one moment of the store; `write`: one transaction) or the store itself (`portions`: a transaction
for each of them) and the request's values, and gives a reply.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from clew.server import intake, openapi
from clew.server import parameters as given
from clew.server.answers import columns, datasets, events, jobs, lineage, namespaces, runs, search, sources, stats, tags
from clew.server.calls import Reply, Request
from clew.server.changes import bodies
from clew.server.changes import datasets as dataset_changes
from clew.server.changes import jobs as job_changes
from clew.server.changes import namespaces as namespace_changes
from clew.server.changes import runs as run_changes
from clew.server.changes import sources as source_changes
from clew.server.changes import tags as tag_changes
from clew.server.openapi import shapes

if TYPE_CHECKING:
    from collections.abc import Callable

    from clew.server.store import Session


@dataclass(frozen=True)
class Route:
    """A method and a path below the API's root; parts in braces are names that may hold anything.

    Attributes:
        gives: the shape of the answer; None where it has no body.
        takes: the shape of the body.
        query: the parameters of the query.
        status: of the answer when all is well.
    """

    method: str
    path: str
    handler: Callable[[Any, Request], Reply]
    access: Literal["read", "write", "portions"] = "read"
    gives: Any = None
    takes: Any = None
    query: tuple[given.Parameter, ...] = ()
    status: int = 200


_NAMESPACE = "/api/v1/namespaces/{namespace}"
_DATASET = f"{_NAMESPACE}/datasets/{{dataset}}"
_FIELD = f"{_DATASET}/fields/{{field}}"
_JOB = f"{_NAMESPACE}/jobs/{{job}}"
_RUN = "/api/v1/jobs/runs/{run}"


def _described(_: Session, __: Request) -> Reply:
    """Answer this page as an OpenAPI document."""
    return Reply(value=openapi.document(ROUTES))


ROUTES = (
    Route("POST", "/api/v1/lineage", intake.event, "write", takes=shapes.Event, status=201),
    Route("POST", "/api/v1/lineage/batch", intake.batch, "portions", shapes.Outcomes, takes=list[shapes.Event]),
    Route("GET", "/api/v1/lineage", lineage.graph, gives=shapes.Graph, query=(given.NODE, given.DEPTH)),
    Route("GET", "/api/v1/runlineage/upstream", lineage.upstream, gives=shapes.UpstreamRuns, query=(given.RUN, given.DEPTH)),
    Route("GET", "/api/v1/column-lineage", columns.graph, gives=shapes.Graph, query=(given.NODE, given.DEPTH, given.WITH_DOWNSTREAM)),
    Route(
        "GET", "/api/v1/events/lineage", events.page, gives=shapes.Events, query=(given.BEFORE, given.AFTER, given.DIRECTION, *given.PAGE)
    ),
    Route("GET", "/api/v1/events", events.page, gives=shapes.Events, query=(given.BEFORE, given.AFTER, given.DIRECTION, *given.PAGE)),
    Route("GET", "/api/v1/search", search.results, gives=shapes.SearchResults, query=given.SEARCH),
    Route("GET", "/api/v2beta/search/jobs", search.jobs, gives=shapes.Hits, query=(given.WORDS,)),
    Route("GET", "/api/v2beta/search/datasets", search.datasets, gives=shapes.Hits, query=(given.WORDS,)),
    Route("GET", "/api/v1/stats/lineage-events", stats.lineage_events, gives=list[shapes.EventCounts], query=given.PERIOD),
    Route("GET", "/api/v1/stats/jobs", stats.jobs, gives=list[shapes.Count], query=given.PERIOD),
    Route("GET", "/api/v1/stats/datasets", stats.datasets, gives=list[shapes.Count], query=given.PERIOD),
    Route("GET", "/api/v1/stats/sources", stats.sources, gives=list[shapes.Count], query=given.PERIOD),
    Route("GET", "/api/v1/namespaces", namespaces.page, gives=shapes.Namespaces, query=given.PAGE),
    Route("GET", _NAMESPACE, namespaces.one, gives=shapes.Namespace),
    Route("PUT", _NAMESPACE, namespace_changes.put, "write", shapes.Namespace, takes=bodies.Namespace),
    Route("DELETE", _NAMESPACE, namespace_changes.delete, "write", shapes.Namespace),
    Route("GET", "/api/v1/sources", sources.page, gives=shapes.Sources, query=given.PAGE),
    Route("GET", "/api/v1/sources/{source}", sources.one, gives=shapes.Source),
    Route("PUT", "/api/v1/sources/{source}", source_changes.put, "write", shapes.Source, takes=bodies.Source),
    Route("GET", "/api/v1/tags", tags.page, gives=shapes.Tags, query=given.PAGE),
    Route("PUT", "/api/v1/tags/{tag}", tag_changes.put, "write", shapes.Tag, takes=bodies.Tag),
    Route("GET", f"{_NAMESPACE}/datasets", datasets.page, gives=shapes.Datasets, query=given.PAGE),
    Route("GET", _DATASET, datasets.one, gives=shapes.Dataset),
    Route("PUT", _DATASET, dataset_changes.put, "write", shapes.Dataset, takes=bodies.Dataset),
    Route("DELETE", _DATASET, dataset_changes.delete, "write", shapes.Dataset),
    Route("GET", f"{_DATASET}/versions", datasets.versions, gives=shapes.DatasetVersions, query=given.PAGE),
    Route("GET", f"{_DATASET}/versions/{{version}}", datasets.version, gives=shapes.DatasetVersion),
    Route("POST", f"{_DATASET}/tags/{{tag}}", dataset_changes.tag, "write", shapes.Dataset),
    Route("DELETE", f"{_DATASET}/tags/{{tag}}", dataset_changes.untag, "write", shapes.Dataset),
    Route("POST", f"{_FIELD}/tags/{{tag}}", dataset_changes.tag_field, "write", shapes.Dataset),
    Route("DELETE", f"{_FIELD}/tags/{{tag}}", dataset_changes.untag_field, "write", shapes.Dataset),
    Route("GET", "/api/v1/jobs", jobs.page, gives=shapes.Jobs, query=(given.STATES, *given.PAGE)),
    Route("GET", f"{_NAMESPACE}/jobs", jobs.page_of_namespace, gives=shapes.Jobs, query=(given.STATES, *given.PAGE)),
    Route("GET", _JOB, jobs.one, gives=shapes.Job),
    Route("PUT", _JOB, job_changes.put, "write", shapes.Job, takes=bodies.Job),
    Route("DELETE", _JOB, job_changes.delete, "write", shapes.Job),
    Route("GET", f"{_JOB}/versions", jobs.versions, gives=shapes.JobVersions, query=given.PAGE),
    Route("GET", f"{_JOB}/versions/{{version}}", jobs.version, gives=shapes.JobVersion),
    Route("POST", f"{_JOB}/tags/{{tag}}", job_changes.tag, "write", shapes.Job),
    Route("DELETE", f"{_JOB}/tags/{{tag}}", job_changes.untag, "write", shapes.Job),
    Route("GET", f"{_JOB}/runs", runs.page, gives=shapes.Runs, query=given.PAGE),
    Route("POST", f"{_JOB}/runs", run_changes.create, "write", shapes.Run, takes=bodies.Run, status=201),
    Route("GET", _RUN, runs.one, gives=shapes.Run),
    Route("GET", f"{_RUN}/facets", runs.facets_of, gives=shapes.RunFacets | None, query=(given.FACETS_OF,)),
    Route("GET", "/api/v1/openapi.json", _described, gives=dict[str, Any]),
    *(
        Route("POST", f"{_RUN}/{action}", run_changes.mark_as(action), "write", shapes.Run, query=(given.AT,))
        for action in run_changes.STATES
    ),
)
