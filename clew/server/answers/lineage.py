"""The lineage graph of jobs and datasets, and the runs that a run's inputs came from.

Source: marquez/service/LineageService.java, marquez/db/LineageDao.java.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from msgspec import Raw, Struct

from clew.server.answers import nodes
from clew.server.answers.datasets import NodeData, node_datas
from clew.server.answers.run_shape import run_shapes
from clew.server.answers.runs import found as found_run
from clew.server.answers.shapes import Identity, VersionIdentity, ids
from clew.server.calls import Refusal, Reply
from clew.server.times import iso

if TYPE_CHECKING:
    from clew.server.calls import Request
    from clew.server.store import Row, Session

_DEPTH = 20

_Told = tuple[int, str, int]
"""The id of a job, INPUT or OUTPUT, and the id of the dataset that it reads or writes."""


class _Edge(Struct, frozen=True, gc=False):
    origin: str
    destination: str


class _JobData(Struct, frozen=True, kw_only=True, gc=False, rename="camel"):
    """A job as a node shows it."""

    id: Identity
    type: str
    name: str
    simple_name: str
    parent_job_name: str | None
    parent_job_uuid: str | None
    current_run_uuid: str | None
    created_at: str | None
    updated_at: str | None
    namespace: str
    inputs: list[Identity]
    outputs: list[Identity]
    location: str | None
    description: str | None
    latest_run: Raw | None


_Data = TypeVar("_Data")


class _Node(Struct, Generic[_Data], frozen=True, kw_only=True, gc=False, rename="camel"):
    """A job or a dataset, and what leads to it and from it."""

    id: str
    type: str
    data: _Data
    in_edges: list[_Edge]
    out_edges: list[_Edge]


def graph(db: Session, request: Request) -> Reply:
    """Answer the jobs within `depth` steps of a job, or of the job that writes a dataset, and their datasets.

    A step leads from a job over any dataset that it reads or writes to every job that reads or writes it.
    """
    node, depth = nodes.parse(request.needed("nodeId")), request.number("depth", _DEPTH)
    if node.kind == "job":
        return Reply(value={"graph": _nodes(db, *_walked(db, _job(db, node), depth))})
    if node.kind != "dataset":
        raise Refusal(404, f"Node '{request.needed('nodeId')}' must be of type dataset or job!")
    dataset_id = _dataset(db, node)
    start = db.value("lineage.job_of_dataset", dataset_id=dataset_id)
    if start is None:
        return Reply(value={"graph": [_dataset_node(data) for data in node_datas(db, {dataset_id}).values()]})
    return Reply(value={"graph": _nodes(db, *_walked(db, start, depth))})


def upstream(db: Session, request: Request) -> Reply:
    """Answer a run and, up to `depth` steps back, the runs that wrote what it read."""
    start = found_run(db, request.needed("runId"))
    seen, layer, shown = {start["id"]}, [start["id"]], []
    for _ in range(request.count("depth", _DEPTH) + 1):
        if not layer:
            break
        rows = [(run_id, db.all("lineage.upstream_inputs", run_id=run_id)) for run_id in layer]
        found = [_upstream_shape(db, run_id, inputs) for run_id, inputs in rows]
        shown += sorted(found, key=lambda r: r["job"].name)
        layer = list(dict.fromkeys(i["producer_id"] for _, inputs in rows for i in inputs if i["producer_id"] not in {None, *seen}))
        seen.update(layer)
    return Reply(value={"runs": shown})


def _upstream_shape(db: Session, run_id: int, inputs: list[Row]) -> dict[str, Any]:
    row = db.needed("lineage.upstream_run", id=run_id)
    return {
        "job": VersionIdentity(row["namespace"], row["job_name"], row["job_version"]),
        "run": {"id": row["uuid"], "start": iso(row["started_at"]), "end": iso(row["ended_at"]), "status": row["state"]},
        "inputs": [
            {"namespace": i["namespace"], "name": i["name"], "version": i["version"], "producedByRunId": i["producer"]} for i in inputs
        ],
    }


def _job(db: Session, node: nodes.NodeId) -> int:
    for namespace, name in node.splits():
        row = db.one("jobs.by_name", namespace=namespace, name=name)
        if row is not None:
            return int(row["id"])
    raise Refusal(404, f"Job '{node.rest}' not found.")


def _dataset(db: Session, node: nodes.NodeId) -> int:
    for namespace, name in node.splits():
        row = db.one("datasets.by_name", namespace=namespace, name=name)
        if row is not None and not row["hidden"]:
            return int(row["id"])
    raise Refusal(404, f"Dataset '{node.rest}' not found.")


def _walked(db: Session, start: int, depth: int) -> tuple[set[int], list[_Told]]:
    """Return the jobs within `depth` steps of one, and what they read and write."""
    found, layer, told, seen = {start}, {start}, list[_Told](), set[int]()
    while layer:
        of_layer = db.tuples("lineage.edges", jobs=ids(layer))
        told += of_layer
        if depth <= 0:
            break
        depth -= 1
        datasets = {dataset_id for _, _, dataset_id in of_layer} - seen
        seen |= datasets
        layer = {job_id for (job_id,) in db.tuples("lineage.jobs_of_datasets", datasets=ids(datasets))} - found
        found |= layer
    return found, told


def _nodes(db: Session, job_ids: set[int], told: list[_Told]) -> list[_Node[Any]]:
    """Return jobs, the datasets that they are told to read and write, and the edges between them."""
    jobs = {job_id: _job_node(data) for job_id, data in _job_datas(db, job_ids).items()}
    told = sorted(each for each in told if each[0] in jobs)
    datasets = {i: _dataset_node(data) for i, data in node_datas(db, {dataset_id for _, _, dataset_id in told}).items()}
    for job_id, io, dataset_id in told:
        if dataset_id in datasets:
            _join(jobs[job_id], io, datasets[dataset_id])
    return sorted((*jobs.values(), *datasets.values()), key=attrgetter("id"))


def _join(job: _Node[_JobData], io: str, dataset: _Node[NodeData]) -> None:
    origin, destination = (dataset, job) if io == "INPUT" else (job, dataset)
    edge = _Edge(origin.id, destination.id)
    origin.out_edges.append(edge)
    destination.in_edges.append(edge)
    (job.data.inputs if io == "INPUT" else job.data.outputs).append(dataset.data.id)


def _job_node(data: _JobData) -> _Node[_JobData]:
    return _Node(id=f"job:{data.namespace}:{data.name}", type="JOB", data=data, in_edges=[], out_edges=[])


def _dataset_node(data: NodeData) -> _Node[NodeData]:
    return _Node(id=f"dataset:{data.namespace}:{data.name}", type="DATASET", data=data, in_edges=[], out_edges=[])


def _job_datas(db: Session, job_ids: set[int]) -> dict[int, _JobData]:
    rows = db.tuples("lineage.jobs", jobs=ids(job_ids))
    latest = [row[1] for row in rows if row[1] is not None]
    runs = dict(zip(latest, run_shapes(db, latest), strict=True))
    return {row[0]: _job_data(row, runs.get(row[1])) for row in rows}


def _job_data(row: tuple[Any, ...], run: Raw | None) -> _JobData:
    _, _, namespace, name, kind, simple_name, parent_name, parent_uuid, run_uuid, created, updated, location, description = row
    return _JobData(
        id=Identity(namespace, name),
        type=kind,
        name=name,
        simple_name=simple_name,
        parent_job_name=parent_name,
        parent_job_uuid=parent_uuid,
        current_run_uuid=run_uuid,
        created_at=iso(created),
        updated_at=iso(updated),
        namespace=namespace,
        inputs=[],
        outputs=[],
        location=location,
        description=description,
        latest_run=run,
    )
