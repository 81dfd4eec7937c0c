"""The small shapes that the API's answers share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from clew.server.store.packing import unpacked

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from clew.server.store import Row


def identity(namespace: str, name: str) -> dict[str, str]:
    """Name a dataset or a job."""
    return {"namespace": namespace, "name": name}


def ids(found: Iterable[int]) -> str:
    """Write ids as the JSON that sentences take many of them in."""
    return msgspec.json.encode(list(found)).decode()


def by(column: str, rows: Iterable[Row]) -> dict[int, list[Row]]:
    """Group rows by an id."""
    grouped: dict[int, list[Row]] = {}
    for row in rows:
        grouped.setdefault(row[column], []).append(row)
    return grouped


def records(rows: Sequence[Row]) -> Iterator[dict[str, Any]]:
    """Give rows as dictionaries: in a row of SQLite's, a column takes longer to find the further back it stands."""
    columns = rows[0].keys() if rows else ()
    return (dict(zip(columns, row, strict=True)) for row in rows)


def facets(rows: Iterable[Row]) -> dict[str, Any]:
    """Return facets by name; their JSON goes out as it came in."""
    return {r["name"]: msgspec.Raw(unpacked(r["json"])) for r in rows}
