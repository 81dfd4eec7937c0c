"""Finding the edges of column lineage: as they are now, or as they were at a version."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from clew.server.ingest.columns import Edge as Told
from clew.server.ingest.columns import edges_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clew.server.store import Session

Column = tuple[int, str]
"""The id of a dataset and the name of a column."""

_VersionColumn = tuple[int, "str | None"]


class Edge(Struct, frozen=True, kw_only=True):
    """A column that was made of another, and the versions of their datasets."""

    dataset_id: int
    field: str
    version_id: int | None
    input_dataset_id: int
    input_field: str
    input_version_id: int | None
    description: str | None
    type: str | None

    @property
    def output(self) -> Column:
        """The column that was made."""
        return self.dataset_id, self.field

    @property
    def input(self) -> Column:
        """The column that it was made of."""
        return self.input_dataset_id, self.input_field


def now(db: Session, start: set[Column], depth: int, *, downstream: bool) -> list[Edge]:
    """Return the edges within `depth` steps of some columns.

    A step leads from an edge to those into its input and, when asked, to those out of its output; the first ones are those into
    the columns themselves. Columns that nobody wrote have none: there the walk begins with the edges out of them.
    """
    found: dict[tuple[Column, Column], Edge] = {}
    layer = _at(db, "columns.upstream", start)
    if downstream and not layer:
        layer = _at(db, "columns.downstream", start)
    for _ in range(max(depth, 1)):
        new = [e for e in layer if (e.output, e.input) not in found]
        if not new:
            break
        found.update(((e.output, e.input), e) for e in new)
        layer = _at(db, "columns.upstream", {e.input for e in new})
        if downstream:
            layer += _at(db, "columns.downstream", {e.output for e in new})
    return list(found.values())


def then(db: Session, versions: Iterable[int], field: str | None, depth: int) -> list[Edge]:
    """Return what the columns of dataset versions (or one of them) were made of at the time, within `depth` steps."""
    found: list[Edge] = []
    layer: set[_VersionColumn] = {(v, field) for v in versions}
    seen = set(layer)
    for _ in range(max(depth, 1)):
        edges = [e for version_id, name in sorted(layer, key=_first) for e in _of_version(db, version_id, name)]
        found += edges
        layer = {
            (e.input_version_id, e.input_field)
            for e in edges
            if e.input_version_id is not None and (e.input_version_id, e.input_field) not in seen
        }
        if not layer:
            break
        seen |= layer
    return found


def _first(column: _VersionColumn) -> tuple[int, str]:
    version_id, name = column
    return version_id, name or ""


def _at(db: Session, sentence: str, columns: set[Column]) -> list[Edge]:
    rows = [r for dataset_id, field in sorted(columns) for r in db.all(sentence, dataset_id=dataset_id, field=field)]
    return [_edge(db, r["version_id"], r["dataset_id"], Told(*tuple(r)[1:6])) for r in rows]


def _of_version(db: Session, version_id: int, field: str | None) -> list[Edge]:
    row, version = db.one("versions.edges", version_id=version_id), db.needed("columns.version", version_id=version_id)
    told = edges_of(row["json"]) if row is not None and not version["hidden"] else []
    return [_edge(db, version_id, version["dataset_id"], e) for e in told if field is None or e.field == field]


def _edge(db: Session, version_id: int | None, dataset_id: int, told: Told) -> Edge:
    return Edge(
        dataset_id=dataset_id,
        field=told.field,
        version_id=version_id,
        input_dataset_id=told.input_dataset_id,
        input_field=told.input_field,
        input_version_id=db.value("columns.version_that_was_read", version_id=version_id, input_dataset_id=told.input_dataset_id),
        description=told.description,
        type=told.type,
    )
