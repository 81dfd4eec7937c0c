"""The small shapes that the API's answers share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from clew.server.store.packing import unpacked

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clew.server.store import Row


class Identity(msgspec.Struct, frozen=True, order=True, gc=False):
    """Names a dataset or a job."""

    namespace: str
    name: str


class VersionIdentity(msgspec.Struct, frozen=True, gc=False):
    """Names a version of a dataset or of a job."""

    namespace: str
    name: str
    version: str


def ids(found: Iterable[int]) -> str:
    """Write ids as the JSON that sentences take many of them in."""
    return msgspec.json.encode(list(found)).decode()


def by(column: str, rows: Iterable[Row]) -> dict[int, list[Row]]:
    """Group rows by an id."""
    grouped: dict[int, list[Row]] = {}
    for row in rows:
        grouped.setdefault(row[column], []).append(row)
    return grouped


def facets(rows: Iterable[Row]) -> dict[str, Any]:
    """Return facets by name; their JSON goes out as it came in."""
    return {r["name"]: msgspec.Raw(unpacked(r["json"])) for r in rows}
