"""Datasets and their versions.

Source: marquez/db/DatasetDao.java, DatasetVersionDao.java, mappers/DatasetMapper.java.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from clew.server.answers import namespaces
from clew.server.answers.columns import made_of
from clew.server.answers.run_shape import run_shape
from clew.server.answers.shapes import by, facets, identity, ids
from clew.server.calls import Refusal, Reply
from clew.server.times import iso

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clew.server.calls import Request
    from clew.server.store import Row, Session


def page(db: Session, request: Request) -> Reply:
    """Answer a page of the datasets of a namespace by name."""
    namespaces.found(db, request)
    namespace = request.path["namespace"]
    rows = db.all("datasets.page", namespace=namespace, **request.page())
    return Reply(
        value={"datasets": [shape(db, r, with_facets=True) for r in rows], "totalCount": db.value("datasets.count", namespace=namespace)}
    )


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


def shape(db: Session, row: Row, *, with_facets: bool | None = None) -> dict[str, Any]:
    """Return a dataset as the API shows it; asked for by the name of a symlink it comes without facets, as from Marquez."""
    with_facets = bool(row["is_primary"]) if with_facets is None else with_facets
    version_id, tags = row["current_version_id"], _Tags(db, [row])
    return {
        **_head(row),
        "createdAt": iso(row["created_at"]),
        "updatedAt": iso(row["updated_at"]),
        "fields": _current_fields(db, row, tags.of_fields(row["id"])),
        "tags": tags.of(row["id"]),
        "lastModifiedAt": iso(row["last_modified_at"]),
        "lastLifecycleState": row["lifecycle_state"],
        **_schema_location(row),
        "currentVersion": row["current_version"],
        "columnLineage": made_of(db, row["id"]) if row["is_primary"] else None,
        "facets": facets(db.all("versions.facets", version_id=version_id)) if with_facets else {},
        "deleted": bool(row["deleted"]),
    }


def node_datas(db: Session, rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Return datasets as nodes of the lineage graph show them: with a description if the last event that named them had one."""
    tags = _Tags(db, rows)
    return [
        {
            **_head(r),
            "description": r["description"] if r["described"] else None,
            "createdAt": iso(r["created_at"]),
            "updatedAt": iso(r["updated_at"]),
            "fields": _fields(r["fields"], tags.of_fields(r["id"])),
            "tags": tags.of(r["id"]),
            "lastModifiedAt": iso(r["last_modified_at"]),
            "lastLifecycleState": r["lifecycle_state"],
        }
        for r in rows
    ]


def _head(row: Row) -> dict[str, Any]:
    return {
        "id": identity(row["shown_namespace"], row["shown_name"]),
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
    tags = _Tags(db, [dataset])
    run = None if row["run_uuid"] is None else db.one("runs.full", uuid=row["run_uuid"])
    return {
        **_head(dataset),
        "createdAt": iso(row["created_at"]),
        "version": row["uuid"],
        "fields": _fields(row["fields"], tags.of_fields(dataset["id"])),
        "tags": tags.of(dataset["id"]),
        "lifecycleState": row["lifecycle_state"],
        **_schema_location(row),
        "currentSchemaVersion": row["schema_uuid"],
        "createdByRun": None if run is None else run_shape(db, run),
        "facets": shown,
    }


def _current_fields(db: Session, row: Row, tags: dict[str, list[str]]) -> list[dict[str, Any]]:
    """Return the columns that the current version has by itself or by what others told of it, those told of last at the end."""
    own = {(c["name"], c["type"]) for c in msgspec.json.decode(row["fields"])} if row["fields"] else set()
    added = {r["field_id"] for r in db.all("versions.added_fields", version_id=row["current_version_id"])}
    return [
        {"name": f["name"], "type": f["type"], "tags": tags.get(f["name"], []), "description": f["description"]}
        for f in db.all("datasets.fields", dataset_id=row["id"])
        if (f["name"], f["type"]) in own or f["id"] in added
    ]


def _fields(json: bytes | None, tags: dict[str, list[str]]) -> Any:
    if json is None:
        return []
    if not tags:
        return msgspec.Raw(json)
    return [c | {"tags": tags.get(c["name"], [])} for c in msgspec.json.decode(json)]


class _Tags:
    """The tags of datasets and of their columns."""

    def __init__(self, db: Session, rows: Sequence[Row]) -> None:
        datasets = ids(r["id"] for r in rows)
        self._tags = by("dataset_id", db.all("datasets.tags", datasets=datasets))
        self._fields = by("dataset_id", db.all("datasets.field_tags", datasets=datasets))

    def of(self, dataset_id: int) -> list[str]:
        return list(dict.fromkeys(r["tag"] for r in self._tags.get(dataset_id, [])))

    def of_fields(self, dataset_id: int) -> dict[str, list[str]]:
        found: dict[str, dict[str, None]] = {}
        for row in self._fields.get(dataset_id, []):
            found.setdefault(row["field"], {})[row["tag"]] = None
        return {field: list(tags) for field, tags in found.items()}
