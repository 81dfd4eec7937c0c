"""What the tables behind a dbt adapter's connection are named: one small function per kind of adapter.

Each reads the credentials that the adapter itself declares, by the names that stand in `profiles.yml` and those that the adapter
makes of them. Never a user, a password or a token: `fields` says what is looked at, adapter by adapter.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from clew.naming import systems
from clew.naming.aliases import canonical
from clew.naming.systems import ALL_LEVELS, DATABASE, IDENTIFIER, TWO_LEVELS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from clew.naming.systems import System

    Credentials = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Tables:
    """How the tables behind a connection are named.

    Attributes:
        namespace: of the connection's own database.
        levels: what a table's name is made of.
        database: stands for the database, whatever dbt calls it; None: as dbt calls it.
        prefix: comes before the levels, which slashes join then (Glue).
        nothing: words of an adapter that mean that a level is not there.
        attached: databases, or SQLite's schemas, that live elsewhere.
        warning: why the namespace follows no rule.
    """

    namespace: str
    levels: tuple[str, ...] = ALL_LEVELS
    database: str | None = None
    prefix: str = ""
    nothing: tuple[str, ...] = ()
    attached: Mapping[str, Tables] = field(default_factory=dict)
    warning: str | None = None

    def table(self, database: str | None, schema: str | None, identifier: str) -> tuple[str, str]:
        """Return namespace and name of a table, its one name among all tools.

        Args:
            database: as dbt calls it; None where an adapter has none.
            schema: as dbt calls it.
            identifier: the table's own name.
        """
        elsewhere = (self.attached.get(database or "") or self.attached.get(f".{schema}")) if self.attached else None
        if elsewhere is not None:
            return elsewhere.table(database, schema, identifier)
        parts = {"database": self.database or database, "schema": schema, "identifier": identifier}
        named = [part for part in map(parts.get, self.levels) if part and part not in self.nothing]
        return canonical(self.namespace, "/".join((self.prefix, *named)) if self.prefix else ".".join(named))


def tables(adapter: str, credentials: Credentials, folder: str) -> Tables:
    """Return how the tables of a dbt connection are named.

    Args:
        adapter: the adapter's type, as `profiles.yml` has it.
        credentials: of these only `fields(adapter)` are looked at.
        folder: absolute path that relative ones are relative to: dbt changes into the project's folder.
    """
    rule = _RULES.get(adapter)
    found = rule.read(credentials, folder) if rule else None
    return found or _without_rule(adapter, credentials, known=rule is not None)


def fields(adapter: str) -> tuple[str, ...]:
    """Return the credentials that name an adapter's database; there is no secret among them."""
    rule = _RULES.get(adapter)
    return rule.fields if rule else _USUAL


# --- Rules ----------------------------------------------------------------------------------------------------------------------

_USUAL = ("host", "server", "account", "endpoint", "project", "port")
"""Where adapters have the machine or account that they connect to, and its port."""


def _first(credentials: Credentials, *keys: str) -> str | None:
    return next((str(credentials[key]) for key in keys if credentials.get(key)), None)


def _host(credentials: Credentials, *keys: str) -> str | None:
    """Return the host alone where people wrote a URL, which may have a password in it."""
    host = _first(credentials, *keys)
    if host is None or ("://" not in host and "@" not in host and "/" not in host):
        return host
    try:
        return urlsplit(host if "://" in host else f"//{host}").hostname
    except ValueError:  # a bracket that is no IPv6 address
        return None


def _without_rule(adapter: str, credentials: Credentials, *, known: bool) -> Tables:
    namespace = systems.server(adapter, _host(credentials, *_USUAL[:-1]), _first(credentials, "port"))
    why = "its connection does not tell what its rule needs" if known else "there is no naming rule for it"
    return Tables(namespace=namespace, warning=f"dbt adapter {adapter!r}: {why}; its datasets are in the namespace {namespace}")


def _server(system: System, *keys: str, levels: tuple[str, ...] | None = None, port: int | None = None, local: bool = False) -> _Rule:
    """Return the rule of what is named by host and port.

    Args:
        system: what it is, or whose driver reaches it.
        keys: where the adapter has the host.
        levels: what a table's name is made of, where the adapter's tables differ from the system's.
        port: the adapter's default port, where it differs from the system's.
        local: without a host, it is the machine that dbt runs on.
    """

    def read(credentials: Credentials, folder: str) -> Tables | None:  # noqa: ARG001  a server is in no folder
        host = _host(credentials, *keys) or ("localhost" if local else None)
        if host is None:
            return None
        used = systems.at(host, system)
        return Tables(namespace=systems.place(used, host, _first(credentials, "port") or port), levels=levels or used.levels)

    return _Rule(read=read, fields=(*keys, "port"))


def _redshift(credentials: Credentials, _: str) -> Tables | None:
    """A host tells cluster and region, unless it is an address or a name of one's own; then IAM's settings may."""
    host, port = _host(credentials, "host"), _first(credentials, "port")
    cluster, region = _first(credentials, "cluster_id", "serverless_work_group"), _first(credentials, "region")
    if cluster and region and (host is None or systems.redshift_cluster(host) == host.lower()):
        host = f"{cluster}.{region}"
    return Tables(namespace=systems.place(systems.REDSHIFT, host, port)) if host else None


def _snowflake(credentials: Credentials, _: str) -> Tables | None:
    account = _first(credentials, "account")
    return Tables(namespace=f"snowflake://{systems.snowflake_account(account)}") if account else None


def _bigquery(_: Credentials, __: str) -> Tables:
    return Tables(namespace=systems.BIGQUERY)


def _athena(credentials: Credentials, _: str) -> Tables | None:
    region = _first(credentials, "region_name")
    return Tables(namespace=systems.athena(region)) if region else None


_ROLE = re.compile(r"arn:[^:]+:iam::(?P<account>[0-9]+):")


def _glue(credentials: Credentials, _: str) -> Tables | None:
    """The account is the role's, as `openlineage-dbt` has it."""
    region, role = _first(credentials, "region"), _ROLE.match(_first(credentials, "role_arn") or "")
    account = _first(credentials, "account_id") or (role["account"] if role else None)
    return Tables(namespace=systems.glue(region, account), levels=TWO_LEVELS, prefix="table") if region and account else None


_NO_SERVER = "session"


def _spark(credentials: Credentials, _: str) -> Tables | None:
    """A Thrift server, or Databricks by one; a session of one's own has no place that others could name."""
    host, port = _host(credentials, "host"), _first(credentials, "port")
    if host is None or credentials.get("method") == _NO_SERVER:
        return None
    system = systems.at(host, systems.SPARK)
    default = "10001" if credentials.get("method") == "thrift" else "443"  # as openlineage-dbt
    return Tables(namespace=systems.place(system, host, port or default), levels=system.levels)


def _dremio(credentials: Credentials, _: str) -> Tables | None:
    """Dremio Cloud has one host for all, and a project is what a coordinator is elsewhere. Source: `openlineage-dbt` for software."""
    software, cloud = _host(credentials, "software_host"), _host(credentials, "cloud_host")
    project = _first(credentials, "cloud_project_id")
    if software:
        namespace = systems.DREMIO.namespace(software, _first(credentials, "port"))
    elif project:
        namespace = f"dremio://{(cloud or 'api.dremio.cloud').lower()}/{project}"
    else:
        return None
    return Tables(namespace=namespace, nothing=("no_schema",))


_DESCRIPTOR = {key: re.compile(rf"\(\s*{key}\s*=\s*([^()\s]+)\s*\)", re.IGNORECASE) for key in ("host", "port", "service_name", "sid")}
_EASY_CONNECT = re.compile(r"(?:tcps?:)?(?://)?(?P<host>[^:/\s()@]+)(?::(?P<port>\d+))?(?:/(?P<service>[^:/?\s()@]+))?")


def _oracle(credentials: Credentials, _: str) -> Tables | None:
    """By host and service; else from the connection string, in either of the two forms that Oracle has."""
    host, port, service = _host(credentials, "host"), _first(credentials, "port"), _first(credentials, "service")
    said = _first(credentials, "connection_string", "tns_name") or ""
    if host is None and "(" in said:
        match = {key: pattern.search(said) for key, pattern in _DESCRIPTOR.items()}
        host, port, service, sid = (found[1] if (found := match[key]) else None for key in _DESCRIPTOR)
        service = service or sid
    elif host is None and credentials.get("connection_string") and (easy := _EASY_CONNECT.match(said.rpartition("@")[2])):
        host, port, service = easy["host"], easy["port"], easy["service"]
    if host is None:
        return None
    return Tables(namespace=systems.ORACLE.namespace(host, port), database=service or _first(credentials, "database", "dbname"))


def _exasol(credentials: Credentials, _: str) -> Tables | None:
    """The first host of the DSN: `n1..4:8563` and `n1,n2/FINGERPRINT:8563` name one cluster. Source: Exasol's driver."""
    hosts, _colon, port = (_first(credentials, "dsn") or "").partition(":")
    host = re.split(r"\.\.|,|/", hosts)[0]
    return Tables(namespace=systems.EXASOL.namespace(host, port or None), levels=TWO_LEVELS) if host else None


def _firebolt(credentials: Credentials, _: str) -> Tables | None:
    """Every account has the same host, so the account names it. Source: Firebolt's JDBC driver, whose URLs have database and account."""
    account = _first(credentials, "account_name")
    return Tables(namespace=f"firebolt://{account.lower()}") if account else None


# --- Files ------------------------------------------------------------------------------------------------------------------------


def _absolute(path: str, folder: str) -> str:
    """Make a path of a file absolute, since two projects may both write `shop.duckdb`; `:memory:`, `md:name` and URLs are no files."""
    return path if ":" in path and not os.path.isabs(path) else os.path.abspath(os.path.join(folder, path))  # noqa: PTH100, PTH117, PTH118  not resolve(): links keep their name


def _duckdb(credentials: Credentials, folder: str) -> Tables:
    path = _first(credentials, "path") or ":memory:"
    attach = credentials.get("attach")
    others = [_attached(one, folder) for one in attach if isinstance(one, dict)] if isinstance(attach, list) else []
    return Tables(namespace=systems.duckdb(_absolute(path, folder)), attached={name: at for name, at in others if name and at})


def _attached(one: Credentials, folder: str) -> tuple[str | None, Tables | None]:
    """Return what a database is attached as, and how its tables are named where it is."""
    path, kind = _first(one, "path") or "", str(one.get("type") or "duckdb").lower()
    alias = _first(one, "alias") or PurePath(path.partition("?")[0].removeprefix("md:")).stem
    if kind == "sqlite" or path.startswith("sqlite:"):
        return alias, _sqlite_file(_absolute(path.removeprefix("sqlite:"), folder))
    if kind in _ATTACHED_SERVERS:
        return alias, _attached_server(_ATTACHED_SERVERS[kind], path.removeprefix(f"{kind}:"))
    stem = PurePath(path.partition("?")[0].removeprefix("md:")).stem
    return alias, Tables(namespace=systems.duckdb(_absolute(path, folder)), database=stem or None)


_ATTACHED_SERVERS = {"postgres": systems.POSTGRES, "mysql": systems.MYSQL}
_WORD = re.compile(r"(?P<key>\w+)\s*=\s*'?(?P<value>[^\s']+)'?")


def _attached_server(system: System, said: str) -> Tables | None:
    """Read libpq's `key=value` words, or a URL, of a server that DuckDB attaches."""
    if "://" in said:
        try:
            parts = urlsplit(said)
            words = {"host": parts.hostname or "", "port": str(parts.port or ""), "database": parts.path.strip("/")}
        except ValueError:  # a port that is no number, a bracket that is no IPv6 address
            return None
    else:
        words = {match["key"].lower(): match["value"] for match in _WORD.finditer(said)}
    database = words.get("dbname") or words.get("database")
    return Tables(
        namespace=systems.place(system, words.get("host") or "localhost", words.get("port")),
        levels=system.levels,
        database=database if system.levels == ALL_LEVELS else None,
    )


def _sqlite(credentials: Credentials, folder: str) -> Tables | None:
    """Each schema of the adapter is a file; `main` is the connection's own."""
    files = credentials.get("schemas_and_paths")
    if not isinstance(files, dict) or not files:
        return None
    named = {f".{schema}": _sqlite_file(_absolute(str(path), folder)) for schema, path in files.items()}
    own = named.get(".main") or next(iter(named.values()))
    return Tables(namespace=own.namespace, levels=TWO_LEVELS, attached=named)


def _sqlite_file(path: str) -> Tables:
    return Tables(namespace=systems.sqlite(path), levels=(DATABASE, IDENTIFIER), database="main")


# --- The table -------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class _Rule:
    """How an adapter's connection is read, and what of it is looked at."""

    read: Callable[[Credentials, str], Tables | None]
    fields: tuple[str, ...] = ()


_postgres = _server(systems.POSTGRES, "host", local=True)
_mysql = _server(systems.MYSQL, "server", "host", local=True)
_trino = _server(systems.TRINO, "host")

_RULES: dict[str, _Rule] = {
    "postgres": _postgres,
    "alloydb": _postgres,
    "greenplum": _postgres,
    "timescaledb": _postgres,
    "yellowbrick": _postgres,
    "cockroachdb": _server(systems.POSTGRES, "host", port=systems.PORTS["cockroachdb"]),
    "hologres": _server(systems.POSTGRES, "host", port=systems.PORTS["hologres"]),
    "materialize": _server(systems.POSTGRES, "host", port=systems.PORTS["materialize"]),
    "risingwave": _server(systems.POSTGRES, "host", port=systems.PORTS["risingwave"]),
    "redshift": _Rule(read=_redshift, fields=("host", "port", "cluster_id", "serverless_work_group", "region")),
    "mysql": _mysql,
    "mysql5": _mysql,
    "mariadb": _mysql,
    "tidb": _server(systems.MYSQL, "server", "host", port=systems.PORTS["tidb"]),
    "starrocks": _server(systems.MYSQL, "host", port=systems.PORTS["starrocks"]),
    "doris": _server(systems.MYSQL, "host", port=systems.PORTS["doris"], local=True),
    "singlestore": _server(systems.MYSQL, "host", levels=(DATABASE, IDENTIFIER), local=True),
    "oceanbase": _server(systems.OCEANBASE, "host", "server"),
    "sqlserver": _server(systems.MSSQL, "host", "server"),
    "synapse": _server(systems.SYNAPSE, "host", "server"),
    "fabric": _server(systems.FABRIC, "host", "server"),
    "snowflake": _Rule(read=_snowflake, fields=("account",)),
    "bigquery": _Rule(read=_bigquery),
    "databricks": _server(systems.UNITY, "host"),
    "spark": _Rule(read=_spark, fields=("host", "port", "method")),
    "trino": _trino,
    "presto": _trino,
    "starburst": _trino,
    "athena": _Rule(read=_athena, fields=("region_name",)),
    "glue": _Rule(read=_glue, fields=("region", "role_arn", "account_id")),
    "duckdb": _Rule(read=_duckdb, fields=("path", "attach")),
    "sqlite": _Rule(read=_sqlite, fields=("schemas_and_paths",)),
    "clickhouse": _server(systems.CLICKHOUSE, "host", local=True),
    "dremio": _Rule(read=_dremio, fields=("software_host", "port", "cloud_host", "cloud_project_id")),
    "oracle": _Rule(read=_oracle, fields=("host", "port", "service", "connection_string", "tns_name", "database", "dbname")),
    "teradata": _server(systems.TERADATA, "server", "host"),
    "vertica": _server(systems.VERTICA, "host"),
    "exasol": _Rule(read=_exasol, fields=("dsn",)),
    "firebolt": _Rule(read=_firebolt, fields=("account_name",)),
    "cratedb": _server(systems.CRATE, "host", local=True),
    "ibmdb2": _server(systems.DB2, "host"),
    "db2": _server(systems.DB2, "host"),
    "impala": _server(systems.IMPALA, "host", local=True),
    "hive": _server(systems.HIVE, "host", local=True),
    "databend": _server(systems.DATABEND, "host"),
}
"""Adapter types, and how each adapter's connection is read."""
