"""The lineage graph around a job or a dataset."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from clew.answers.foreign import instant, objects, part, text
from clew.answers.jobs import Kind, kind, read_descendants, tags
from clew.answers.runs import Ref, State, ref, state
from clew.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from clew.events import Json
    from clew.marquez import Marquez

DEEPEST = 20


@dataclass(frozen=True, kw_only=True)
class Node:
    """A job or a dataset; `state` and `at` are those of a job's latest run, `columns` how many a dataset has."""

    id: str
    is_job: bool
    ref: Ref
    title: str
    kind: Kind
    state: State | None = None
    at: datetime | None = None
    run_id: str | None = None
    columns: int | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, order=True)
class Edge:
    """Data flows from `origin` to `destination`."""

    origin: str
    destination: str


@dataclass(frozen=True, kw_only=True)
class Graph:
    """Nodes and the edges between them, both in a fixed order, and the ids of the nodes that were asked for.

    `left` is how many nodes there are beyond these.
    """

    nodes: tuple[Node, ...] = ()
    edges: tuple[Edge, ...] = ()
    centres: tuple[str, ...] = ()
    left: int = 0

    def node(self, node_id: str) -> Node | None:
        """Return a node by its id."""
        return next((n for n in self.nodes if n.id == node_id), None)

    def before(self, node_id: str) -> tuple[Node, ...]:
        """Return the nodes that flow straight into one."""
        return tuple(n for e in self.edges if e.destination == node_id and (n := self.node(e.origin)))

    def after(self, node_id: str) -> tuple[Node, ...]:
        """Return the nodes that one flows straight into."""
        return tuple(n for e in self.edges if e.origin == node_id and (n := self.node(e.destination)))


def job_node_id(own: Ref) -> str:
    """Return the id of a job in lineage."""
    return f"job:{own.namespace}:{own.name}"


def dataset_node_id(own: Ref) -> str:
    """Return the id of a dataset in lineage."""
    return f"dataset:{own.namespace}:{own.name}"


def graph(answer: Any) -> Graph:
    """Read a lineage answer; edges that lead out of it are left away."""
    nodes = {node.id: node for item in objects(answer, "graph") if (node := _node(item))}
    edges = {
        (origin, destination)
        for item in objects(answer, "graph")
        for key in ("inEdges", "outEdges")
        for e in objects(item, key)
        if (origin := text(e, "origin")) in nodes and (destination := text(e, "destination")) in nodes
    }
    return Graph(nodes=tuple(nodes[i] for i in sorted(nodes)), edges=tuple(Edge(origin=o, destination=d) for o, d in sorted(edges)))


def union(graphs: Iterable[Graph]) -> Graph:
    """Lay graphs over each other."""
    nodes: dict[str, Node] = {}
    edges: set[Edge] = set()
    centres: set[str] = set()
    for one in graphs:
        nodes.update({n.id: n for n in one.nodes})
        edges.update(one.edges)
        centres.update(one.centres)
    return Graph(nodes=tuple(nodes[i] for i in sorted(nodes)), edges=tuple(sorted(edges)), centres=tuple(sorted(centres)))


def nearest(graph: Graph, most: int) -> Graph:
    """Keep the nodes that are the fewest steps away from those that were asked for, and the edges between them."""
    if len(graph.nodes) <= most:
        return graph
    beside: dict[str, list[str]] = {}
    for e in graph.edges:
        beside.setdefault(e.origin, []).append(e.destination)
        beside.setdefault(e.destination, []).append(e.origin)
    met = list(graph.centres)
    known = set(met)
    for at in met:  # it grows while it is walked
        further = [i for i in dict.fromkeys(beside.get(at, ())) if i not in known]
        met += further
        known.update(further)
        if len(met) >= most:
            break
    kept = set(met[:most])
    nodes = tuple(n for n in graph.nodes if n.id in kept)
    return Graph(
        nodes=nodes,
        edges=tuple(e for e in graph.edges if e.origin in kept and e.destination in kept),
        centres=tuple(c for c in graph.centres if c in kept),
        left=len(graph.nodes) - len(nodes),
    )


def read_graph(marquez: Marquez, node_id: str, depth: int) -> Graph | None:
    """Read the lineage around a node; None where there is no such node.

    A job without datasets of its own (an Airflow DAG, a dbt invocation) is shown by what is part of it.

    Args:
        marquez: the backend.
        node_id: as `job_node_id` and `dataset_node_id` make it.
        depth: how many jobs to go in each direction, 1 to 20.
    """
    found = _around(marquez, node_id, depth)
    own = found.node(node_id) if found else None
    if found is None or own is None or not own.is_job or found.edges:
        return found
    return _of_parts(marquez, own, depth) or found


def read_node(marquez: Marquez, node_id: str) -> Node | None:
    """Read one node; an id does not tell where its namespace ends, so the backend is asked."""
    found = _around(marquez, node_id, depth=1)
    return found.node(node_id) if found else None


def _around(marquez: Marquez, node_id: str, depth: int) -> Graph | None:
    try:
        answer = marquez.get("lineage", nodeId=node_id, depth=depth)
    except Refused as refused:
        if refused.status == 400:  # noqa: PLR2004  what is no node id at all
            return None
        raise
    return None if answer is None else replace(graph(answer), centres=(node_id,))


def _of_parts(marquez: Marquez, whole: Node, depth: int) -> Graph | None:
    """Read the lineage around all parts of a job at once; what was met with its neighbours around one part is not read for itself."""
    parts = {job_node_id(j.ref) for j in read_descendants(marquez, whole.ref)}
    read: list[Graph] = []
    met: set[str] = set()
    for part_id in sorted(parts):
        if part_id not in met:
            around = _around(marquez, part_id, depth)
            read += [around] if around and around.edges else []
            met |= _near(around, part_id, depth - 1) if around else set()
    if not read:
        return None
    found = union(read)
    return replace(found, centres=tuple(n.id for n in found.nodes if n.id in parts))


def _near(graph: Graph, node_id: str, jobs: int) -> set[str]:
    """Return the nodes that are at most so many jobs away from one."""
    reached = next_to = {node_id}
    for _ in range(2 * jobs):  # from job to job leads a dataset
        beside = {e.destination for e in graph.edges if e.origin in next_to} | {e.origin for e in graph.edges if e.destination in next_to}
        next_to = beside - reached
        reached = reached | next_to
    return reached


def _node(item: Json) -> Node | None:
    node_id, data = text(item, "id"), part(item, "data")
    own = ref(data)
    if node_id is None or own is None:
        return None
    if text(item, "type") == "JOB":
        return _job(node_id, own, data)
    fields = part(data, "fields")
    return Node(
        id=node_id,
        is_job=False,
        ref=own,
        title=own.name,
        kind=Kind(type=text(data, "type")),
        columns=len(fields) if isinstance(fields, list) else None,
        tags=tags(data, {}),
    )


def _job(node_id: str, own: Ref, data: Json) -> Node:
    """Read a job; of its latest run no more than a node shows, since there may be a thousand of them."""
    latest, facets = part(data, "latestRun"), part(data, "facets")
    ran = part(latest, "facets")
    return Node(
        id=node_id,
        is_job=True,
        ref=own,
        title=text(data, "simpleName") or own.name,
        kind=kind(facets if isinstance(facets, dict) else {}, ran if isinstance(ran, dict) else {}),
        state=(state(text(latest, "state")) or State.NEW) if isinstance(latest, dict) else None,
        at=instant(latest, "endedAt") or instant(latest, "startedAt"),
        run_id=text(latest, "id"),
        tags=tags(data, {}),
    )
