"""What an event tells of the columns of a dataset, and of what they are made of.

Producers tell the same with every event, so what was told last is remembered by its content and nothing is written twice.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

import msgspec

from clew.server.ingest import wire
from clew.server.ingest.contents import content, content_id
from clew.server.store.packing import unpacked

if TYPE_CHECKING:
    from clew.server.ingest.contents import Content
    from clew.server.ingest.events import Columns, Dataset
    from clew.server.store import Row, Session


class Edge(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A column of a dataset version, and one that it was made of; kept as JSON with the version."""

    field: str
    input_dataset_id: int
    input_field: str
    description: str | None
    type: str | None

    @property
    def key(self) -> tuple[str, int, str]:
        """What there is one edge of."""
        return self.field, self.input_dataset_id, self.input_field


def edges_of(kept: bytes) -> list[Edge]:
    """Read the edges of a version, as they are kept."""
    return msgspec.json.decode(unpacked(kept), type=list[Edge])


def forget(db: Session, dataset_id: int) -> None:
    """Forget what is remembered of the row of a dataset, since it has changed."""
    db.remembered.forget(("dataset", dataset_id))


def tell(db: Session, dataset_id: int, columns: Columns, *, last_told: int | None, event: int) -> int:
    """Record the columns that an event tells of, unless they are those that were told of last; return the id of their content."""
    columns_id = content_id(db, columns.json)
    if columns_id != last_told:
        rows = [
            {"dataset_id": dataset_id, "seen": event, "position": n, "name": c.name, "type": c.type, "description": c.description}
            for n, c in enumerate(columns.each)
        ]
        db.run_many("datasets.put_field", rows)
        db.run("datasets.tell_columns", id=dataset_id, columns_id=columns_id)
        forget(db, dataset_id)
    return columns_id


def add_to_version(db: Session, dataset_id: int, version_id: int, columns: Columns) -> None:
    """Add columns to a version that others than its own schema tell of."""
    rows = [{"version_id": version_id, "dataset_id": dataset_id, "name": c.name, "type": c.type} for c in columns.each]
    db.run_many("versions.add_field", rows)


def tell_edges(db: Session, dataset: Dataset, lineage: Content, *, dataset_id: int, version_id: int, run_id: int) -> None:
    """Record what the columns of a written version are made of.

    As in Marquez, only columns of datasets that the run has read count; a schema, where there is one, must know the column.
    """
    db.settle("runs.add_input")
    read = db.all("columns.inputs_of_run", run_id=run_id)
    follow = _followed(dataset, lineage, read)
    known: int | None = db.value("versions.edges_id", version_id=version_id)
    last = _last(db, dataset_id)
    if last is not None and last.followed == follow and known in {None, last.edges_id}:
        edges_id = last.edges_id
    else:
        edges = _edges(db, dataset, lineage, read)
        if known is not None:
            edges = {e.key: e for e in edges_of(db.value("content.json", id=known))} | edges
        edges_id = content_id(db, content(msgspec.json.encode([edge for _, edge in sorted(edges.items())]))) if edges else None
        if known is None:
            db.run("columns.put_last", dataset_id=dataset_id, followed=follow, edges_id=edges_id)
            db.remembered.put(("edges", dataset_id), _Last(follow, edges_id))
    if edges_id != known:
        db.run("versions.set_edges", version_id=version_id, edges_id=edges_id)


def show_edges(db: Session, dataset_id: int, version_id: int) -> None:
    """Make the edges of a version those that are shown."""
    row = db.needed("columns.shown", dataset_id=dataset_id, version_id=version_id)
    if (row["shown_version_id"], row["shown_id"]) != (version_id, row["edges_id"]):
        db.run("datasets.show_edges", id=dataset_id, version_id=version_id, edges_id=row["edges_id"])
        if row["shown_version_id"] is None:
            forget(db, dataset_id)
    if row["edges_id"] == row["shown_id"]:
        return
    db.run("columns.clear", dataset_id=dataset_id)
    edges = edges_of(db.value("content.json", id=row["edges_id"])) if row["edges_id"] is not None else ()
    db.run_many("columns.put", [{"dataset_id": dataset_id, **msgspec.structs.asdict(e)} for e in edges])


class _Last(msgspec.Struct, frozen=True, gc=False):
    """The edges that a version of a dataset got last, and a digest of all that they followed from."""

    followed: bytes
    edges_id: int | None


def _last(db: Session, dataset_id: int) -> _Last | None:
    found: _Last | None = db.remembered.get(("edges", dataset_id))
    if found is None:
        row = db.one("columns.last", dataset_id=dataset_id)
        if row is not None:
            found = _Last(row["followed"], row["edges_id"])
            db.remembered.put(("edges", dataset_id), found)
    return found


def _followed(dataset: Dataset, lineage: Content, read: list[Row]) -> bytes:
    """Return a digest of all that edges follow from: what was said, of which columns, and what was read.

    Columns are never taken from a dataset, so their number tells whether they are the same.
    """
    told = blake2b(lineage.digest, digest_size=16)
    told.update(dataset.columns.json.digest if dataset.columns else bytes(16))
    told.update(msgspec.json.encode(sorted(map(tuple, read))))
    return told.digest()


def _edges(db: Session, dataset: Dataset, lineage: Content, read: list[Row]) -> dict[tuple[str, int, str], Edge]:
    said = msgspec.json.decode(lineage.json, type=wire.ColumnLineage)
    has = {c.name for c in dataset.columns.each} if dataset.columns else set()
    ids = {(r["namespace"], r["name"]): r["dataset_id"] for r in read}
    names = {i: {r["name"] for r in db.all("columns.fields_of_dataset", dataset_id=i)} for i in ids.values()}
    edges: dict[tuple[str, int, str], Edge] = {}
    for field, column in (said.fields or {}).items():
        if has and field not in has:
            continue
        for source in column.input_fields or ():
            origin = ids.get((source.namespace or "", source.name or ""))
            if origin is None or (names[origin] and source.field not in names[origin]):
                continue
            name = source.field or ""
            edges[field, origin, name] = Edge(field, origin, name, column.transformation_description, column.transformation_type)
    return edges
