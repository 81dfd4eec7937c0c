"""How large an event and its parts may be; what is cut says so.

Marquez takes 16 s for 1,000 columns and 38 s for 500 inputs, carries a 10 MB facet on every page of runs, and refuses 50 MB.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

from clew import facets
from clew.shaping import reading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from clew.events import Json

    Warn = Callable[[str], None]

FACET_LIMIT = 512 * 1024
"""Bytes of a facet that is sent whole, unless the settings say otherwise."""

EVENT_LIMIT = 16 * 1024 * 1024
"""Bytes of an event; Marquez refuses 50 MB, and gateways before it less."""

MOST_COLUMNS = 1000
MOST_DATASETS = 500
CUT = "clew_cut"
_FACETS = ("facets", "inputFacets", "outputFacets")


def cut(event: Json, facet_limit: int, warn: Warn) -> Json:
    """Return the event with no facet over the limit, no more than 500 inputs and outputs, no more than 1,000 columns each."""
    limited = _fewer(event, warn)
    size = len(msgspec.json.encode(limited))
    while size > facet_limit:
        limited = _parts(limited, partial(_smaller, limit=facet_limit, warn=warn))
        size = len(msgspec.json.encode(limited))
        if size <= EVENT_LIMIT:
            break
        facet_limit //= 4
    return limited


def _smaller(found: Json, *, limit: int, warn: Warn) -> Json:
    return {name: _facet(name, facet, limit, warn) for name, facet in found.items()}


def _fewer(event: Json, warn: Warn) -> Json:
    limited = dict(event)
    for side in ("inputs", "outputs"):
        found = reading.objects(event, side)
        if len(found) > MOST_DATASETS:
            warn(f"{len(found)} {side}: the first {MOST_DATASETS} are sent")
            limited[side] = found[:MOST_DATASETS]
    return _parts(limited, partial(_fewer_columns, warn=warn))


def _fewer_columns(found: Json, warn: Warn) -> Json:
    columns, lineage = reading.objects(found, "schema", "fields"), reading.at(found, "columnLineage", "fields")
    limited = dict(found)
    if len(columns) > MOST_COLUMNS:
        warn(f"{len(columns)} columns: the first {MOST_COLUMNS} are sent")
        limited["schema"] = {
            **found["schema"],
            "fields": columns[:MOST_COLUMNS],
            CUT: f"the first {MOST_COLUMNS} of {len(columns)} columns",
        }
    if len(lineage) > MOST_COLUMNS:
        kept = dict(list(lineage.items())[:MOST_COLUMNS])
        limited["columnLineage"] = {**found["columnLineage"], "fields": kept, CUT: f"the first {MOST_COLUMNS} of {len(lineage)} columns"}
    return limited


def _parts(event: Json, change: Callable[[Json], Json]) -> Json:
    """Return the event with every mapping of facets changed."""
    changed = dict(event)
    for part in ("run", "job", "dataset"):
        if isinstance(event.get(part), dict):
            changed[part] = _part(event[part], change)
    for side in ("inputs", "outputs"):
        if side in event:
            changed[side] = [_part(d, change) for d in reading.objects(event, side)]
    return changed


def _part(part: Json, change: Callable[[Json], Json]) -> Json:
    return {**part, **{f: change(reading.at(part, f)) for f in _FACETS if f in part}}


def _facet(name: str, facet: Any, limit: int, warn: Warn) -> Any:
    size = len(msgspec.json.encode(facet))
    if size <= limit:
        return facet
    warn(f"the facet {name} has {size:,} bytes and is cut to {limit:,}")
    longest = limit
    shorter = facet
    while longest >= 16:  # noqa: PLR2004  below that nothing readable is left
        longest //= 2
        shorter = _shortened(facet, longest)
        note = f"{size} bytes; texts over {longest} characters and lists over {longest // 16 + 1} items were cut"
        if isinstance(shorter, dict) and len(msgspec.json.encode({**shorter, CUT: note})) <= limit:
            return {**shorter, CUT: note}
    return facets.ours("cut", reason=f"{size} bytes of {name} were left out")


def _shortened(value: Any, longest: int) -> Any:
    if isinstance(value, str):
        return value if len(value) <= longest else f"{value[: longest - 1]}…"
    if isinstance(value, dict):
        return {k: _shortened(v, longest) for k, v in _first(value.items(), longest // 16 + 1)}
    if isinstance(value, list):
        return [_shortened(v, longest) for v in _first(value, longest // 16 + 1)]
    return value


def _first(items: Iterable[Any], most: int) -> list[Any]:
    return list(items)[: max(most, 8)]  # never the fields that a facet itself must have
