"""The outbox' queries, one sentence per file."""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def sql(name: str) -> str:
    """Read the query `<name>.sql`."""
    return (Path(__file__).parent / f"{name}.sql").read_text(encoding="utf-8")
