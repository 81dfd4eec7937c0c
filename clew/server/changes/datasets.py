"""Make, change, tag and delete datasets.

Source: marquez/db/DatasetDao.java (upsertDatasetMeta), DatasetVersionDao.java (upsertDatasetVersion).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clew.server.answers import datasets, namespaces
from clew.server.answers.runs import found as found_run
from clew.server.calls import Refusal, Reply
from clew.server.changes import bodies
from clew.server.ingest import columns
from clew.server.ingest.datasets import RunRef, VersionOf, put_version, set_current
from clew.server.ingest.events import Column, columns_of
from clew.server.ingest.namespaces import namespace_id

if TYPE_CHECKING:
    from clew.server.calls import Request
    from clew.server.ingest.datasets import Moment, Version
    from clew.server.store import Row, Session

_TYPES = ("DB_TABLE", "STREAM")


def put(db: Session, request: Request) -> Reply:
    """Make a dataset, or a new version of it, which becomes the current one."""
    namespaces.found(db, request)
    said = bodies.body(request, bodies.Dataset)
    if said.type not in _TYPES:
        raise Refusal(422, f"$.type: expected one of {', '.join(_TYPES)}, got {said.type!r}")
    if said.run_id:
        found_run(db, said.run_id)
    source = db.one("sources.by_name", name=said.source_name)
    if source is None:
        raise Refusal(404, f"Source '{said.source_name}' not found.")
    moment = bodies.moment(db, request)
    dataset_id = _dataset(db, request, said, source["id"], moment)
    _tags(db, dataset_id, said)
    set_current(db, dataset_id, _version(db, request, said, dataset_id, moment), moment.at)
    db.settle()
    return datasets.one(db, request)


def delete(db: Session, request: Request) -> Reply:
    """Hide a dataset until an event names it again; answers how it was."""
    row = datasets.found(db, request)
    if not row["is_primary"]:
        raise Refusal(404, f"Dataset '{request.path['dataset']}' not found: delete it by its own name, not by that of a symlink.")
    bodies.moment(db, request)
    db.run("datasets.hide", id=row["id"])
    return Reply(value=_bare(db, row))


def tag(db: Session, request: Request) -> Reply:
    """Tag a dataset."""
    row, name = datasets.found(db, request), request.path["tag"]
    bodies.moment(db, request)
    db.run("tags.put_unless_there", name=name)
    db.run("datasets.add_tag", dataset_id=row["id"], tag=name, told=0)
    return Reply(value=_bare(db, row))


def untag(db: Session, request: Request) -> Reply:
    """Take a tag from a dataset."""
    row = datasets.found(db, request)
    bodies.moment(db, request)
    db.run("datasets.remove_tag", dataset_id=row["id"], tag=request.path["tag"])
    return Reply(value=_bare(db, row))


def tag_field(db: Session, request: Request) -> Reply:
    """Tag a column; tags of columns are in upper case."""
    row, name = _with_field(db, request), request.path["tag"].upper()
    bodies.moment(db, request)
    db.run("tags.put_unless_there", name=name)
    db.run("datasets.add_field_tag", dataset_id=row["id"], field=request.path["field"], tag=name, told=0)
    return Reply(value=_bare(db, row))


def untag_field(db: Session, request: Request) -> Reply:
    """Take a tag from a column."""
    row = _with_field(db, request)
    bodies.moment(db, request)
    db.run("datasets.remove_field_tag", dataset_id=row["id"], field=request.path["field"], tag=request.path["tag"].upper())
    return Reply(value=_bare(db, row))


def _bare(db: Session, row: Row) -> dict[str, Any]:
    """Return a dataset without its column lineage, which is what changing one answers."""
    return datasets.shape(db, row) | {"columnLineage": None}


def _with_field(db: Session, request: Request) -> Row:
    row = datasets.found(db, request)
    if db.value("datasets.has_field", dataset_id=row["id"], name=request.path["field"]) is None:
        raise Refusal(404, f"Field '{request.path['field']}' not found for dataset '{request.path['dataset']}'.")
    return row


def _dataset(db: Session, request: Request, said: bodies.Dataset, source_id: int, moment: Moment) -> int:
    ns, name = namespace_id(db, request.path["namespace"], moment.at), request.path["dataset"]
    told = {"physical_name": said.physical_name, "type": said.type, "description": said.description, "deleted": False, "at": moment.at}
    known = db.one("datasets.in_namespace", namespace_id=ns, name=name)
    if known is not None:
        db.run("datasets.see", id=known["id"], **told | {"description": said.description or known["description"]})
        return int(known["id"])
    dataset_id = db.add("datasets.add", namespace_id=ns, name=name, source_id=source_id, **told)
    db.run("datasets.add_name", namespace_id=ns, name=name, dataset_id=dataset_id, is_primary=1)
    return dataset_id


def _tags(db: Session, dataset_id: int, said: bodies.Dataset) -> None:
    for name in said.tags or ():
        db.run("tags.put_unless_there", name=name)
        db.run("datasets.add_tag", dataset_id=dataset_id, tag=name, told=0)
    for column in said.fields or ():
        for name in column.tags or ():
            db.run("tags.put_unless_there", name=name)
            db.run("datasets.add_field_tag", dataset_id=dataset_id, field=column.name, tag=name, told=0)


def _version(db: Session, request: Request, said: bodies.Dataset, dataset_id: int, moment: Moment) -> Version:
    told = columns_of(tuple(Column(c.name, c.type, c.description) for c in said.fields or ()))
    version = VersionOf(
        dataset_id=dataset_id,
        namespace=request.path["namespace"],
        name=request.path["dataset"],
        physical_name=said.physical_name,
        source=said.source_name,
        columns=told,
        columns_id=columns.tell(db, dataset_id, told, last_told=None, event=moment.event),
        schema_location=said.schema_location,
        run=RunRef(found_run(db, said.run_id)["id"], said.run_id) if said.run_id else None,
    )
    return put_version(db, version, moment.at, written=True)
