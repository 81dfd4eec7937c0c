"""Names: of datasets per system, of jobs, and the ids of runs.

Dataset names follow https://openlineage.io/docs/spec/naming; where that is silent, each rule says what it follows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from openlineage.client.uuid import generate_static_uuid

if TYPE_CHECKING:
    from datetime import datetime


def run_id(at: datetime, *parts: object) -> str:
    """Return the run id that belongs to an instant and a name; the same always gives the same.

    Built as openlineage-python and Airflow's provider build theirs: UUIDv7 of the instant, hash of the dotted parts.
    """
    return str(generate_static_uuid(at, ".".join(map(str, parts)).encode()))


def postgres(host: str, port: int | str | None = None) -> str:
    """Namespace of a Postgres server. Source: naming specification, *Postgres*: `postgres://{host}:{port}`."""
    return f"postgres://{host}:{port or 5432}"


def duckdb(path: str) -> str:
    """Namespace of a DuckDB file. The specification is silent; `openlineage-dbt` has `duckdb://{path}`."""
    return f"duckdb://{path}"
