"""Datasets and their versions.

Source: marquez/db/DatasetDao.java, DatasetVersionDao.java, mappers/DatasetMapper.java.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from clew.server.answers import namespaces
from clew.server.answers.columns import made_of
from clew.server.answers.run_shape import run_shape
from clew.server.answers.shapes import Identity, by, facets, ids
from clew.server.calls import Refusal, Reply
from clew.server.ingest.columns import edges_of
from clew.server.store.packing import unpacked
from clew.server.times import iso

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clew.server.calls import Request
    from clew.server.store import Row, Session


class NodeData(msgspec.Struct, frozen=True, kw_only=True, gc=False, rename="camel"):
    """A dataset as a node of the lineage graph shows it."""

    id: Identity
    type: str
    name: str
    physical_name: str
    namespace: str
    source_name: str
    description: str | None
    created_at: str | None
    updated_at: str | None
    fields: Any
    tags: list[str]
    last_modified_at: str | None
    last_lifecycle_state: str | None


def page(db: Session, request: Request) -> Reply:
    """Answer a page of the datasets of a namespace by name."""
    namespaces.found(db, request)
    namespace = request.path["namespace"]
    rows = db.all("datasets.page", namespace=namespace, **request.page())
    return Reply(value={"datasets": _shapes(db, rows, with_facets=True), "totalCount": db.value("datasets.count", namespace=namespace)})


def one(db: Session, request: Request) -> Reply:
    """Answer a dataset."""
    return Reply(value=shape(db, found(db, request)))


def versions(db: Session, request: Request) -> Reply:
    """Answer a page of the versions of a dataset, the newest first; under the name of a symlink it has none."""
    dataset = found(db, request)
    if not dataset["is_primary"]:
        return Reply(value={"versions": [], "totalCount": 0})
    rows = db.all("versions.of_dataset", dataset_id=dataset["id"], **request.page())
    shown = [_version_shape(db, dataset, r, facets(db.all("versions.facets", version_id=r["id"]))) for r in rows]
    return Reply(value={"versions": shown, "totalCount": db.value("versions.count", dataset_id=dataset["id"])})


def version(db: Session, request: Request) -> Reply:
    """Answer a version of a dataset, with what its writer said of the write."""
    dataset = found(db, request)
    row = db.one("versions.one", version=request.path["version"].lower())
    if row is None or row["dataset_id"] != dataset["id"]:
        raise Refusal(404, f"Dataset version '{request.path['version']}' not found.")
    said = db.all("versions.facets_of_output", run_id=row["run_id"], version_id=row["id"])
    return Reply(value=_version_shape(db, dataset, row, facets(db.all("versions.facets", version_id=row["id"])) | facets(said)))


def found(db: Session, request: Request) -> Row:
    """Return the dataset of the request's path, under any of its names.

    Raises:
        Refusal: 404, there is none, or its namespace is not there.
    """
    namespaces.found(db, request)
    row = db.one("datasets.full", namespace=request.path["namespace"], name=request.path["dataset"])
    if row is None:
        raise Refusal(404, f"Dataset '{request.path['dataset']}' not found.")
    return row


def shape(db: Session, row: Row) -> dict[str, Any]:
    """Return a dataset as the API shows it; asked for by the name of a symlink it comes without facets, as from Marquez."""
    return _shapes(db, [row], with_facets=bool(row["is_primary"]))[0]


def _shapes(db: Session, rows: Sequence[Row], *, with_facets: bool) -> list[dict[str, Any]]:
    versions, tags = (
        ids(r["current_version_id"] for r in rows if r["current_version_id"] is not None),
        _Tags(db, ids(r["id"] for r in rows)),
    )
    told = by("version_id", db.all("versions.facets_of_versions", versions=versions)) if with_facets else {}
    added = by("version_id", db.all("versions.added_fields", versions=versions))
    edges = {r["id"]: edges_of(r["edges"]) for r in rows if r["edges"] is not None and r["is_primary"]}
    sources = ids({e.input_dataset_id for each in edges.values() for e in each})
    names = {dataset_id: Identity(namespace, name) for dataset_id, namespace, name in db.tuples("datasets.names", datasets=sources)}
    return [
        {
            **_head(r),
            "createdAt": iso(r["created_at"]),
            "updatedAt": iso(r["updated_at"]),
            "fields": _current_fields(db, r, {a["field_id"] for a in added.get(r["current_version_id"], ())}, tags.of_fields(r["id"])),
            "tags": tags.of(r["id"]),
            "lastModifiedAt": iso(r["last_modified_at"]),
            "lastLifecycleState": r["lifecycle_state"],
            **_schema_location(r),
            "currentVersion": r["current_version"],
            "columnLineage": made_of(edges.get(r["id"], ()), names),
            "facets": facets(told.get(r["current_version_id"], ())),
            "deleted": bool(r["deleted"]),
        }
        for r in rows
    ]


def node_datas(db: Session, dataset_ids: set[int]) -> dict[int, NodeData]:
    """Return datasets, by their ids, as nodes of the lineage graph show them: described if the last event that named them did so."""
    datasets = ids(dataset_ids)
    tags = _Tags(db, datasets)
    return {row[0]: _node_data(row, tags) for row in db.tuples("lineage.datasets", datasets=datasets)}


def _node_data(row: tuple[Any, ...], tags: _Tags) -> NodeData:
    dataset_id, namespace, name, kind, physical_name, source, description, created, updated, fields, modified, lifecycle = row
    return NodeData(
        id=Identity(namespace, name),
        type=kind,
        name=name,
        physical_name=physical_name,
        namespace=namespace,
        source_name=source,
        description=description,
        created_at=iso(created),
        updated_at=iso(updated),
        fields=_fields(fields, tags.of_fields(dataset_id)),
        tags=tags.of(dataset_id),
        last_modified_at=iso(modified),
        last_lifecycle_state=lifecycle,
    )


def _head(row: Row) -> dict[str, Any]:
    return {
        "id": Identity(row["shown_namespace"], row["shown_name"]),
        "type": row["type"],
        "name": row["shown_name"],
        "physicalName": row["physical_name"],
        "namespace": row["shown_namespace"],
        "sourceName": row["source_name"],
        "description": row["description"],
    }


def _schema_location(row: Row) -> dict[str, Any]:
    """Return where a stream keeps its schema; tables have no such place."""
    return {} if row["schema_location"] is None else {"schemaLocation": row["schema_location"]}


def _version_shape(db: Session, dataset: Row, row: Row, shown: dict[str, Any]) -> dict[str, Any]:
    tags = _Tags(db, ids([dataset["id"]]))
    return {
        **_head(dataset),
        "createdAt": iso(row["created_at"]),
        "version": row["uuid"],
        "fields": _fields(row["fields"], tags.of_fields(dataset["id"])),
        "tags": tags.of(dataset["id"]),
        "lifecycleState": row["lifecycle_state"],
        **_schema_location(row),
        "currentSchemaVersion": row["schema_uuid"],
        "createdByRun": None if row["run_id"] is None else run_shape(db, row["run_id"]),
        "facets": shown,
    }


def _current_fields(db: Session, row: Row, added: set[int], tags: dict[str, list[str]]) -> Any:
    """Return the columns that the current version has by itself or by what others told of it, those told of last at the end."""
    told = msgspec.json.decode(unpacked(row["fields"])) if row["fields"] else []
    own = {(c["name"], c["type"]) for c in told}
    if not added and row["fields_id"] == row["columns_id"] and len({(name, type_ or "") for name, type_ in own}) == len(told):
        # Nobody told of other columns since, so they stand in the order, and with the descriptions, that they were told in.
        return _fields(row["fields"], tags)
    return [
        {"name": f["name"], "type": f["type"], "tags": tags.get(f["name"], []), "description": f["description"]}
        for f in db.all("datasets.fields", dataset_id=row["id"])
        if (f["name"], f["type"]) in own or f["id"] in added
    ]


def _fields(kept: bytes | None, tags: dict[str, list[str]]) -> Any:
    if kept is None:
        return []
    json = unpacked(kept)
    if not tags:
        return msgspec.Raw(json)
    return [c | {"tags": tags.get(c["name"], [])} for c in msgspec.json.decode(json)]


class _Tags:
    """The tags of datasets and of their columns."""

    def __init__(self, db: Session, datasets: str) -> None:
        self._tags = by("dataset_id", db.all("datasets.tags", datasets=datasets))
        self._fields = by("dataset_id", db.all("datasets.field_tags", datasets=datasets))

    def of(self, dataset_id: int) -> list[str]:
        return list(dict.fromkeys(r["tag"] for r in self._tags.get(dataset_id, [])))

    def of_fields(self, dataset_id: int) -> dict[str, list[str]]:
        found: dict[str, dict[str, None]] = {}
        for row in self._fields.get(dataset_id, []):
            found.setdefault(row["field"], {})[row["tag"]] = None
        return {field: list(tags) for field, tags in found.items()}
