"""One function per page: read, and show. What is read and how it is understood stands in `clew.answers`."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from clew.answers import datasets as dataset_answers
from clew.answers import graph as graph_answers
from clew.answers import jobs as job_answers
from clew.answers import namespaces as namespace_answers
from clew.answers import runs as run_answers
from clew.answers.runs import Ref, State
from clew.errors import BackendError
from clew.pages import formatting
from clew.pages.rendering import data, links_of, page

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from starlette.requests import Request
    from starlette.responses import Response

    from clew.answers.graph import Graph, Node
    from clew.marquez import Marquez
    from clew.pages.links import Links

log = logging.getLogger("clew")

DEPTH = 4
"""How many jobs the graph goes in each direction unless asked otherwise."""


class NotThere(Exception):
    """What was asked for does not exist; the text says what."""


def answering(view: Callable[[Request, Marquez], Response], marquez: Marquez) -> Callable[[Request], Response]:
    """Make a route's function of a view; what goes wrong becomes a page that says what to do next."""

    def answer(request: Request) -> Response:
        try:
            return view(request, marquez)
        except NotThere as missing:
            return page(request, "missing.html", 404, what=str(missing))
        except BackendError as error:
            log.warning("the backend did not answer %s: %s", request.url.path, error)
            return page(request, "trouble.html", 502, error=str(error))

    return answer


def jobs(request: Request, marquez: Marquez) -> Response:
    """Show the jobs with their last runs."""
    asked = job_answers.Asked(
        namespace=request.query_params.get("namespace") or None,
        state=run_answers.state(request.query_params.get("state")),
        text=request.query_params.get("q", "").strip() or None,
        offset=_whole(request, "offset"),
    )
    found = job_answers.read_jobs(marquez, asked)
    everything = asked == job_answers.Asked()
    if everything and not found.jobs:
        return page(request, "welcome.html", url=str(request.base_url).rstrip("/"))
    return page(
        request,
        "jobs.html",
        asked=asked,
        rows=job_answers.rows(found.jobs),
        jobs=found.jobs,
        total=found.total,
        size=job_answers.PAGE,
        namespaces=namespace_answers.read_namespaces(marquez),
        states=tuple(State),
        running=any(j.latest and j.latest.state is State.RUNNING for j in found.jobs),
    )


def job(request: Request, marquez: Marquez) -> Response:
    """Show one job."""
    namespace, name = names(request, 2)
    own = Ref(namespace=namespace, name=name)
    found = job_answers.read_job(marquez, own)
    if found is None:
        raise NotThere(f"There is no job {own.name} in the namespace {own.namespace}.")
    offset = _whole(request, "offset")
    runs, total = job_answers.read_job_runs(marquez, own, offset=offset)
    return page(
        request,
        "job.html",
        job=found,
        runs=runs,
        total=total,
        offset=offset,
        size=job_answers.PAGE,
        bars=run_answers.strip(found.runs),
        versions=job_answers.read_versions(marquez, own),
        children=job_answers.read_children(marquez, own),
        node_id=graph_answers.job_node_id(own),
    )


def run(request: Request, marquez: Marquez) -> Response:
    """Show one run."""
    run_id = request.path_params["id"]
    story = run_answers.read_run(marquez, run_id)
    if story is None:
        raise NotThere(f"There is no run {run_id}.")
    own = job_answers.read_job(marquez, story.job) if story.job else None
    job_facets = run_answers.read_job_facets(marquez, run_id)
    return page(
        request,
        "run.html",
        run=story,
        job=own,
        parent=run_answers.read_run(marquez, story.parent.run_id) if story.parent else None,
        children=job_answers.read_child_runs(marquez, story),
        bars=run_answers.strip(own.runs) if own else (),
        parameters=run_answers.parameters(story),
        versions=run_answers.versions(story, job_facets),
        particulars=run_answers.particulars(story),
        code=job_answers.code(job_facets),
        job_facets=job_facets,
    )


def dataset(request: Request, marquez: Marquez) -> Response:
    """Show one dataset."""
    namespace, name = names(request, 2)
    own = Ref(namespace=namespace, name=name)
    story = dataset_answers.read_dataset(marquez, own)
    if story is None:
        raise NotThere(f"There is no dataset {own.name} in the namespace {own.namespace}.")
    node_id = graph_answers.dataset_node_id(story.dataset.ref)
    return page(
        request,
        "dataset.html",
        story=story,
        dataset=story.dataset,
        producers=story.graph.before(node_id),
        consumers=story.graph.after(node_id),
        node_id=node_id,
    )


def lineage(request: Request, marquez: Marquez) -> Response:
    """Show the graph around a job or a dataset; the browser draws it."""
    node_id = request.query_params.get("nodeId", "")
    if not node_id:
        return page(request, "pick.html")
    centre = graph_answers.read_node(marquez, node_id)
    if centre is None:
        raise NotThere(f"There is no job or dataset {node_id.partition(':')[2] or node_id}.")
    return page(request, "lineage.html", centre=centre, node_id=node_id, depth=_depth(request))


def lineage_data(request: Request, marquez: Marquez) -> Response:
    """Give the graph to the part of the page that draws it."""
    node_id = request.query_params.get("nodeId", "")
    found = graph_answers.read_graph(marquez, node_id, _depth(request)) if node_id else None
    if found is None:
        return data({"error": "There is no such job or dataset."}, 404)
    return data(drawn(found, links_of(request)))


def drawn(graph: Graph, links: Links) -> dict[str, Any]:
    """Return a graph as the browser draws it."""
    return {
        "nodes": [_node(n, links) for n in graph.nodes],
        "edges": [[e.origin, e.destination] for e in graph.edges],
        "centres": graph.centres,
    }


def namespaces(request: Request, marquez: Marquez) -> Response:
    """Show the namespaces and how much lies in them."""
    found = namespace_answers.read_namespaces(marquez)
    return page(request, "namespaces.html", namespaces=[namespace_answers.read_counts(marquez, n) for n in found])


def namespace(request: Request, marquez: Marquez) -> Response:
    """Show one namespace: its datasets, and the way to its jobs."""
    (name,) = names(request, 1)
    offset = _whole(request, "offset")
    known = next((n for n in namespace_answers.read_namespaces(marquez) if n.name == name), None)
    if known is None:
        raise NotThere(f"There is no namespace {name}.")
    return page(
        request,
        "namespace.html",
        namespace=namespace_answers.read_counts(marquez, known),
        found=namespace_answers.read_datasets(marquez, name, offset),
        offset=offset,
        size=namespace_answers.PAGE,
    )


def search(request: Request, marquez: Marquez) -> Response:
    """Show what the search finds."""
    words = request.query_params.get("q", "").strip()
    hits = namespace_answers.read_hits(marquez, words) if words else ()
    return page(request, "search.html", hits=hits)


def nothing(request: Request, _: Marquez) -> Response:
    """Say that there is no such page."""
    raise NotThere(f"There is no page {request.url.path}.")


def names(request: Request, many: int) -> list[str]:
    """Take the last names of the path apart where it still is encoded: a name may hold slashes.

    Raises:
        NotThere: the path has not that many names.
    """
    raw: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    inside = raw.decode("latin-1").removeprefix(str(request.scope.get("root_path", "")))
    parts = inside.split("/")[2:]
    if len(parts) != many or not all(parts):
        raise NotThere(f"There is no page {request.url.path}.")
    return [unquote(part) for part in parts]


def _node(node: Node, links: Links) -> dict[str, Any]:
    return {
        "id": node.id,
        "job": node.is_job,
        "name": node.ref.name,
        "title": node.title,
        "namespace": node.ref.namespace,
        "integration": node.kind.integration,
        "type": node.kind.type,
        "test": node.kind.is_test,
        "state": node.state.name if node.state else None,
        "at": _iso(node.at),
        "when": formatting.utc(node.at) if node.at else None,
        "columns": node.columns,
        "href": links.node(node),
        "run": links.run(node.run_id) if node.run_id else None,
    }


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _whole(request: Request, key: str) -> int:
    told = request.query_params.get(key, "")
    return int(told) if told.isascii() and told.isdigit() and len(told) < 10 else 0  # noqa: PLR2004  no backend counts further


def _depth(request: Request) -> int:
    return min(max(_whole(request, "depth") or DEPTH, 1), graph_answers.DEEPEST)
