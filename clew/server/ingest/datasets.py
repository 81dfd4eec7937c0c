"""What an event does to the datasets that it names.

Source: marquez/db/OpenLineageDao.java (upsertLineageDataset), DatasetFacetsDao.java.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec
from msgspec import Struct

from clew.server.ingest import identities
from clew.server.ingest.contents import content_id, kept
from clew.server.ingest.namespaces import namespace_id

if TYPE_CHECKING:
    from clew.server.ingest.events import Column, Dataset, Identity
    from clew.server.store import Row, Session

INPUT_FACETS = frozenset({"dataqualitymetrics", "dataqualityassertions"})
OUTPUT_FACETS = frozenset({"outputstatistics"})
"""Facets, in lower case, that tell of a read or a write even where they stand among the facets of the dataset itself."""

IO = Literal["INPUT", "OUTPUT"]


class RunRef(Struct, frozen=True):
    """A run in the store."""

    id: int
    uuid: str


class Moment(Struct, frozen=True, kw_only=True):
    """The event that is being recorded.

    Attributes:
        at: event time. Both times are microseconds since 1970.
        received: when it arrived.
        event: its number; orders what was seen.
    """

    at: int
    received: int
    event: int


class Seen(Struct, frozen=True):
    """A dataset and the version of it that an event is about."""

    id: Identity
    dataset_id: int
    version_id: int


def see(db: Session, dataset: Dataset, io: IO, run: RunRef | None, moment: Moment) -> Seen:
    """Record a dataset that was read or written, its version, columns, facets and tags."""
    source_id, source = _source(db, dataset, moment.at)
    dataset_id, current = _dataset(db, dataset, source_id, moment)
    _columns(db, dataset_id, dataset.columns or (), moment.event)
    if io == "INPUT" and current is not None:
        version_id = current
    else:
        version_id = _version(db, dataset, _VersionKey(dataset_id, source, run, run.id if run and io == "OUTPUT" else None), moment)
    seen = Seen(dataset.id, dataset_id, version_id)
    db.run("versions.map_seen_fields", version_id=version_id, dataset_id=dataset_id, seen=moment.event)
    if io == "INPUT" and run is not None:
        db.run("runs.add_input", run_id=run.id, version_id=version_id)
        if current is None:
            db.run("datasets.set_current_version", id=dataset_id, version_id=version_id, at=moment.at)
    if io == "OUTPUT":
        _column_edges(db, dataset, seen, current, run)
    _facets(db, dataset, version_id, run, moment.at)
    _tags(db, dataset, dataset_id)
    return seen


def make_current(db: Session, dataset_id: int, version_id: int, at: int) -> None:
    """Make a version the dataset's current one: it was written."""
    db.run("datasets.modify", id=dataset_id, version_id=version_id, at=at)
    db.run("columns.clear_current", dataset_id=dataset_id)
    db.run("columns.mark_current", version_id=version_id)


def _source(db: Session, dataset: Dataset, at: int) -> tuple[int, str]:
    if dataset.source is None:
        return db.value("sources.put_unless_there", name="default", type="POSTGRESQL", at=at), "default"
    row_id = db.value("sources.put", name=dataset.source, type="POSTGRESQL", at=at, connection_url=dataset.source_url, description=None)
    return row_id, dataset.source


def _dataset(db: Session, dataset: Dataset, source_id: int, moment: Moment) -> tuple[int, int | None]:
    ns = namespace_id(db, dataset.id.namespace, moment.at)
    deleted = dataset.lifecycle.upper() == "DROP"
    known: Row | None = db.one("datasets.in_namespace", namespace_id=ns, name=dataset.id.name)
    told = {"physical_name": dataset.id.name, "type": "DB_TABLE", "description": dataset.description, "deleted": deleted, "at": moment.at}
    if known is not None:
        dataset_id, current = known["id"], known["current_version_id"]
        db.run("datasets.see", id=dataset_id, **told)
    else:
        dataset_id, current = db.add("datasets.add", namespace_id=ns, name=dataset.id.name, source_id=source_id, **told), None
        db.run("datasets.add_name", namespace_id=ns, name=dataset.id.name, dataset_id=dataset_id, is_primary=1)
    for alias in dataset.symlinks:
        alias_ns = namespace_id(db, alias.namespace, moment.at)
        db.run("datasets.add_name", namespace_id=alias_ns, name=alias.name, dataset_id=dataset_id, is_primary=0)
    return dataset_id, current


def _columns(db: Session, dataset_id: int, columns: tuple[Column, ...], event: int) -> None:
    db.run_many(
        "datasets.put_field",
        (
            {"dataset_id": dataset_id, "name": c.name, "type": c.type, "description": c.description, "seen": event, "position": n}
            for n, c in enumerate(columns)
        ),
    )


class _VersionKey(Struct, frozen=True):
    dataset_id: int
    source: str
    run: RunRef | None
    writer_id: int | None


def _version(db: Session, dataset: Dataset, key: _VersionKey, moment: Moment) -> int:
    namespace, name = dataset.id.namespace, dataset.id.name
    columns = [(c.name, c.type, c.description) for c in dataset.columns or ()]
    version = identities.dataset_version(
        namespace, key.source, name, name, fields=columns, lifecycle=dataset.lifecycle, run=key.run.uuid if key.run else None
    )
    row_id: int = db.value(
        "versions.put",
        uuid=identities.row_id("dataset version", version),
        version=version,
        dataset_id=key.dataset_id,
        run_id=key.writer_id,
        at=moment.at,
        schema_uuid=identities.schema_version(namespace, name, columns),
        fields_id=content_id(db, _json(dataset.columns)) if dataset.columns is not None else None,
        schema_location=None,
        lifecycle_state=dataset.lifecycle,
    )
    return row_id


def _json(columns: tuple[Column, ...]) -> bytes:
    return msgspec.json.encode([{"name": c.name, "type": c.type, "description": c.description} for c in columns])


def _facets(db: Session, dataset: Dataset, version_id: int, run: RunRef | None, at: int) -> None:
    for found, default in ((dataset.facets, None), (dataset.input_facets, "INPUT"), (dataset.output_facets, "OUTPUT")):
        for name, content in kept(db, found):
            io = default or _io_of_facet(name)
            if io != "OUTPUT":
                db.run("versions.put_facet", version_id=version_id, name=name, event_time=at, content_id=content)
            if io is not None and run is not None:
                db.run("runs.put_dataset_facet", run_id=run.id, version_id=version_id, io=io, name=name, content_id=content)


def _io_of_facet(name: str) -> str | None:
    lowered = name.lower()
    return "INPUT" if lowered in INPUT_FACETS else "OUTPUT" if lowered in OUTPUT_FACETS else None


def _column_edges(db: Session, dataset: Dataset, seen: Seen, current: int | None, run: RunRef | None) -> None:
    if not dataset.edges or run is None:
        return
    if current is None:
        db.run("columns.clear_current", dataset_id=seen.dataset_id)
    read = {(r["namespace"], r["name"]): r for r in db.all("columns.inputs_of_run", run_id=run.id)}
    has = {c.name for c in dataset.columns or ()}
    for edge in dataset.edges:
        source = read.get((edge.source.namespace, edge.source.name))
        if source is not None and (not has or edge.field in has):
            db.run(
                "columns.put",
                version_id=seen.version_id,
                dataset_id=seen.dataset_id,
                field=edge.field,
                input_dataset_id=source["dataset_id"],
                input_field=edge.source_field,
                input_version_id=source["version_id"],
                description=edge.description,
                type=edge.type,
                current=current in {None, seen.version_id},
            )


def _tags(db: Session, dataset: Dataset, dataset_id: int) -> None:
    if dataset.tags is None:
        return
    db.run("datasets.forget_told_tags", dataset_id=dataset_id)
    db.run("datasets.forget_told_field_tags", dataset_id=dataset_id)
    for tag in dataset.tags:
        if tag.field is None:
            db.run("datasets.add_tag", dataset_id=dataset_id, tag=tag.tag, told=1)
        else:
            db.run("datasets.add_field_tag", dataset_id=dataset_id, field=tag.field, tag=tag.tag, told=1)
