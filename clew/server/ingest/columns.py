"""What an event tells of the columns of a dataset, and of what they are made of.

Producers tell the same with every event, so what was told last is remembered by its content and nothing is written twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from clew.server.ingest.contents import content_id

if TYPE_CHECKING:
    from clew.server.ingest.events import Column, Dataset
    from clew.server.store import Session


class Edge(msgspec.Struct, frozen=True, array_like=True):
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


def tell(db: Session, dataset_id: int, last_told: int | None, columns: tuple[Column, ...] | None, event: int) -> int | None:
    """Record the columns that an event tells of; return the id of their content, or None where it tells of none."""
    if columns is None:
        return None
    # With a place for tags, so that it goes out as it is where there are none.
    shown: list[dict[str, Any]] = [{"name": c.name, "type": c.type, "tags": [], "description": c.description} for c in columns]
    columns_id = content_id(db, msgspec.json.encode(shown))
    if columns_id != last_told:
        db.run_many("datasets.put_field", [{"dataset_id": dataset_id, "seen": event, "position": n, **c} for n, c in enumerate(shown)])
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
    edges_id = content_id(db, msgspec.json.encode(sorted(told.values(), key=lambda e: e.key)))
    if known is None or edges_id != known["edges_id"]:
        db.run("versions.set_edges", version_id=version_id, edges_id=edges_id)


def show_edges(db: Session, dataset_id: int, version_id: int) -> None:
    """Make the edges of a version those that are shown."""
    row = db.needed("columns.shown", dataset_id=dataset_id, version_id=version_id)
    db.run("datasets.show_edges", id=dataset_id, version_id=version_id, edges_id=row["edges_id"])
    if row["edges_id"] == row["shown_id"]:
        return
    db.run("columns.clear", dataset_id=dataset_id)
    if row["edges_id"] is not None:
        db.run_many("columns.put", ({"dataset_id": dataset_id, **msgspec.structs.asdict(e)} for e in edges_of(row["json"])))


def _told(db: Session, dataset: Dataset, run_id: int) -> dict[tuple[str, int, str], Edge]:
    read = {(r["namespace"], r["name"]): r["dataset_id"] for r in db.all("columns.inputs_of_run", run_id=run_id)}
    has = {c.name for c in dataset.columns or ()}
    schemas = {d: {r["name"] for r in db.all("columns.fields_of_dataset", dataset_id=d)} for d in set(read.values())}
    told: dict[tuple[str, int, str], Edge] = {}
    for said in dataset.edges:
        source = read.get((said.source.namespace, said.source.name))
        if source is None or (has and said.field not in has) or (schemas[source] and said.source_field not in schemas[source]):
            continue
        edge = Edge(said.field, source, said.source_field, said.description, said.type)
        told[edge.key] = edge
    return told
