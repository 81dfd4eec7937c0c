"""The small shapes that the API's answers share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clew.server.store import Row


def identity(namespace: str, name: str) -> dict[str, str]:
    """Name a dataset or a job."""
    return {"namespace": namespace, "name": name}


def facets(rows: Iterable[Row]) -> dict[str, Any]:
    """Return facets by name; their JSON goes out as it came in."""
    return {r["name"]: msgspec.Raw(r["json"]) for r in rows}
