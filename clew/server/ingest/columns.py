"""What an event tells of the columns of a dataset, and of what they are made of.

Producers tell the same with every event, so what was told last is remembered by its content and nothing is written twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from clew.server.ingest import wire
from clew.server.ingest.contents import content, content_id
from clew.server.store.packing import unpacked

if TYPE_CHECKING:
    from clew.server.ingest.contents import Content
    from clew.server.ingest.events import Columns, Dataset
    from clew.server.store import Session


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
        db.remembered.forget(("columns", dataset_id))
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
    read = {(r["namespace"], r["name"]): r["dataset_id"] for r in db.all("columns.inputs_of_run", run_id=run_id)}
    told = _Lineage(
        lineage.digest,
        dataset.columns.json.digest if dataset.columns else None,
        read,
        {d: _names(db, d) for d in read.values()},
    )
    known = db.one("versions.edges", version_id=version_id)
    last: tuple[_Lineage, int | None] | None = db.remembered.get(("edges", dataset_id))
    if known is None and last is not None and last[0] == told:
        edges_id = last[1]
    else:
        edges = _edges(dataset, lineage, told)
        if known is not None:
            edges = {e.key: e for e in edges_of(known["json"])} | edges
        edges_id = content_id(db, content(msgspec.json.encode([edge for _, edge in sorted(edges.items())]))) if edges else None
        if known is None:
            db.remembered.put(("edges", dataset_id), (told, edges_id))
    if edges_id is not None and (known is None or edges_id != known["edges_id"]):
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


class _Lineage(msgspec.Struct, frozen=True, gc=False):
    """All that the edges of a version follow from: what was said, of which columns, and what was read."""

    said: bytes
    columns: bytes | None
    read: dict[tuple[str, str], int]
    names: dict[int, frozenset[str]]


def _edges(dataset: Dataset, lineage: Content, told: _Lineage) -> dict[tuple[str, int, str], Edge]:
    said = msgspec.json.decode(lineage.json, type=wire.ColumnLineage)
    has = {c.name for c in dataset.columns.each} if dataset.columns else set()
    edges: dict[tuple[str, int, str], Edge] = {}
    for field, column in (said.fields or {}).items():
        if has and field not in has:
            continue
        for source in column.input_fields or ():
            read = told.read.get((source.namespace or "", source.name or ""))
            if read is None or (told.names[read] and source.field not in told.names[read]):
                continue
            name = source.field or ""
            edges[field, read, name] = Edge(field, read, name, column.transformation_description, column.transformation_type)
    return edges


def _names(db: Session, dataset_id: int) -> frozenset[str]:
    """Return the names of all columns that a dataset was ever said to have."""
    key = ("columns", dataset_id)
    found: frozenset[str] | None = db.remembered.get(key)
    if found is None:
        found = frozenset(r["name"] for r in db.all("columns.fields_of_dataset", dataset_id=dataset_id))
        db.remembered.put(key, found)
    return found
