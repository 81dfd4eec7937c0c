"""Datasets for the assets of a task, whether or not the provider has a converter for their scheme, with what Airflow says of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clew import facets
from clew.events import one_dataset
from clew.naming import from_uri

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from clew.events import Json

_OF_ASSET = ("name", "group", "extra", "watchers")
_OF_EVENT = {"alias": "alias", "event_extra": "extra", "partitions": "partitions"}
_ROWS = ("row_count", "rowCount", "rows", "num_rows")
_SIZE = ("size_bytes", "bytes", "num_bytes")
"""Names under which people leave in an event's extra how much was written."""


def with_assets(datasets: Sequence[Json], assets: Iterable[Json]) -> list[Json]:
    """Return the datasets and one for each asset that is not among them; what the provider says of one wins.

    Args:
        datasets: what the provider found.
        assets: of each of the task's assets its `uri` (of one that has only a name that name), and where known `name`, `group`,
            `extra`, `watchers`; of one that the task changed `event_extra`, `partitions`, and the `alias` that it was named by.
    """
    found = {(d["namespace"], d["name"]): d for d in datasets}
    for asset in assets:
        key = from_uri(asset["uri"])
        found[key] = one_dataset(found.get(key, {}), _dataset(*key, asset))
    return list(found.values())


def _dataset(namespace: str, name: str, asset: Json) -> Json:
    told = {key: asset[key] for key in _OF_ASSET if asset.get(key)}
    event = {key: asset[name] for name, key in _OF_EVENT.items() if asset.get(name)}
    dataset: Json = {"namespace": namespace, "name": name, "facets": {"clew_asset": facets.ours("asset", **told)} if told else {}}
    if event:
        dataset["outputFacets"] = {"clew_assetEvent": facets.ours("assetEvent", **event), **_statistics(event.get("extra") or {})}
    return dataset


def _statistics(extra: Mapping[str, object]) -> Json:
    """Return how much was written, where the event's extra says so."""
    rows, size = (next((n for key in keys if type(n := extra.get(key)) is int and n >= 0), None) for keys in (_ROWS, _SIZE))
    return {} if rows is None and size is None else {"outputStatistics": facets.output_statistics(rows=rows, size=size)}
