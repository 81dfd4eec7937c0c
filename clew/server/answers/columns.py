"""Column lineage: which columns a column was made of, and what was made of it.

The edges are those of the current version of each dataset; columns that nobody wrote have downstream lineage as well.
Source: marquez/service/ColumnLineageService.java, marquez/db/ColumnLineageDao.java.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clew.server.answers import nodes
from clew.server.calls import Refusal, Reply

if TYPE_CHECKING:
    from clew.server.calls import Request
    from clew.server.store import Row, Session

_DEPTH = 20
_Column = tuple[int, str]
"""The id of a dataset and the name of a column."""


def graph(db: Session, request: Request) -> Reply:
    """Answer the columns that those of a dataset, a column or a job were made of and, when asked, what was made of them."""
    node = nodes.parse(request.needed("nodeId"))
    downstream = (request.text("withDownstream") or "").lower() == "true"
    if node.version and downstream:
        raise Refusal(400, "Node version cannot be specified when withDownstream is true")
    depth = request.number("depth", _DEPTH)
    if node.version:
        return Reply(value={"graph": _nodes(db, _edges_then(db, _columns_then(db, node, node.version), depth), with_version=True)})
    return Reply(value={"graph": _nodes(db, _edges(db, _columns(db, node), depth, downstream=downstream), with_version=False)})


def made_of(db: Session, dataset_id: int) -> list[dict[str, Any]] | None:
    """Return the columns that each column of a dataset was made of, as a dataset shows them; None where nothing is known."""
    rows = db.all("columns.made_of", dataset_id=dataset_id)
    shown: dict[str, dict[str, Any]] = {}
    for row in rows:
        how = {"transformationDescription": row["description"], "transformationType": row["type"]}
        column = shown.setdefault(row["field"], {"name": row["field"], "inputFields": [], **how})
        column["inputFields"].append({"namespace": row["namespace"], "dataset": row["dataset"], "field": row["input_field"], **how})
    return list(shown.values()) or None


def _columns(db: Session, node: nodes.NodeId) -> set[_Column]:
    for names in node.splits():
        found = _of_job(db, *names) if node.kind == "job" else _of_dataset(db, *names) if node.kind != "run" else set()
        if found:
            return found
    raise Refusal(404, "Could not find node")


def _columns_then(db: Session, node: nodes.NodeId, version: str) -> set[_Column]:
    """Return the columns that a version of a dataset or job had: here the ids are those of dataset versions."""
    for names in node.splits():
        namespace, name, *field = names
        if node.kind == "job":
            job = db.one("jobs.by_name", namespace=namespace, name=name)
            rows = db.all("columns.fields_written_by_job_version", uuid=version, job_id=job["id"]) if job else []
        else:
            dataset = db.one("datasets.by_name", namespace=namespace, name=name)
            rows = db.all("columns.fields_of_version", uuid=version, dataset_id=dataset["id"]) if dataset else []
        found = {(r["version_id"], r["name"]) for r in rows if not field or r["name"] == field[0]}
        if found:
            return found
    raise Refusal(404, "Could not find node")


def _edges_then(db: Session, start: set[_Column], depth: int) -> list[Row]:
    """Return what columns of versions were made of at the time, however the datasets are made now."""
    found: list[Row] = []
    seen, layer = set(start), set(start)
    for _ in range(depth):
        rows = [r for version_id, field in layer for r in db.all("columns.of_version", version_id=version_id, field=field)]
        found += rows
        layer = {(r["input_version_id"], r["input_field"]) for r in rows} - seen
        if not layer:
            break
        seen |= layer
    return found


def _of_dataset(db: Session, namespace: str, name: str, field: str | None = None) -> set[_Column]:
    row = db.one("datasets.by_name", namespace=namespace, name=name)
    if row is None or row["hidden"]:
        return set()
    fields = {r["name"] for r in db.all("columns.fields_of_dataset", dataset_id=row["id"])}
    return {(row["id"], f) for f in fields if field is None or f == field}


def _of_job(db: Session, namespace: str, name: str) -> set[_Column]:
    job = db.one("jobs.by_name", namespace=namespace, name=name)
    if job is None or job["latest_run_id"] is None:
        return set()
    return {(r["dataset_id"], r["name"]) for r in db.all("columns.fields_written_by_job", run_id=job["latest_run_id"])}


def _edges(db: Session, start: set[_Column], depth: int, *, downstream: bool) -> list[Row]:
    found: dict[tuple[_Column, _Column], Row] = {}
    back = _walk(db, start, depth, "columns.upstream", found)
    if downstream:
        _walk(db, start | back, depth, "columns.downstream", found)
    return list(found.values())


def _walk(db: Session, start: set[_Column], depth: int, sentence: str, found: dict[tuple[_Column, _Column], Row]) -> set[_Column]:
    seen, layer = set(start), set(start)
    for _ in range(depth):
        rows = [r for dataset_id, field in layer for r in db.all(sentence, dataset_id=dataset_id, field=field)]
        found.update((((r["dataset_id"], r["field"]), (r["input_dataset_id"], r["input_field"])), r) for r in rows)
        ends = {(r["input_dataset_id"], r["input_field"]) for r in rows}
        layer = (ends if sentence == "columns.upstream" else {(r["dataset_id"], r["field"]) for r in rows}) - seen
        if not layer:
            break
        seen |= layer
    return seen


def _nodes(db: Session, edges: list[Row], *, with_version: bool) -> list[dict[str, Any]]:
    names = _Names(db, with_version=with_version)
    shown: dict[str, dict[str, Any]] = {}
    for edge in edges:
        output = names.node_id(edge["dataset_id"], edge["field"], edge["version_id"])
        source = names.node_id(edge["input_dataset_id"], edge["input_field"], edge["input_version_id"])
        how = {"transformationDescription": edge["description"], "transformationType": edge["type"]}
        node = shown.setdefault(output, names.node(edge["dataset_id"], edge["field"], edge["version_id"]))
        origin = shown.setdefault(source, names.node(edge["input_dataset_id"], edge["input_field"], edge["input_version_id"]))
        if not node["data"]["inputFields"]:
            node["data"] |= how | {"fieldType": names.type_of(edge["dataset_id"], edge["field"])}
            node["data"]["datasetVersion"] = names.version(edge["version_id"])
        node["data"]["inputFields"].append(names.field(edge["input_dataset_id"], edge["input_field"], edge["input_version_id"]) | how)
        node["inEdges"].append({"origin": output, "destination": source})
        origin["outEdges"].append({"origin": source, "destination": output})
    return sorted(shown.values(), key=lambda n: str(n["id"]))


class _Names:
    """Names of datasets and versions by their ids, each looked up once."""

    def __init__(self, db: Session, *, with_version: bool) -> None:
        self._db = db
        self._with_version = with_version
        self._datasets: dict[int, Row] = {}
        self._versions: dict[int, str] = {}

    def node_id(self, dataset_id: int, field: str, version_id: int) -> str:
        dataset = self._dataset(dataset_id)
        mark = f"#{self.version(version_id)}" if self._with_version else ""
        return f"datasetField:{dataset['namespace']}:{dataset['name']}:{field}{mark}"

    def node(self, dataset_id: int, field: str, version_id: int) -> dict[str, Any]:
        data = self.field(dataset_id, field, version_id)
        data |= {"fieldType": "", "transformationDescription": None, "transformationType": None, "inputFields": []}
        return {"id": self.node_id(dataset_id, field, version_id), "type": "DATASET_FIELD", "data": data, "inEdges": [], "outEdges": []}

    def field(self, dataset_id: int, field: str, version_id: int) -> dict[str, Any]:
        dataset = self._dataset(dataset_id)
        names = {"namespace": dataset["namespace"], "dataset": dataset["name"], "field": field}
        return names | {"datasetVersion": self.version(version_id)}

    def version(self, version_id: int) -> str:
        if version_id not in self._versions:
            self._versions[version_id] = self._db.value("columns.version_uuid", id=version_id)
        return self._versions[version_id]

    def type_of(self, dataset_id: int, field: str) -> str:
        return self._db.value("columns.type_of_field", dataset_id=dataset_id, name=field) or ""

    def _dataset(self, dataset_id: int) -> Row:
        if dataset_id not in self._datasets:
            row = self._db.one("columns.dataset", id=dataset_id)
            if row is None:
                raise LookupError(dataset_id)
            self._datasets[dataset_id] = row
        return self._datasets[dataset_id]
