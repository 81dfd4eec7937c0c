"""How an input column is used in an output, in OpenLineage's words, as bits: one column may be used in several ways.

Source: https://openlineage.io/docs/spec/facets/dataset-facets/column_lineage_facet
"""

from __future__ import annotations

from functools import lru_cache

IDENTITY, TRANSFORMATION, AGGREGATION = 1, 2, 4
CONDITIONAL, WINDOW, JOIN, GROUP_BY, FILTER, SORT = 8, 16, 32, 64, 128, 256

NAMES = {
    IDENTITY: "IDENTITY",
    TRANSFORMATION: "TRANSFORMATION",
    AGGREGATION: "AGGREGATION",
    CONDITIONAL: "CONDITIONAL",
    WINDOW: "WINDOW",
    JOIN: "JOIN",
    GROUP_BY: "GROUP_BY",
    FILTER: "FILTER",
    SORT: "SORT",
}
DIRECT = IDENTITY | TRANSFORMATION | AGGREGATION

_MASKED = 9
"""How far a bit is shifted to say the same of a use that hides the value, as a hash and a count do."""


def masked(use: int) -> int:
    """Say of a direct use that it hides the value."""
    return use << _MASKED


@lru_cache(maxsize=4096)
def then(inner: int, outer: int) -> int:
    """Return the uses of what is used in one way by something that is itself used in another.

    Args:
        inner: the uses, any number of bits.
        outer: the one use made of the result.
    """
    found = 0
    for use, hidden in each(inner):
        found |= _composed(use, hidden=hidden, outer=outer)
    return found


def _composed(use: int, *, hidden: bool, outer: int) -> int:
    (outer_use, outer_hidden), *_ = each(outer)
    if not outer_use & DIRECT:
        return outer_use
    if not use & DIRECT:
        return use
    strongest = max(use, outer_use)
    return masked(strongest) if hidden or outer_hidden else strongest


@lru_cache(maxsize=4096)
def each(uses: int) -> tuple[tuple[int, bool], ...]:
    """Take uses apart: each with whether it hides the value."""
    plain = [(use, False) for use in NAMES if uses & use]
    return (*plain, *((use, True) for use in NAMES if uses & masked(use)))
