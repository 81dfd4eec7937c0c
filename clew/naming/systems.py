"""Namespaces of systems."""

from __future__ import annotations


def postgres(host: str, port: int | str | None = None) -> str:
    """Namespace of a Postgres server.

    Source: naming specification, *Postgres*: `postgres://{host}:{port}`. 5432 is libpq's own default.
    """
    return f"postgres://{host.lower()}:{port or 5432}"


def duckdb(path: str) -> str:
    """Namespace of a DuckDB database: a file's path as it was given, `:memory:`, or MotherDuck's `md:NAME`.

    The specification is silent; `openlineage-dbt` has `duckdb://{path}`, which stands here without the query, since MotherDuck's
    token may be in it.
    """
    return f"duckdb://{path.partition('?')[0]}"


def server(adapter: str, host: str | None = None, port: int | str | None = None) -> str:
    """Namespace of a system that has no rule here: `{adapter}://{host}:{port}`, as most of the specification's rules read.

    The caller says in a warning that this name is nobody's rule.
    """
    authority = (host or "").lower() + (f":{port}" if port else "")
    return f"{adapter.lower()}://{authority}" if authority else adapter.lower()
