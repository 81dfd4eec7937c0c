"""Datasets for assets that the provider drops: it knows only URIs whose scheme has an installed converter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clew.naming import from_uri

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from clew.events import Json


def with_assets(datasets: Sequence[Json], assets: Iterable[Json]) -> list[Json]:
    """Return the datasets and one for each asset that is not among them.

    Args:
        datasets: what the provider found.
        assets: `uri` of each of the task's assets; an asset that has only a name has it as its URI.
    """
    found = {(d["namespace"], d["name"]): d for d in datasets}
    for asset in assets:
        namespace, name = from_uri(asset["uri"])
        found.setdefault((namespace, name), {"namespace": namespace, "name": name, "facets": {}})
    return list(found.values())
