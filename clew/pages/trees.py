"""Facets as trees that a person can read: objects unfold, lists of like objects become tables, the rest is text.

Limits keep a hostile or huge facet from making a page of megabytes; what is left away is counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

DEEPEST = 8
WIDEST = 200
MOST_COLUMNS = 8
LONGEST = 20_000
UNTOLD = frozenset({"_producer", "_schemaURL", "_deleted"})
"""Fields of every facet that tell of the facet, not of the run."""


@dataclass(frozen=True, kw_only=True)
class Text:
    """A plain value; a block keeps its lines."""

    text: str
    block: bool = False


@dataclass(frozen=True, kw_only=True)
class Branch:
    """Named values; `left` of them are not shown."""

    items: tuple[tuple[str, Tree], ...]
    left: int = 0


@dataclass(frozen=True, kw_only=True)
class Table:
    """A list of objects that have the same few plain fields."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    left: int = 0


Tree = Text | Branch | Table


@dataclass(frozen=True, kw_only=True)
class Facet:
    """A facet for reading, and as it came."""

    name: str
    tree: Tree
    producer: str | None
    raw: str


def facets(given: dict[str, Any]) -> tuple[Facet, ...]:
    """Make every facet readable, by name."""
    return tuple(facet(name, given[name]) for name in sorted(given))


def facet(name: str, value: Any) -> Facet:
    """Make a facet readable."""
    told = {k: v for k, v in value.items() if k not in UNTOLD} if isinstance(value, dict) else value
    producer = value.get("_producer") if isinstance(value, dict) else None
    return Facet(name=name, tree=tree(told), producer=producer if isinstance(producer, str) else None, raw=raw(value))


def raw(value: Any) -> str:
    """Write a value as JSON with indents."""
    return _cut(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def tree(value: Any, depth: int = 0) -> Tree:
    """Make a value readable."""
    if isinstance(value, dict) and value and depth < DEEPEST:
        items = tuple((str(k), tree(v, depth + 1)) for k, v in list(value.items())[:WIDEST])
        return Branch(items=items, left=len(value) - len(items))
    if isinstance(value, list) and value and depth < DEEPEST:
        return _table(value) or _list(value, depth)
    return text(value)


def text(value: Any) -> Text:
    """Write a plain value; what is nested too deep comes as JSON."""
    if isinstance(value, str):
        written = value
    elif value is None:
        written = "–"
    elif isinstance(value, bool):
        written = "yes" if value else "no"
    elif isinstance(value, (dict, list)):
        written = msgspec.json.encode(value).decode() if value else "none"
    else:
        written = str(value)
    return Text(text=_cut(written), block="\n" in written)


def _table(values: list[Any]) -> Table | None:
    if not all(isinstance(v, dict) and all(_plain(x) for x in v.values()) for v in values):
        return None
    columns = tuple(dict.fromkeys(str(k) for v in values for k in v))
    if not columns or len(columns) > MOST_COLUMNS:
        return None
    rows = tuple(tuple(text(v[c]).text if c in v else "" for c in columns) for v in values[:WIDEST])
    return Table(columns=columns, rows=rows, left=len(values) - len(rows))


def _list(values: list[Any], depth: int) -> Tree:
    if all(_plain(v) for v in values):
        return text(
            ", ".join(text(v).text for v in values[:WIDEST]) + (f" and {len(values) - WIDEST} more" if len(values) > WIDEST else "")
        )
    items = tuple((str(n), tree(v, depth + 1)) for n, v in enumerate(values[:WIDEST], start=1))
    return Branch(items=items, left=len(values) - len(items))


def _plain(value: Any) -> bool:
    return not isinstance(value, (dict, list)) and not (isinstance(value, str) and "\n" in value)


def _cut(written: str) -> str:
    return written if len(written) <= LONGEST else f"{written[:LONGEST]}… ({len(written) - LONGEST:,} more characters)"
