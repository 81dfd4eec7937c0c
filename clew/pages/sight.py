"""What a reader of pages may see of jobs, where the host of the pages hides some from some."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from clew.answers.jobs import read_job

if TYPE_CHECKING:
    from collections.abc import Collection

    from clew.answers.graph import Graph
    from clew.answers.runs import Ref
    from clew.pages.site import Site

_HIGHEST = 5
"""How far up a job's ancestors are asked for: a dbt test below its invocation, a task and its DAG are four."""


class NotForYou(Exception):
    """The reader may not see what was asked for; the text says why."""


def require_everything(site: Site) -> None:
    """Let only those go on who may see all that the backend knows.

    Raises:
        NotForYou: they may not.
    """
    if not site.reader.may_browse():
        raise NotForYou("This page draws on all jobs, and some of them are hidden from you.")


def require_job(site: Site, job: Ref | None) -> None:
    """Let only those go on who may see a job; one that cannot be named is for those who may see everything.

    Raises:
        NotForYou: they may not.
    """
    if job is None:
        require_everything(site)
    elif not sees(site, job):
        raise NotForYou("This job is hidden from you.")


def sees(site: Site, job: Ref) -> bool:
    """Tell whether the reader may see a job: by its name, or else as part of a job that they may see."""
    for _ in range(_HIGHEST):
        allowed = site.reader.may_read(job)
        if allowed is not None:
            return allowed
        found = read_job(site.marquez, job)
        if found is None or found.parent is None:
            return False
        job = found.parent
    return False


def seen(site: Site, graph: Graph) -> Graph:
    """Leave out of a graph the jobs that the reader may not see, and what then hangs together with its centres no longer."""
    shown = {n.id for n in graph.nodes if not n.is_job or sees(site, n.ref)}
    if len(shown) == len(graph.nodes):
        return graph
    kept = _connected(graph, shown)
    return replace(
        graph,
        nodes=tuple(n for n in graph.nodes if n.id in kept),
        edges=tuple(e for e in graph.edges if e.origin in kept and e.destination in kept),
        centres=tuple(c for c in graph.centres if c in kept),
    )


def _connected(graph: Graph, among: Collection[str]) -> set[str]:
    """Walk from the centres along edges in both directions."""
    beside: dict[str, set[str]] = {}
    for e in graph.edges:
        beside.setdefault(e.origin, set()).add(e.destination)
        beside.setdefault(e.destination, set()).add(e.origin)
    reached: set[str] = set()
    next_to = {c for c in graph.centres if c in among}
    while next_to:
        reached |= next_to
        next_to = {n for r in next_to for n in beside.get(r, ()) if n in among} - reached
    return reached
