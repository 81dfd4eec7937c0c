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
    from collections.abc import Callable, Iterator

    from clew.events import Json

    Warn = Callable[[str], None]

FACET_LIMIT = 512 * 1024
"""Bytes of a facet that is sent whole, unless the settings say otherwise."""

EVENT_LIMIT = 16 * 1024 * 1024
"""Bytes of an event; Marquez refuses 50 MB, and gateways before it less."""

MOST_COLUMNS = 1000
MOST_DATASETS = 500
LEAST_TEXT = 128
LEAST_ITEMS = 8
"""Texts and lists are not cut further than this: below, nothing that one could read is left."""

CUT = "clew_cut"
_FACETS = ("facets", "inputFacets", "outputFacets")


def cut(event: Json, facet_limit: int, warn: Warn) -> Json:
    """Return the event with no facet over the limit, no more than 500 inputs and outputs, no more than 1,000 columns each."""
    limited = _fewer(event, warn)
    for limit in (facet_limit, facet_limit // 8, facet_limit // 64, facet_limit // 512):
        size = len(msgspec.json.encode(limited))
        if size <= facet_limit or (size <= EVENT_LIMIT and limit < facet_limit):
            return limited
        limited = _parts(limited, partial(_smaller, limit=limit, warn=warn))
    if len(msgspec.json.encode(limited)) > EVENT_LIMIT:
        warn("what is large beside the facets is cut")
        limited = dict(_shortened(limited, LEAST_TEXT, MOST_COLUMNS))
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
    """Return the facet within its limit: its longest texts are cut first, then its longest lists."""
    size = len(msgspec.json.encode(facet))
    if size <= limit:
        return facet
    warn(f"the facet {name} has {size:,} bytes and is cut to {limit:,}")
    for text, items in _steps(limit):
        shorter = _shortened(facet, text, items)
        note = f"{size} bytes; texts over {text} characters{f' and lists over {items} items' if items < limit else ''} were cut"
        if isinstance(shorter, dict) and len(msgspec.json.encode({**shorter, CUT: note})) <= limit:
            return {**shorter, CUT: note}
    return facets.ours("cut", reason=f"{size} bytes of {name} were left out")


def _steps(limit: int) -> Iterator[tuple[int, int]]:
    """Yield how long texts and lists may be, ever less."""
    text, items = limit // 2, limit
    while text > LEAST_TEXT:
        yield text, items
        text //= 2
    items = MOST_COLUMNS
    while items >= LEAST_ITEMS:
        yield LEAST_TEXT, items
        items //= 2


def _shortened(value: Any, text: int, items: int) -> Any:
    if isinstance(value, str):
        return value if len(value) <= text else f"{value[: text - 1]}…"
    if isinstance(value, list):
        return [_shortened(v, text, items) for v in value[:items]]
    if isinstance(value, dict):
        # What every facet must have (`_producer`, `_schemaURL`) stays wherever it stands.
        kept = value if len(value) <= items else {k: v for n, (k, v) in enumerate(value.items()) if n < items or k.startswith("_")}
        return {k: _shortened(v, text, items) for k, v in kept.items()}
    return value
