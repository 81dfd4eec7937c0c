"""Which SQL an adapter speaks, by sqlglot's name of it."""

from __future__ import annotations

_SAME = frozenset(
    {
        "athena", "bigquery", "clickhouse", "databricks", "doris", "dremio", "drill", "druid", "duckdb", "exasol", "fabric", "hive",
        "materialize", "mysql", "oracle", "postgres", "presto", "redshift", "risingwave", "snowflake", "spark", "sqlite", "starrocks",
        "teradata", "trino",
    }
)  # fmt: skip
_LIKE = {
    "alloydb": "postgres",
    "cratedb": "postgres",
    "databend": "snowflake",
    "fabricspark": "spark",
    "firebolt": "postgres",
    "glue": "spark",
    "greenplum": "postgres",
    "impala": "hive",
    "mariadb": "mysql",
    "maxcompute": "hive",
    "mysql5": "mysql",
    "netezza": "postgres",
    "singlestore": "mysql",
    "sqlserver": "tsql",
    "synapse": "tsql",
    "tidb": "mysql",
    "upsolver": "trino",
    "vertica": "postgres",
    "yellowbrick": "postgres",
}
"""Adapters whose system understands the SQL of another."""

CASE_MATTERS = frozenset({"clickhouse"})
"""Dialects in which two columns of a table may differ in case alone."""


def of_adapter(adapter: str | None) -> str:
    """Return the dialect of an adapter; what nobody knows is read as SQL in general (`""`)."""
    name = (adapter or "").lower()
    return name if name in _SAME else _LIKE.get(name, "")
