"""Names: of datasets per system, of assets, and the ids of runs.

Dataset names follow OpenLineage's naming specification (https://openlineage.io/docs/spec/naming, *Dataset Naming*); where that
is silent, each rule says what it follows. docs/naming.md has the same as a table for people.

    runs.py      ids of runs
    systems.py   kinds of databases: their namespaces, and what a table's name is made of
    adapters.py  what the tables behind a dbt adapter's connection are named
    aliases.py   one name per thing, whichever tool names it
    assets.py    which dataset an asset's URI means
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clew.naming.aliases import canonical
from clew.naming.assets import ASSET, from_uri
from clew.naming.runs import BLOB, id_of, run_id
from clew.naming.systems import duckdb, postgres, server

__all__ = ["ASSET", "BLOB", "Tables", "canonical", "duckdb", "fields", "from_uri", "id_of", "postgres", "run_id", "server", "tables"]

if TYPE_CHECKING:
    from clew.naming.adapters import Tables, fields, tables


def __getattr__(name: str) -> Any:
    """Load the rules of dbt's adapters when they are asked for: names are imported into Airflow's tasks too, which need none of them."""
    if name not in {"Tables", "fields", "tables"}:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from clew.naming import adapters

    return getattr(adapters, name)
