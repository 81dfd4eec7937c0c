"""Which columns the tables of a project have, as far as anybody tells before their SQL is read."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from dbt_clew.artifacts.shapes import Catalog, Column, Node, Source

_LONGEST_HEADER = 1024 * 1024


def of_catalog(catalog: Catalog, of: Node | Source) -> tuple[str, ...]:
    """Return the columns that the database has, in its order; none where a column is missing that the project describes."""
    table = catalog.sources.get(of.unique_id) or catalog.nodes.get(of.unique_id)
    found = tuple(c.name for c in sorted(table.columns.values(), key=lambda c: c.index)) if table else ()
    return found if {name.lower() for name in of.columns} <= {name.lower() for name in found} else ()


def is_under_contract(of: Node | Source) -> bool:
    """Tell whether dbt holds a model to the columns that the project describes, so that it has no others."""
    return of.config.contract is not None and of.config.contract.enforced


def of_file(file: Path) -> tuple[str, ...]:
    """Return the columns of a seed: the header of its CSV file; none where that cannot be read."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            header = next(csv.reader([lines.readline(_LONGEST_HEADER)]), [])
    except (OSError, UnicodeDecodeError, csv.Error):
        return ()
    return tuple(name.strip() for name in header if name.strip())


def path(of: Node | Source) -> tuple[str, ...]:
    """Return the name of a table in SQL, the most general part first."""
    own = getattr(of, "identifier", None) or getattr(of, "alias", None) or of.name
    return tuple(part for part in (of.database, of.schema, own) if part)


def as_described(names: Iterable[str], described: dict[str, Column]) -> tuple[str, ...]:
    """Return columns as the project writes them, since SQL may have them in another case."""
    written = {name.lower(): name for name in described}
    return tuple(written.get(name.lower(), name) for name in names)
