"""Column lineage: which columns a column was made of, and what was made of it.

The edges are those of the current version of each dataset; columns that nobody wrote have downstream lineage as well.
Source: marquez/service/ColumnLineageService.java, marquez/db/ColumnLineageDao.java.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from clew.server.answers import column_edges, nodes
from clew.server.calls import Refusal, Reply

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from clew.server.answers.column_edges import Column, Edge
    from clew.server.answers.shapes import Identity
    from clew.server.calls import Request
    from clew.server.ingest.columns import Edge as Told
    from clew.server.store import Row, Session

_DEPTH = 20


class _InputField(Struct, frozen=True, gc=False, rename="camel"):
    namespace: str
    dataset: str
    field: str
    transformation_description: str | None
    transformation_type: str | None


class MadeOf(Struct, frozen=True, gc=False, rename="camel"):
    """A column of a dataset, and the columns that it was made of."""

    name: str
    input_fields: list[_InputField]
    transformation_description: str | None
    transformation_type: str | None


def graph(db: Session, request: Request) -> Reply:
    """Answer the columns that those of a dataset, a column or a job were made of and, when asked, what was made of them."""
    node = nodes.parse(request.needed("nodeId"))
    downstream = (request.text("withDownstream") or "").lower() == "true"
    if node.version and downstream:
        raise Refusal(400, "Node version cannot be specified when withDownstream is true")
    depth = request.number("depth", _DEPTH)
    if node.version and node.kind != "run":
        edges = column_edges.then(db, *_versions(db, node, node.version), depth)
    else:
        edges = column_edges.now(db, _columns(db, node), depth, downstream=downstream)
    return Reply(value={"graph": _nodes(db, edges, with_version=node.version is not None)})


def made_of(edges: Iterable[Told], names: Mapping[int, Identity]) -> list[MadeOf] | None:
    """Return the columns that each column of a dataset was made of, as a dataset shows them; None where nothing is known.

    Args:
        edges: those of the dataset, as they are now.
        names: the datasets at their other end, by their ids.
    """
    shown: dict[str, MadeOf] = {}
    for edge in sorted(edges, key=lambda e: (e.field, names[e.input_dataset_id], e.input_field)):
        column = shown.get(edge.field)
        if column is None:
            column = shown[edge.field] = MadeOf(edge.field, [], edge.description, edge.type)
        origin = names[edge.input_dataset_id]
        column.input_fields.append(_InputField(origin.namespace, origin.name, edge.input_field, edge.description, edge.type))
    return list(shown.values()) or None


def _columns(db: Session, node: nodes.NodeId) -> set[Column]:
    for names in node.splits():
        found = _of_job(db, *names) if node.kind == "job" else _of_dataset(db, *names) if node.kind != "run" else set()
        if found:
            return found
    raise Refusal(404, "Could not find node")


def _versions(db: Session, node: nodes.NodeId, version: str) -> tuple[list[int], str | None]:
    """Return the dataset versions that a node id with a version means, and the column of them, or None."""
    for names in node.splits():
        namespace, name, *field = names
        thing = db.one("jobs.by_name" if node.kind == "job" else "datasets.by_name", namespace=namespace, name=name)
        if thing is None:
            continue
        sentence = "columns.versions_written_by_job_version" if node.kind == "job" else "columns.version_of_dataset"
        rows = db.all(sentence, uuid=version, id=thing["id"])
        if rows:
            return [r["id"] for r in rows], field[0] if field else None
    raise Refusal(404, "Could not find node")


def _of_dataset(db: Session, namespace: str, name: str, field: str | None = None) -> set[Column]:
    row = db.one("datasets.by_name", namespace=namespace, name=name)
    if row is None or row["hidden"]:
        return set()
    fields = {r["name"] for r in db.all("columns.fields_of_dataset", dataset_id=row["id"])}
    return {(row["id"], f) for f in fields if field is None or f == field}


def _of_job(db: Session, namespace: str, name: str) -> set[Column]:
    job = db.one("jobs.by_name", namespace=namespace, name=name)
    if job is None:
        return set()
    return {(r["dataset_id"], r["name"]) for r in db.all("columns.fields_written_by_job", job_id=job["id"])}


def _nodes(db: Session, edges: list[Edge], *, with_version: bool) -> list[dict[str, Any]]:
    names = _Names(db, with_version=with_version)
    shown: dict[str, dict[str, Any]] = {}
    for edge in edges:
        how = {"transformationDescription": edge.description, "transformationType": edge.type}
        node, origin = names.node(*edge.output, edge.version_id), names.node(*edge.input, edge.input_version_id)
        output, source = shown.setdefault(node["id"], node), shown.setdefault(origin["id"], origin)
        if not output["data"]["inputFields"]:
            written = {"fieldType": names.type_of(*edge.output), "datasetVersion": names.version(edge.version_id)}
            output["data"] |= how | written
        output["data"]["inputFields"].append(names.field(*edge.input, edge.input_version_id) | how)
        output["inEdges"].append({"origin": node["id"], "destination": origin["id"]})
        source["outEdges"].append({"origin": origin["id"], "destination": node["id"]})
    return sorted(shown.values(), key=lambda n: str(n["id"]))


class _Names:
    """Names of datasets and versions by their ids, each looked up once."""

    def __init__(self, db: Session, *, with_version: bool) -> None:
        self._db = db
        self._with_version = with_version
        self._datasets: dict[int, Row] = {}
        self._versions: dict[int | None, str | None] = {}

    def node_id(self, dataset_id: int, field: str, version_id: int | None) -> str:
        dataset = self._dataset(dataset_id)
        mark = f"#{self.version(version_id)}" if self._with_version else ""
        return f"datasetField:{dataset['namespace']}:{dataset['name']}:{field}{mark}"

    def node(self, dataset_id: int, field: str, version_id: int | None) -> dict[str, Any]:
        data = self.field(dataset_id, field, version_id)
        data |= {"fieldType": "", "transformationDescription": None, "transformationType": None, "inputFields": []}
        return {"id": self.node_id(dataset_id, field, version_id), "type": "DATASET_FIELD", "data": data, "inEdges": [], "outEdges": []}

    def field(self, dataset_id: int, field: str, version_id: int | None) -> dict[str, Any]:
        dataset = self._dataset(dataset_id)
        names = {"namespace": dataset["namespace"], "dataset": dataset["name"], "field": field}
        return names | {"datasetVersion": self.version(version_id)}

    def version(self, version_id: int | None) -> str | None:
        if version_id not in self._versions:
            self._versions[version_id] = self._db.value("columns.version_uuid", id=version_id)
        return self._versions[version_id]

    def type_of(self, dataset_id: int, field: str) -> str:
        return self._db.value("columns.type_of_field", dataset_id=dataset_id, name=field) or ""

    def _dataset(self, dataset_id: int) -> Row:
        if dataset_id not in self._datasets:
            self._datasets[dataset_id] = self._db.needed("columns.dataset", id=dataset_id)
        return self._datasets[dataset_id]
