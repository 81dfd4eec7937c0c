"""One function per page: read, and show. What is read and how it is understood stands in `clew.answers`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clew.answers import datasets as dataset_answers
from clew.answers import graph as graph_answers
from clew.answers import jobs as job_answers
from clew.answers import namespaces as namespace_answers
from clew.answers import runs as run_answers
from clew.answers.runs import Ref, State
from clew.pages import formatting
from clew.pages.rendering import data, page
from clew.pages.sight import require_everything, require_job, seen, sees

if TYPE_CHECKING:
    from datetime import datetime

    from clew.answers.graph import Graph, Node
    from clew.pages.links import Links
    from clew.pages.site import Site
    from clew.pages.visit import Page, Visit

DEPTH = 4
"""How many jobs the graph goes in each direction unless asked otherwise."""
MOST = 400
"""Nodes that are drawn: to place them takes a browser a second; to place 700 takes ten, and of 2,000 nothing is ever seen."""


class NotThere(Exception):
    """What was asked for does not exist; the text says what."""


def jobs(visit: Visit, site: Site) -> Page:
    """Show the jobs with their last runs."""
    asked = job_answers.Asked(
        namespace=visit.query.get("namespace") or None,
        state=run_answers.state(visit.query.get("state")),
        text=visit.query.get("q", "").strip() or None,
        offset=_whole(visit, "offset"),
    )
    require_everything(site)
    found = job_answers.read_jobs(site.marquez, asked)
    everything = asked == job_answers.Asked()
    if everything and not found.jobs:
        return page(site, "welcome.html", url=visit.origin)
    return page(
        site,
        "jobs.html",
        asked=asked,
        rows=job_answers.rows(found.jobs),
        jobs=found.jobs,
        total=found.total,
        size=job_answers.PAGE,
        namespaces=namespace_answers.read_namespaces(site.marquez),
        states=tuple(State),
        running=any(j.latest and j.latest.state is State.RUNNING for j in found.jobs),
    )


def job(visit: Visit, site: Site, namespace: str, name: str) -> Page:
    """Show one job."""
    own = Ref(namespace=namespace, name=name)
    require_job(site, own)
    found = job_answers.read_job(site.marquez, own)
    if found is None:
        raise NotThere(f"There is no job {own.name} in the namespace {own.namespace}.")
    offset = _whole(visit, "offset")
    runs, total = job_answers.read_job_runs(site.marquez, own, offset=offset)
    return page(
        site,
        "job.html",
        job=found,
        runs=runs,
        total=total,
        offset=offset,
        size=job_answers.PAGE,
        bars=run_answers.strip(found.runs),
        versions=job_answers.read_versions(site.marquez, own),
        children=[j for j in job_answers.read_children(site.marquez, own) if sees(site, j.ref)],
        elsewhere=site.host.job_page(found) if site.host else None,
        node_id=graph_answers.job_node_id(own),
    )


def run(_: Visit, site: Site, run_id: str) -> Page:
    """Show one run."""
    story = run_answers.read_run(site.marquez, run_id)
    if story is None:
        raise NotThere(f"There is no run {run_id}.")
    require_job(site, story.job)
    own = job_answers.read_job(site.marquez, story.job) if story.job else None
    job_facets = run_answers.read_job_facets(site.marquez, run_id)
    return page(
        site,
        "run.html",
        run=story,
        job=own,
        parent=run_answers.read_run(site.marquez, story.parent.run_id) if story.parent and sees(site, story.parent.job) else None,
        causes=[cause for cause in story.causes if sees(site, cause.job)],
        children=[(j, r) for j, r in job_answers.read_child_runs(site.marquez, story) if sees(site, j.ref)],
        elsewhere=site.host.run_page(story) if site.host else None,
        bars=run_answers.strip(own.runs) if own else (),
        parameters=run_answers.parameters(story),
        versions=run_answers.versions(story, job_facets),
        particulars=run_answers.particulars(story),
        code=job_answers.code(job_facets),
        job_facets=job_facets,
        node_id=graph_answers.job_node_id(story.job) if story.job else None,
    )


def dataset(_: Visit, site: Site, namespace: str, name: str) -> Page:
    """Show one dataset."""
    require_everything(site)
    own = Ref(namespace=namespace, name=name)
    story = dataset_answers.read_dataset(site.marquez, own)
    if story is None:
        raise NotThere(f"There is no dataset {own.name} in the namespace {own.namespace}.")
    node_id = graph_answers.dataset_node_id(story.dataset.ref)
    return page(
        site,
        "dataset.html",
        story=story,
        dataset=story.dataset,
        producers=story.graph.before(node_id),
        consumers=story.graph.after(node_id),
        node_id=node_id,
    )


def lineage(visit: Visit, site: Site) -> Page:
    """Show the graph around a job or a dataset; the browser draws it."""
    node_id = visit.query.get("nodeId", "")
    if not node_id:
        require_everything(site)
        return page(site, "pick.html")
    centre = graph_answers.read_node(site.marquez, node_id)
    if centre is None:
        require_everything(site)  # others are not told which jobs there are
        raise NotThere(f"There is no job or dataset {node_id.partition(':')[2] or node_id}.")
    require_job(site, centre.ref if centre.is_job else None)
    return page(site, "lineage.html", centre=centre, node_id=node_id, depth=_depth(visit))


def lineage_data(visit: Visit, site: Site) -> Page:
    """Give the graph to the part of the page that draws it."""
    node_id = visit.query.get("nodeId", "")
    found = graph_answers.read_graph(site.marquez, node_id, _depth(visit)) if node_id else None
    if found is None:
        require_everything(site)
        return data({"error": "There is no such job or dataset."}, 404)
    asked = found.node(node_id) or graph_answers.read_node(site.marquez, node_id)  # a job that is shown by its parts is not among them
    require_job(site, asked.ref if asked and asked.is_job else None)
    return data(drawn(graph_answers.nearest(seen(site, found), MOST), site))


def drawn(graph: Graph, site: Site) -> dict[str, Any]:
    """Return a graph as the browser draws it; datasets lead nowhere for readers who may see some jobs only."""
    browsing = site.reader.may_browse()
    return {
        "nodes": [_node(n, site.links, leads=browsing or n.is_job) for n in graph.nodes],
        "edges": [[e.origin, e.destination] for e in graph.edges],
        "centres": graph.centres,
        "left": graph.left,
    }


def namespaces(_: Visit, site: Site) -> Page:
    """Show the namespaces and how much lies in them."""
    require_everything(site)
    found = namespace_answers.read_namespaces(site.marquez)
    return page(site, "namespaces.html", namespaces=[namespace_answers.read_counts(site.marquez, n) for n in found])


def namespace(visit: Visit, site: Site, name: str) -> Page:
    """Show one namespace: its datasets, and the way to its jobs."""
    require_everything(site)
    offset = _whole(visit, "offset")
    known = next((n for n in namespace_answers.read_namespaces(site.marquez) if n.name == name), None)
    if known is None:
        raise NotThere(f"There is no namespace {name}.")
    return page(
        site,
        "namespace.html",
        namespace=namespace_answers.read_counts(site.marquez, known),
        found=namespace_answers.read_datasets(site.marquez, name, offset),
        offset=offset,
        size=namespace_answers.PAGE,
    )


def search(visit: Visit, site: Site) -> Page:
    """Show what the search finds."""
    require_everything(site)
    words = visit.query.get("q", "").strip()
    hits = namespace_answers.read_hits(site.marquez, words) if words else ()
    return page(site, "search.html", hits=hits, words=words)


def _node(node: Node, links: Links, *, leads: bool) -> dict[str, Any]:
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
        "href": links.node(node) if leads else None,
        "run": links.run(node.run_id) if node.run_id else None,
    }


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _whole(visit: Visit, key: str) -> int:
    told = visit.query.get(key, "")
    return int(told) if told.isascii() and told.isdigit() and len(told) < 10 else 0  # noqa: PLR2004  no backend counts further


def _depth(visit: Visit) -> int:
    return min(max(_whole(visit, "depth") or DEPTH, 1), graph_answers.DEEPEST)
