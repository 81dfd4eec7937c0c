"""One name per thing, whichever tool names it.

Airflow's provider, dbt's adapters, Spark and JDBC have names of their own for one server and one table. Each rule here brings them to
the specification's; docs/naming.md has them side by side. Only what is certain is changed: `localhost` stays `localhost`, since
which machine that is nobody can tell from a name.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from clew.naming import systems

if TYPE_CHECKING:
    from collections.abc import Callable

    from clew.naming.systems import System

    Rule = Callable[[str, str], tuple[str, str] | None]

_AUTHORITY = re.compile(r"(?P<host>[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*|\[[0-9A-Fa-f:.]+\])(:(?P<port>[0-9]+))?")
_PARAMETERS = re.compile(r"[?;#&][^?;#&]*=.*", re.DOTALL)
_SYNAPSE_PARTS = 3


def canonical(namespace: str, name: str) -> tuple[str, str]:
    """Return the one name of a dataset that tools name differently; never raises.

    A user, a password and parameters are never part of it. What no rule is sure of keeps its name.
    """
    bare, rest, rule = _read(namespace)
    if rest is None:
        return _without_authority(bare, name)
    found = rule(rest, name) if rule else None
    return found or (bare, name)


@lru_cache(maxsize=1024)
def _read(namespace: str) -> tuple[str, str | None, Rule | None]:
    """Return a namespace without what is no part of it, what of that follows the scheme, and the scheme's rule; thousands of tables have one."""
    bare = _without_password(_without_parameters(namespace))
    scheme, separator, rest = bare.partition("://")
    return bare, rest if separator else None, _RULES.get(scheme.lower().removeprefix("jdbc:").partition("+")[0])


def _without_parameters(namespace: str) -> str:
    return _PARAMETERS.sub("", namespace) if "=" in namespace else namespace


def _without_password(namespace: str) -> str:
    """Return a namespace without `user:password@`; a user alone may be part of the name, as Azure's containers are."""
    scheme, separator, rest = namespace.partition("://")
    authority, slash, path = rest.partition("/")
    user, _, host = authority.rpartition("@")
    return f"{scheme}{separator}{host}{slash}{path}" if ":" in user else namespace


def _without_authority(namespace: str, name: str) -> tuple[str, str]:
    """Bring to one form what is no URL: `bigquery`, `file`, Glue's ARN."""
    if namespace.lower() in {"bigquery", "bigquery:"}:
        return systems.BIGQUERY, name.replace("`", "")
    if namespace.lower() == "file:":
        return "file", name
    if re.fullmatch(r"arn:aws[a-z-]*:glue:[^:]+:[^:]+", namespace):
        return namespace, name.lower()
    return namespace, name


def _server(expected: System, default_port: int | None = None) -> Rule:
    """Return the rule of what is reached at a host and port, unless the host's domain says that it is something else."""

    def rule(rest: str, name: str) -> tuple[str, str] | None:
        authority = rest.rpartition("@")[2].rstrip("/")
        match = _AUTHORITY.fullmatch(authority)
        if match is None:  # a list of hosts, an instance behind the port
            return (f"{expected.scheme}://{authority}", name) if authority else None
        system = systems.at(match["host"], expected)
        port = match["port"] or (default_port if system is expected else None)
        return systems.place(system, match["host"], port), _table(system, name)

    return rule


def _service(system: System) -> Rule:
    """Return the rule of a service that has one port, and paths or parameters behind it in URLs."""

    def rule(rest: str, name: str) -> tuple[str, str] | None:
        match = _AUTHORITY.fullmatch(rest.rpartition("@")[2].partition("/")[0])
        if match is None:
            return None
        return systems.place(system, match["host"], match["port"]), _table(system, name)

    return rule


def _table(system: System, name: str) -> str:
    if system is systems.SYNAPSE and name.count(".") == _SYNAPSE_PARTS - 1:
        return name.partition(".")[2]
    return system.name(name)


def _duckdb(rest: str, name: str) -> tuple[str, str]:
    return systems.duckdb(rest), name


def _bigquery(rest: str, name: str) -> tuple[str, str] | None:
    return (systems.BIGQUERY, name.replace("`", "")) if not rest.strip("/") else None


def _file(rest: str, name: str) -> tuple[str, str] | None:
    """*Local file system*: `file`. Source: specification."""
    return ("file", name) if rest.lower().strip("/") in {"", "localhost"} else None


def _objects(scheme: str) -> Rule:
    """Return the rule of an object store: a key has no slash at its beginning, nor at its end.

    Source: specification, *S3*, *GCS*, *ABFSS*, *WASBS*; OpenLineage's Java client (ObjectStorageDatasetExtractor) has it so too.
    """

    def rule(rest: str, name: str) -> tuple[str, str] | None:
        bucket = rest.removesuffix("/")
        if not bucket or "/" in bucket or ":" in bucket.partition("@")[0]:
            return None
        return f"{scheme}://{bucket}", name.strip("/") or "/"

    return rule


def _azure(scheme: str) -> Rule:
    """Return the rule of a container of Azure; a *WASBS* namespace has `dfs` in the specification, `blob` in real URLs."""
    objects = _objects(scheme)

    def rule(rest: str, name: str) -> tuple[str, str] | None:
        return objects(rest.replace(".blob.core.windows.net", ".dfs.core.windows.net"), name)

    return rule


_DATABASES: dict[str, Rule] = {
    "postgres": _server(systems.POSTGRES),
    "postgresql": _server(systems.POSTGRES),  # libpq's and SQLAlchemy's word
    "alloydb": _server(systems.POSTGRES),
    "cockroachdb": _server(systems.POSTGRES, systems.PORTS["cockroachdb"]),
    "greenplum": _server(systems.POSTGRES),
    "hologres": _server(systems.POSTGRES, systems.PORTS["hologres"]),
    "materialize": _server(systems.POSTGRES, systems.PORTS["materialize"]),
    "risingwave": _server(systems.POSTGRES, systems.PORTS["risingwave"]),
    "timescaledb": _server(systems.POSTGRES),
    "yellowbrick": _server(systems.POSTGRES),
    "redshift": _server(systems.REDSHIFT),
    "mysql": _server(systems.MYSQL),
    "mariadb": _server(systems.MYSQL),  # Airflow's assets have `mysql` for both
    "tidb": _server(systems.MYSQL, systems.PORTS["tidb"]),
    "starrocks": _server(systems.MYSQL, systems.PORTS["starrocks"]),
    "doris": _server(systems.MYSQL, systems.PORTS["doris"]),
    "singlestore": _server(systems.MYSQL),
    "singlestoredb": _server(systems.MYSQL),
    "memsql": _server(systems.MYSQL),
    "mssql": _server(systems.MSSQL),
    "sqlserver": _server(systems.MSSQL),  # JDBC's word, and so Spark's
    "fabric": _server(systems.FABRIC),
    "fabric-warehouse": _server(systems.FABRIC),
    "oracle": _server(systems.ORACLE),
    "db2": _server(systems.DB2),
    "teradata": _server(systems.TERADATA),
    "teradatasql": _server(systems.TERADATA),  # SQLAlchemy's word
    "vertica": _server(systems.VERTICA),
    "exasol": _server(systems.EXASOL),
    "exa": _server(systems.EXASOL),  # JDBC's word
    "oceanbase": _server(systems.OCEANBASE),
    "clickhouse": _server(systems.CLICKHOUSE),
    "clickhousedb": _server(systems.CLICKHOUSE),
    "ch": _server(systems.CLICKHOUSE),
    "crate": _server(systems.CRATE),
    "cratedb": _server(systems.CRATE),
    "trino": _server(systems.TRINO),
    "presto": _server(systems.TRINO),  # a host and port is one server, and the specification has a rule for Trino alone
    "starburst": _server(systems.TRINO),
    "hive": _server(systems.HIVE),
    "hive2": _server(systems.HIVE),
    "impala": _server(systems.IMPALA),
    "spark": _server(systems.SPARK),
    "databend": _server(systems.DATABEND),
    "dremio": _server(systems.DREMIO),
    "snowflake": _service(systems.SNOWFLAKE),
    "databricks": _service(systems.UNITY),
    "unitycatalog": _service(systems.UNITY),
    "awsathena": _service(systems.ATHENA),
    "athena": _service(systems.ATHENA),
}
"""Schemes of databases that tools write, and what is meant."""

DATABASES = frozenset(_DATABASES)
"""Schemes whose URIs have a table's name in their path."""

_RULES: dict[str, Rule] = {
    **_DATABASES,
    "bigquery": _bigquery,
    "duckdb": _duckdb,
    "file": _file,
    "s3": _objects("s3"),
    "s3a": _objects("s3"),
    "s3n": _objects("s3"),
    "gs": _objects("gs"),
    "gcs": _objects("gs"),
    "abfs": _azure("abfss"),
    "abfss": _azure("abfss"),
    "wasb": _azure("wasbs"),
    "wasbs": _azure("wasbs"),
}
"""Schemes that tools write, and what is meant."""
