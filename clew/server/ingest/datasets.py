"""What an event does to the datasets that it names.

Source: marquez/db/OpenLineageDao.java (upsertLineageDataset), DatasetFacetsDao.java.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct
from msgspec.structs import replace

from clew.server.ingest import columns, identities
from clew.server.ingest.contents import content_id
from clew.server.ingest.namespaces import namespace_id

if TYPE_CHECKING:
    from clew.server.ingest.events import Columns, Dataset, Identity
    from clew.server.store import Row, Session

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


class Version(Struct, frozen=True, gc=False):
    """A dataset version in the store, and the columns that it has by itself."""

    id: int
    columns_id: int | None


class Seen(Struct, frozen=True):
    """A dataset and the version of it that an event is about."""

    id: Identity
    dataset_id: int
    version: Version


def see(db: Session, dataset: Dataset, io: IO, run: RunRef | None, moment: Moment) -> Seen:
    """Record a dataset that was read or written, its version, columns, facets and tags."""
    source_id, source = _source(db, dataset, moment)
    known = _dataset(db, dataset, source_id, moment)
    columns_id = _columns(db, dataset, known, moment.event)
    if io == "INPUT" and known.version is not None:
        version = known.version
    else:
        version = put_version(
            db,
            VersionOf(
                dataset_id=known.id,
                namespace=dataset.id.namespace,
                name=dataset.id.name,
                physical_name=dataset.id.name,
                source=source,
                columns=dataset.columns,
                columns_id=columns_id,
                lifecycle=dataset.lifecycle,
                run=run,
            ),
            moment.at,
            written=io == "OUTPUT",
        )
    if dataset.columns is not None and columns_id != version.columns_id:
        columns.add_to_version(db, known.id, version.id, dataset.columns)
    if io == "INPUT" and run is not None:
        _read(db, run.id, version.id)
        if known.version is None:
            set_current(db, known.id, version, moment.at)
    if io == "OUTPUT" and run is not None and dataset.lineage is not None:
        columns.tell_edges(db, dataset, dataset.lineage, dataset_id=known.id, version_id=version.id, run_id=run.id)
        if not known.shows_edges or (known.version is not None and known.version.id == version.id):
            columns.show_edges(db, known.id, version.id)
    _facets(db, dataset, version.id, run, moment.at)
    _tags(db, dataset, known.id)
    return Seen(dataset.id, known.id, version)


def _read(db: Session, run_id: int, version_id: int) -> None:
    """Record that a run reads a version; its later events mostly say so again."""
    key = ("reads", run_id)
    known: frozenset[int] = db.remembered.get(key) or frozenset()
    if version_id not in known:
        db.put_off("runs.add_input", (run_id, version_id), run_id=run_id, version_id=version_id)
        db.remembered.put(key, known | {version_id})


def set_current(db: Session, dataset_id: int, version: Version, at: int) -> dict[str, Any]:
    """Make a version the dataset's current one; return what is to be written of the dataset."""
    key = ("dataset", dataset_id)
    known: _Known | None = db.remembered.get(key)
    if known is not None:
        db.remembered.put(key, replace(known, version=version))
    return db.put_off("datasets.change", dataset_id, id=dataset_id, at=at, version_id=version.id)


def make_current(db: Session, row: Row, at: int) -> None:
    """Make a version that was written, of `versions.outputs_of_run`, its dataset's current one."""
    set_current(db, row["dataset_id"], Version(row["id"], row["fields_id"]), at)["modified_at"] = at
    columns.show_edges(db, row["dataset_id"], row["id"])


class VersionOf(Struct, frozen=True, kw_only=True):
    """What a version of a dataset follows from.

    Attributes:
        run: who writes it, or reads it as the first to tell of the dataset.
    """

    dataset_id: int
    namespace: str
    name: str
    physical_name: str
    source: str
    columns: Columns | None
    columns_id: int | None
    lifecycle: str | None = None
    schema_location: str | None = None
    run: RunRef | None = None


def put_version(db: Session, of: VersionOf, at: int, *, written: bool) -> Version:
    """Return a version of a dataset; make it where it is new. `written`: its run wrote it."""
    version = identities.dataset_version(
        of.namespace,
        of.source,
        of.name,
        of.physical_name,
        columns=of.columns.described if of.columns else "",
        lifecycle=of.lifecycle,
        run=of.run.uuid if of.run else None,
        schema_location=of.schema_location,
    )
    writer = of.run.id if of.run and written else None
    made: _Made | None = db.remembered.get(("version", of.dataset_id))
    if made is None or made.version != version:
        # Events of a run mostly tell of the one that its first one has made.
        made = _made(db, of, version, writer, at)
        db.remembered.put(("version", of.dataset_id), made)
    if writer is not None and made.writer != writer:
        db.run("versions.set_writer", id=made.id, run_id=writer)
        db.remembered.forget(("version", of.dataset_id))
    return Version(made.id, made.columns_id)


class _Made(Struct, frozen=True, gc=False):
    id: int
    columns_id: int | None
    version: str
    writer: int | None


def _made(db: Session, of: VersionOf, version: str, writer: int | None, at: int) -> _Made:
    row_id = db.add_unless_there(
        "versions.add",
        uuid=identities.row_id("dataset version", version),
        version=version,
        dataset_id=of.dataset_id,
        run_id=writer,
        at=at,
        schema_uuid=identities.schema_version(of.namespace, of.name, of.columns.typed if of.columns else ""),
        fields_id=of.columns_id,
        schema_location=of.schema_location,
        lifecycle_state=of.lifecycle,
    )
    if row_id is not None:
        return _Made(row_id, of.columns_id, version, writer)
    row = db.needed("versions.by_version", version=version)
    return _Made(row["id"], row["fields_id"], version, row["run_id"])


class _Known(Struct, frozen=True, gc=False):
    id: int
    columns_id: int | None = None
    version: Version | None = None
    shows_edges: bool = False


def _source(db: Session, dataset: Dataset, moment: Moment) -> tuple[int, str]:
    """Record the source of a dataset; the datasets of an event mostly share theirs."""
    name = dataset.source if dataset.source is not None else "default"
    key = ("source", dataset.source)
    row_id, event, url = db.remembered.get(key) or (0, 0, None)
    if url != dataset.source_url:
        values = {"name": name, "type": "POSTGRESQL", "at": moment.at}
        db.settle("sources.see")
        if dataset.source is None:
            row_id = db.value("sources.put_unless_there", **values)
        else:
            row_id = db.value("sources.put", **values, connection_url=dataset.source_url, description=None)
    elif event != moment.event:
        db.put_off("sources.see", row_id, id=row_id, at=moment.at)
    db.remembered.put(key, (row_id, moment.event, dataset.source_url))
    return row_id, name


def _columns(db: Session, dataset: Dataset, known: _Known, event: int) -> int | None:
    if dataset.columns is None:
        return None
    return columns.tell(db, known.id, dataset.columns, last_told=known.columns_id, event=event)


def _dataset(db: Session, dataset: Dataset, source_id: int, moment: Moment) -> _Known:
    ns = namespace_id(db, dataset.id.namespace, moment.at)
    deleted = dataset.lifecycle.upper() == "DROP"
    known = _known(db, ns, dataset.id.name)
    described = dataset.description is not None
    told = {"physical_name": dataset.id.name, "type": "DB_TABLE", "deleted": deleted, "at": moment.at}
    if known is not None:
        seen = db.put_off("datasets.change", known.id, id=known.id, described=described, hidden=False, **told)
        if described:
            seen["description"] = dataset.description
    else:
        description = dataset.description
        known = _Known(db.add("datasets.add", namespace_id=ns, name=dataset.id.name, source_id=source_id, description=description, **told))
        db.run("datasets.add_name", namespace_id=ns, name=dataset.id.name, dataset_id=known.id, is_primary=1)
    for alias in dataset.symlinks:
        alias_ns = namespace_id(db, alias.namespace, moment.at)
        db.run("datasets.add_name", namespace_id=alias_ns, name=alias.name, dataset_id=known.id, is_primary=0)
    return known


def _known(db: Session, namespace_id: int, name: str) -> _Known | None:
    """Return what is known of a dataset, which has one or more names that stay its own."""
    dataset_id: int | None = db.remembered.get(("dataset", namespace_id, name))
    known: _Known | None = None if dataset_id is None else db.remembered.get(("dataset", dataset_id))
    if known is None:
        row: Row | None = db.one("datasets.in_namespace", namespace_id=namespace_id, name=name)
        if row is None:
            return None
        if db.is_put_off("datasets.change", row["id"]):
            db.settle("datasets.change")
            return _known(db, namespace_id, name)
        current = Version(row["current_version_id"], row["fields_id"]) if row["current_version_id"] is not None else None
        known = _Known(row["id"], row["columns_id"], current, row["edges_version_id"] is not None)
        db.remembered.put(("dataset", namespace_id, name), known.id)
        db.remembered.put(("dataset", known.id), known)
    return known


def _facets(db: Session, dataset: Dataset, version_id: int, run: RunRef | None, at: int) -> None:
    for name, content in dataset.of_version:
        said_id, newest = content_id(db, content), db.put_off("versions.put_facet", (version_id, name), version_id=version_id, name=name)
        if at >= newest.get("event_time", at):
            newest.update(event_time=at, content_id=said_id)
    if run is None:
        return
    for io, name, content in dataset.of_run:
        key, said_id = (run.id, version_id, io, name), content_id(db, content)
        db.put_off("runs.put_dataset_facet", key, run_id=run.id, version_id=version_id, io=io, name=name, content_id=said_id)


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
