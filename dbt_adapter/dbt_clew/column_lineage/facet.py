"""Lineage as OpenLineage's `columnLineage` facet."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from clew import facets
from dbt_clew.column_lineage.uses import DIRECT, NAMES, each

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clew.events import Json
    from dbt_clew.column_lineage.lineage import Lineage, Uses


def of_lineage(lineage: Lineage, names: Mapping[str, tuple[str, str]]) -> Json | None:
    """Return the facet; None where no column comes from an input.

    Args:
        lineage: what was found.
        names: namespace and name of each input by its key; fields of other tables are left out.
    """
    fields = {column: {"inputFields": made} for column, uses in lineage.columns.items() if (made := _inputs(uses, names))}
    if not fields:
        return None
    return facets.column_lineage(fields, _inputs(lineage.dataset, names))


def _inputs(uses: Uses, names: Mapping[str, tuple[str, str]]) -> list[dict[str, Any]]:
    return [
        {"namespace": names[key][0], "name": names[key][1], "field": field, "transformations": _transformations(kinds)}
        for (key, field), kinds in uses.items()
        if key in names
    ]


@lru_cache(maxsize=4096)
def _transformations(kinds: int) -> list[dict[str, Any]]:
    return [
        {"type": "DIRECT" if use & DIRECT else "INDIRECT", "subtype": NAMES[use], "description": "", "masking": hidden}
        for use, hidden in each(kinds)
    ]
