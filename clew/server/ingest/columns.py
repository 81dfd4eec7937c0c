"""What an event tells of the columns of a dataset, and of what they are made of.

Producers tell the same with every event, so what was told last is remembered by its content and nothing is written twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from clew.server.ingest.contents import content, content_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clew.server.ingest.contents import Content
    from clew.server.ingest.events import Column, Dataset
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


def edges_of(json: bytes) -> list[Edge]:
    """Read the edges of a version."""
    return msgspec.json.decode(json, type=list[Edge])


def tell(db: Session, dataset_id: int, columns: Sequence[Column], json: Content, *, last_told: int | None, event: int) -> int:
    """Record the columns that an event tells of, unless they are those that were told of last; return the id of their content."""
    columns_id = content_id(db, json)
    if columns_id != last_told:
        rows = [
            {"dataset_id": dataset_id, "seen": event, "position": n, "name": c.name, "type": c.type, "description": c.description}
            for n, c in enumerate(columns)
        ]
        db.run_many("datasets.put_field", rows)
        db.remembered.forget(("columns", dataset_id))
        db.run("datasets.tell_columns", id=dataset_id, columns_id=columns_id)
    return columns_id


def add_to_version(db: Session, dataset_id: int, version_id: int, columns: tuple[Column, ...]) -> None:
    """Add columns to a version that others than its own schema tell of."""
    rows = ({"version_id": version_id, "dataset_id": dataset_id, "name": c.name, "type": c.type} for c in columns)
    db.run_many("versions.add_field", rows)


def tell_edges(db: Session, dataset: Dataset, version_id: int, run_id: int) -> None:
    """Record what the columns of a written version are made of.

    As in Marquez, only columns of datasets that the run has read count; a schema, where there is one, must know the column.
    """
    told = _told(db, dataset, run_id)
    known = db.one("versions.edges", version_id=version_id)
    if known is not None:
        told = {e.key: e for e in edges_of(known["json"])} | told
    if not told:
        return
    edges_id = content_id(db, content(msgspec.json.encode(sorted(told.values(), key=lambda e: e.key))))
    if known is None or edges_id != known["edges_id"]:
        db.run("versions.set_edges", version_id=version_id, edges_id=edges_id)


def show_edges(db: Session, dataset_id: int, version_id: int) -> None:
    """Make the edges of a version those that are shown."""
    row = db.needed("columns.shown", dataset_id=dataset_id, version_id=version_id)
    if (row["shown_version_id"], row["shown_id"]) != (version_id, row["edges_id"]):
        db.run("datasets.show_edges", id=dataset_id, version_id=version_id, edges_id=row["edges_id"])
    if row["edges_id"] == row["shown_id"]:
        return
    db.run("columns.clear", dataset_id=dataset_id)
    edges = edges_of(db.value("content.json", id=row["edges_id"])) if row["edges_id"] is not None else ()
    db.run_many("columns.put", ({"dataset_id": dataset_id, **msgspec.structs.asdict(e)} for e in edges))


def _told(db: Session, dataset: Dataset, run_id: int) -> dict[tuple[str, int, str], Edge]:
    read = {(r["namespace"], r["name"]): r["dataset_id"] for r in db.all("columns.inputs_of_run", run_id=run_id)}
    has = {c.name for c in dataset.columns or ()}
    names = {edge.source for edge in dataset.edges}
    sources = {read[key] for each in names if (key := (each.namespace, each.name)) in read}
    schemas = {d: _names(db, d) for d in sources}
    told: dict[tuple[str, int, str], Edge] = {}
    for said in dataset.edges:
        source = read.get((said.source.namespace, said.source.name))
        if source is None or (has and said.field not in has) or (schemas[source] and said.source_field not in schemas[source]):
            continue
        edge = Edge(said.field, source, said.source_field, said.description, said.type)
        told[edge.key] = edge
    return told


def _names(db: Session, dataset_id: int) -> frozenset[str]:
    """Return the names of all columns that a dataset was ever said to have."""
    key = ("columns", dataset_id)
    found: frozenset[str] | None = db.remembered.get(key)
    if found is None:
        found = frozenset(r["name"] for r in db.all("columns.fields_of_dataset", dataset_id=dataset_id))
        db.remembered.put(key, found)
    return found
