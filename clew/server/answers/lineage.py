"""The lineage graph of jobs and datasets, and the runs that a run's inputs came from.

Source: marquez/service/LineageService.java, marquez/db/LineageDao.java.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any

from clew.server.answers import datasets, nodes
from clew.server.answers.run_shape import run_shapes
from clew.server.answers.runs import found as found_run
from clew.server.answers.shapes import identity, ids, records
from clew.server.calls import Refusal, Reply
from clew.server.times import iso

if TYPE_CHECKING:
    from collections.abc import Iterable

    import msgspec

    from clew.server.calls import Request
    from clew.server.store import Row, Session

_DEPTH = 20

_Record = dict[str, Any]


def graph(db: Session, request: Request) -> Reply:
    """Answer the jobs within `depth` steps of a job, or of the job that writes a dataset, and their datasets.

    A step leads from a job over any dataset that it reads or writes to every job that reads or writes it.
    """
    node, depth = nodes.parse(request.needed("nodeId")), request.number("depth", _DEPTH)
    if node.kind == "job":
        return Reply(value={"graph": _nodes(db, _within(db, {_job(db, node)}, depth))})
    if node.kind != "dataset":
        raise Refusal(404, f"Node '{request.needed('nodeId')}' must be of type dataset or job!")
    dataset_id = _dataset(db, node)
    start = db.value("lineage.job_of_dataset", dataset_id=dataset_id)
    if start is None:
        rows = _datasets(db, {dataset_id})
        return Reply(value={"graph": [_dataset_node(r, d, [], []) for r, d in zip(rows, datasets.node_datas(db, rows), strict=True)]})
    return Reply(value={"graph": _nodes(db, _within(db, {start}, depth))})


def upstream(db: Session, request: Request) -> Reply:
    """Answer a run and, up to `depth` steps back, the runs that wrote what it read."""
    start = found_run(db, request.needed("runId"))
    seen, layer, shown = {start["id"]}, [start["id"]], []
    for _ in range(request.count("depth", _DEPTH) + 1):
        if not layer:
            break
        rows = [(run_id, db.all("lineage.upstream_inputs", run_id=run_id)) for run_id in layer]
        found = [_upstream_shape(db, run_id, inputs) for run_id, inputs in rows]
        shown += sorted(found, key=lambda r: str(r["job"]["name"]))
        layer = list(dict.fromkeys(i["producer_id"] for _, inputs in rows for i in inputs if i["producer_id"] not in {None, *seen}))
        seen.update(layer)
    return Reply(value={"runs": shown})


def _upstream_shape(db: Session, run_id: int, inputs: list[Row]) -> dict[str, Any]:
    row = db.needed("lineage.upstream_run", id=run_id)
    return {
        "job": identity(row["namespace"], row["job_name"]) | {"version": row["job_version"]},
        "run": {"id": row["uuid"], "start": iso(row["started_at"]), "end": iso(row["ended_at"]), "status": row["state"]},
        "inputs": [identity(i["namespace"], i["name"]) | {"version": i["version"], "producedByRunId": i["producer"]} for i in inputs],
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


def _within(db: Session, start: set[int], depth: int) -> set[int]:
    found, layer = set(start), set(start)
    for _ in range(depth):
        layer = {r["job_id"] for r in db.all("lineage.neighbours", jobs=ids(layer))} - found
        if not layer:
            break
        found |= layer
    return found


def _nodes(db: Session, job_ids: set[int]) -> list[dict[str, Any]]:
    jobs = {r["id"]: r for r in _jobs(db, job_ids)}
    edges = [tuple(e) for e in db.all("lineage.edges", jobs=ids(job_ids)) if e["job_id"] in jobs]
    rows = {r["id"]: r for r in _datasets(db, {dataset_id for _, _, dataset_id in edges})}
    of_job: dict[tuple[int, str], list[_Record]] = {}
    of_dataset: dict[tuple[int, str], list[_Record]] = {}
    for job_id, io, dataset_id in edges:
        if dataset_id in rows:
            of_job.setdefault((job_id, io), []).append(rows[dataset_id])
            of_dataset.setdefault((dataset_id, io), []).append(jobs[job_id])
    runs = _latest_runs(db, jobs.values())
    shown = [
        _job_node(j, runs.get(j["latest_run_id"]), of_job.get((i, "INPUT"), []), of_job.get((i, "OUTPUT"), [])) for i, j in jobs.items()
    ]
    for row, data in zip(rows.values(), datasets.node_datas(db, list(rows.values())), strict=True):
        shown.append(_dataset_node(row, data, of_dataset.get((row["id"], "OUTPUT"), []), of_dataset.get((row["id"], "INPUT"), [])))
    return sorted(shown, key=itemgetter("id"))


def _jobs(db: Session, job_ids: set[int]) -> list[_Record]:
    """Return jobs, each with the id of its node, which stands in each of its edges."""
    found = records(db.all("lineage.jobs", jobs=ids(job_ids)))
    return [j | {"node": f"job:{j['namespace']}:{j['name']}"} for j in found]


def _datasets(db: Session, dataset_ids: set[int]) -> list[_Record]:
    found = records(db.all("lineage.datasets", datasets=ids(dataset_ids)))
    return [d | {"node": f"dataset:{d['shown_namespace']}:{d['shown_name']}"} for d in found]


def _latest_runs(db: Session, jobs: Iterable[_Record]) -> dict[int, msgspec.Raw]:
    runs = [j["latest_run_id"] for j in jobs if j["latest_run_id"] is not None]
    return dict(zip(runs, run_shapes(db, runs), strict=True))


def _job_node(job: _Record, run: msgspec.Raw | None, inputs: list[_Record], outputs: list[_Record]) -> dict[str, Any]:
    node = job["node"]
    return {
        "id": node,
        "type": "JOB",
        "data": {
            "id": identity(job["namespace"], job["name"]),
            "type": job["type"],
            "name": job["name"],
            "simpleName": job["simple_name"],
            "parentJobName": job["parent_name"],
            "parentJobUuid": job["parent_uuid"],
            "currentRunUuid": job["run_uuid"],
            "createdAt": iso(job["created_at"]),
            "updatedAt": iso(job["updated_at"]),
            "namespace": job["namespace"],
            "inputs": [identity(d["shown_namespace"], d["shown_name"]) for d in inputs],
            "outputs": [identity(d["shown_namespace"], d["shown_name"]) for d in outputs],
            "location": job["location"],
            "description": job["description"],
            "latestRun": run,
        },
        "inEdges": [{"origin": d["node"], "destination": node} for d in inputs],
        "outEdges": [{"origin": node, "destination": d["node"]} for d in outputs],
    }


def _dataset_node(dataset: _Record, data: dict[str, Any], writers: list[_Record], readers: list[_Record]) -> dict[str, Any]:
    node = dataset["node"]
    return {
        "id": node,
        "type": "DATASET",
        "data": data,
        "inEdges": [{"origin": j["node"], "destination": node} for j in writers],
        "outEdges": [{"origin": node, "destination": j["node"]} for j in readers],
    }
