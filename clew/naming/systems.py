"""Systems: what the namespace of each kind of database looks like, and what the name of a table in it is made of.

Whose rule it is stands beside each. *Specification* is OpenLineage's naming specification, *Dataset Naming*. Where it is silent, a
system follows the names that others already send for it, or its own documentation.

A system that is reached by another one's driver is named as that one: whoever reads CockroachDB does so by a driver of Postgres and
calls it `postgres://host:port`, and no two servers share a host and a port. *JDBC* below: what OpenLineage's Java client makes of a URL
for which it has no rule of its own (GenericJdbcExtractor), and so what Spark calls it: `scheme://host:port`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

DATABASE, SCHEMA, IDENTIFIER = "database", "schema", "identifier"
ALL_LEVELS = (DATABASE, SCHEMA, IDENTIFIER)
TWO_LEVELS = (SCHEMA, IDENTIFIER)
"""Systems whose database is their schema: MySQL, Hive and their kin. dbt calls it the schema."""

_QUOTES = {ord(quote): None for quote in '"`'}


@dataclass(frozen=True, kw_only=True)
class System:
    """A kind of database that is named by host and port.

    Attributes:
        scheme: what its namespaces begin with.
        port: the system's default port, which stands in a namespace where none was given; None: nothing is certain.
        levels: what a table's name is made of, as dbt calls the parts.
        case: what the system makes of identifiers; None: their case matters, or is kept as it was written first.
        source: whose rule this is.
    """

    scheme: str
    port: int | None
    levels: tuple[str, ...] = ALL_LEVELS
    case: Callable[[str], str] | None = None
    source: str

    def namespace(self, host: str, port: int | str | None = None) -> str:
        """Return the namespace of a server."""
        used = port or self.port
        return f"{self.scheme}://{host.lower()}:{used}" if used else f"{self.scheme}://{host.lower()}"

    def name(self, name: str) -> str:
        """Return a table's name as the system has it, whichever case and quotes somebody wrote."""
        return self.case(name.translate(_QUOTES)) if self.case else name


POSTGRES = System(scheme="postgres", port=5432, source="specification, *Postgres*; 5432 is libpq's own default")
MYSQL = System(scheme="mysql", port=3306, levels=TWO_LEVELS, source="specification, *MySQL*; 3306 as OpenLineage's Java client")
MSSQL = System(scheme="mssql", port=1433, source="specification, *MSSQL*; 1433 as Airflow's provider")
ORACLE = System(
    scheme="oracle",
    port=1521,
    case=str.upper,
    source="specification, *Oracle*; 1521 and capitals as Airflow's provider, which reads the dictionary",
)
TRINO = System(
    scheme="trino", port=None, case=str.lower, source="specification, *Trino*; its documentation, *Reserved keywords*: names are lower case"
)
HIVE = System(scheme="hive", port=10000, levels=TWO_LEVELS, case=str.lower, source="specification, *Hive*; 10000 as Airflow's assets")
TERADATA = System(scheme="teradata", port=1025, levels=TWO_LEVELS, source="specification, *Teradata*; 1025 as OpenLineage's Java client")
CRATE = System(scheme="crate", port=5432, source="specification, *CrateDB*; 5432 as OpenLineage's Java client")
DB2 = System(
    scheme="db2", port=50000, case=str.upper, source="specification, *DB2*; its documentation: ordinary identifiers are folded to capitals"
)
OCEANBASE = System(scheme="oceanbase", port=2881, levels=TWO_LEVELS, source="specification, *OceanBase*; 2881 as OpenLineage's Java client")
CLICKHOUSE = System(
    scheme="clickhouse", port=8123, levels=TWO_LEVELS, source="OpenLineage's Java client and `openlineage-dbt`: `clickhouse://host:port`"
)
VERTICA = System(scheme="vertica", port=5433, source="Airflow's assets: `vertica://host:5433`, `database.schema.table`")
EXASOL = System(
    scheme="exasol",
    port=8563,
    levels=TWO_LEVELS,
    case=str.upper,
    source="its documentation: 8563, one database a cluster, identifiers in capitals",
)
SPARK = System(
    scheme="spark",
    port=None,
    levels=TWO_LEVELS,
    case=str.lower,
    source="`openlineage-dbt`: `spark://host:port`; Spark's names have no case",
)
IMPALA = System(
    scheme="impala", port=21050, levels=TWO_LEVELS, case=str.lower, source="JDBC; its documentation: 21050, names are lower case"
)
DATABEND = System(scheme="databend", port=8000, levels=TWO_LEVELS, source="JDBC; its documentation: 8000")
DREMIO = System(scheme="dremio", port=9047, source="`openlineage-dbt`: `dremio://host:port`, the port of its REST API")
REDSHIFT = System(
    scheme="redshift",
    port=5439,
    case=str.lower,
    source="specification, *Redshift*; its documentation, *Names and identifiers*: folded to lower case",
)
SYNAPSE = System(scheme="sqlserver", port=1433, levels=TWO_LEVELS, source="specification, *Azure Synapse*")
FABRIC = System(scheme="fabric-warehouse", port=None, source="specification, *Microsoft Fabric Warehouse*")
UNITY = System(
    scheme="unitycatalog",
    port=None,
    case=str.lower,
    source="specification, *Unity Catalog*; its documentation, *Names*: stored in lower case",
)
SNOWFLAKE = System(
    scheme="snowflake",
    port=None,
    case=str.upper,
    source="specification, *Snowflake*; its documentation, *Identifier requirements*: stored in capitals",
)
ATHENA = System(scheme="awsathena", port=None, case=str.lower, source="specification, *Athena*; its documentation: names have no case")

PORTS = {
    "cockroachdb": 26257,  # its documentation, *cockroach start*: the default of --listen-addr
    "hologres": 80,  # the documentation of its adapter: `port: 80`
    "materialize": 6875,  # its documentation, *SQL clients*
    "risingwave": 4566,  # its documentation, *Connect to RisingWave*
    "tidb": 4000,  # its documentation, *TiDB configuration file*: `port`
    "starrocks": 9030,  # its documentation, *FE configuration*: `query_port`
    "doris": 9030,  # its documentation, *FE configuration*: `query_port`
}
"""Default ports of systems that are reached by a driver of Postgres or MySQL and named as those; all others have the driver's. AlloyDB's
documentation, *Connect*, has 5432."""

_BY_HOST = (
    (re.compile(r".+\.redshift(-serverless)?\.amazonaws\.com(\.cn)?"), REDSHIFT),
    (re.compile(r".+\.datawarehouse\.(fabric\.microsoft\.com|pbidedicated\.windows\.net)"), FABRIC),
    (re.compile(r".+\.sql\.azuresynapse\.net"), SYNAPSE),
    (re.compile(r".+\.(azuredatabricks\.net|databricks\.com)"), UNITY),
    (re.compile(r".+\.snowflakecomputing\.(com|cn)"), SNOWFLAKE),
)
"""Hosts whose domain tells what runs there, whichever driver reaches it."""

_REDSHIFT_HOST = re.compile(r"(?P<cluster>[^.]+)\.[^.]+\.(?P<region>[^.]+)\.redshift(-serverless)?\.amazonaws\.com(\.cn)?")
_SNOWFLAKE_DOMAIN = re.compile(r"(\.privatelink|\.snowflakecomputing\.(com|cn))+$")
_HTTPS = "443"


def at(host: str, otherwise: System) -> System:
    """Return the system that runs at a host: what its domain says, else the one that a driver expects there."""
    return next((system for pattern, system in _BY_HOST if pattern.fullmatch(host.lower())), otherwise)


def place(system: System, host: str, port: int | str | None = None) -> str:
    """Return the namespace of a server of a system, brought to the one form that the system has."""
    if system is REDSHIFT:
        return system.namespace(redshift_cluster(host), port)
    if system is SNOWFLAKE:
        return f"snowflake://{snowflake_account(host)}"
    if system is CLICKHOUSE and str(port or "") in _CLICKHOUSE_PORTS:
        return system.namespace(host)
    if system in _WITHOUT_DEFAULT_PORT and str(port) in {_HTTPS, "1433"}:
        return system.namespace(host)
    return system.namespace(host, port)


_WITHOUT_DEFAULT_PORT = (FABRIC, UNITY, ATHENA)
"""Services with one port, which their namespaces do not have."""

_CLICKHOUSE_PORTS = ("8123", "8443", "9000", "9440")
"""The doors of one server: HTTP, HTTPS, native, native with TLS. Source: ClickHouse's documentation, *Network ports*."""


def redshift_cluster(host: str) -> str:
    """Return `cluster.region` of a Redshift endpoint; of a serverless one `workgroup.region`, as Airflow's provider has it.

    Source: specification, *Redshift*. An address or a name of one's own tells neither and stays.
    """
    match = _REDSHIFT_HOST.fullmatch(host.lower())
    return f"{match['cluster']}.{match['region']}" if match else host.lower()


def snowflake_account(account: str) -> str:
    """Return the one form of a Snowflake account: `organization-account`, else `locator.region.cloud`.

    Source: specification, *Snowflake*, and Snowflake's documentation, *Account identifiers*: identifiers have no case; an underscore
    of an account's name is a hyphen in URLs; a locator alone is in AWS us-west-2, one with a region alone in AWS. Airflow, Spark and
    `openlineage-dbt` say us-west-1 for it, where Snowflake has never been.
    """
    bare = _SNOWFLAKE_DOMAIN.sub("", account.lower().partition(":")[0])
    parts = list(dict.fromkeys(bare.split(".")))  # region and cloud can stand there twice
    if len(parts) == 1:
        return bare.replace("_", "-") if "-" in bare else f"{bare}.us-west-2.aws"
    if parts[1:] in (["us-west-1"], ["us-west-1", "aws"]):
        parts[1] = "us-west-2"
    return ".".join([*parts, "aws"] if len(parts) == 2 else parts)  # noqa: PLR2004  locator and region


# --- Systems that are not named by host and port ------------------------------------------------------------------------------


def postgres(host: str, port: int | str | None = None) -> str:
    """Return the namespace of a Postgres server."""
    return POSTGRES.namespace(host, port)


_DUCKLAKE = re.compile(r"ducklake:(?P<kind>[a-z]+):", re.IGNORECASE)
_DUCKLAKE_KEPT = re.compile(r"\b(?:dbname|host|port)=[^\s'\"/]+")


def duckdb(path: str) -> str:
    """Return the namespace of a DuckDB database: a file's path as it was given, `:memory:`, MotherDuck's `md:NAME`, a DuckLake.

    The specification is silent; `openlineage-dbt` has `duckdb://{path}`, which stands here without the query, since MotherDuck's
    token may be in it, and of a DuckLake's catalog only host, port and name.
    """
    bare = path.partition("?")[0]
    if bare.lower().startswith("motherduck:"):
        bare = f"md:{bare.partition(':')[2]}"
    if bare.lower().startswith("ducklake:") and "=" in bare:
        kind = _DUCKLAKE.match(bare)
        bare = f"ducklake:{kind['kind'] if kind else 'catalog'}:{'/'.join(_DUCKLAKE_KEPT.findall(bare))}"
    return f"duckdb://{bare}"


def sqlite(path: str) -> str:
    """Return the namespace of an SQLite file; its tables are `main.table`, whatever a connection calls the file.

    The specification is silent; a path as DuckDB has it, which is SQLAlchemy's URL.
    """
    return f"sqlite://{path.partition('?')[0]}"


def glue(region: str, account: str) -> str:
    """Return the namespace of a Glue catalog, whose tables are `table/database/name`. Source: specification, *AWS Glue*."""
    partition = "aws-cn" if region.startswith("cn-") else "aws-us-gov" if region.startswith("us-gov-") else "aws"
    return f"arn:{partition}:glue:{region}:{account}"


def athena(region: str) -> str:
    """Return the namespace of Athena in a region. Source: specification, *Athena*."""
    return f"awsathena://athena.{region.lower()}.amazonaws.com"


BIGQUERY = "bigquery"
"""Namespace of all BigQuery tables, which are `project.dataset.table`. Source: specification, *BigQuery*."""


def server(adapter: str, host: str | None = None, port: int | str | None = None) -> str:
    """Return the namespace of a system that has no rule here: `{adapter}://{host}:{port}`, as most of the specification's rules read.

    The caller says in a warning that this name is nobody's rule.
    """
    authority = (host or "").lower() + (f":{port}" if port else "")
    return f"{adapter.lower()}://{authority}" if authority else adapter.lower()
