"""One name per thing: what Airflow, dbt and Spark call a table, side by side with the one name that it has."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew import naming
from clew.naming.aliases import _RULES

EXAMPLE = "examplecluster.abc123xyz789.us-west-2.redshift.amazonaws.com"
WORKSPACE = "adb-1234567890123456.7.azuredatabricks.net"


def dbt(adapter, *table, **credentials):
    return naming.tables(adapter, credentials, "/srv/shop").table(*table)


# Each row: the one name, then what Airflow's hooks or assets, dbt, and Spark or JDBC call the same table. None: it has no name there.
PAIRS = [
    (
        "Postgres",
        ("postgres://db:5432", "shop.public.orders"),
        [("postgres://db:5432", "shop.public.orders"), naming.from_uri("postgresql://me:pw@DB/shop/public/orders")],
        dbt("postgres", "shop", "public", "orders", host="DB", port=5432),
        ("postgres://db", "shop.public.orders"),
    ),
    (
        "Redshift: cluster and region, or the endpoint's host",
        ("redshift://examplecluster.us-west-2:5439", "shop.public.orders"),
        [("redshift://examplecluster.us-west-2:5439", "shop.public.orders"), naming.from_uri(f"redshift://{EXAMPLE}/shop/public/orders")],
        dbt("redshift", "shop", "public", "Orders", host=EXAMPLE, port=5439),
        (f"redshift://{EXAMPLE}:5439", "shop.public.orders"),
    ),
    (
        "Redshift, by a driver of Postgres",
        ("redshift://examplecluster.us-west-2:5439", "shop.public.orders"),
        [(f"postgres://{EXAMPLE}:5439", "shop.public.orders")],
        dbt("redshift", "shop", "public", "orders", host="10.0.0.1", port=5439, cluster_id="examplecluster", region="us-west-2"),
        (f"postgresql://{EXAMPLE}:5439", "SHOP.public.orders"),
    ),
    (
        "Redshift Serverless",
        ("redshift://shop.eu-west-1:5439", "shop.public.orders"),
        [("redshift://shop.eu-west-1:5439", "shop.public.orders")],
        dbt("redshift", "shop", "public", "orders", host="shop.123456789012.eu-west-1.redshift-serverless.amazonaws.com", port=5439),
        None,
    ),
    (
        "Databricks: the workspace of a Unity Catalog",
        (f"unitycatalog://{WORKSPACE}", "main.shop.orders"),
        [(f"databricks://{WORKSPACE}", "main.shop.orders"), (f"databricks://{WORKSPACE}:443", "Main.Shop.Orders")],
        dbt("databricks", "main", "shop", "Orders", host=f"https://{WORKSPACE}/"),
        (f"unitycatalog://{WORKSPACE}:443", "`main`.`shop`.`orders`"),
    ),
    (
        "Databricks, by dbt's adapter for Spark",
        (f"unitycatalog://{WORKSPACE}", "shop.orders"),
        [],
        dbt("spark", None, "shop", "orders", host=WORKSPACE, method="odbc"),
        None,
    ),
    (
        "Snowflake: organization and account",
        ("snowflake://acme-shop-eu", "SHOP.PUBLIC.ORDERS"),
        [("snowflake://acme-shop_eu", "SHOP.PUBLIC.ORDERS"), naming.from_uri("snowflake://ACME-SHOP_EU/shop/public/orders")],
        dbt("snowflake", "shop", "public", "orders", account="ACME-SHOP_EU"),
        ("snowflake://acme-shop-eu.snowflakecomputing.com", '"shop"."public"."orders"'),
    ),
    (
        "Snowflake: a locator with its region",
        ("snowflake://xy12345.eu-central-1.aws", "SHOP.PUBLIC.ORDERS"),
        [("snowflake://xy12345.eu-central-1.aws", "SHOP.PUBLIC.ORDERS")],
        dbt("snowflake", "shop", "public", "orders", account="xy12345.eu-central-1"),
        ("snowflake://XY12345.eu-central-1.privatelink.snowflakecomputing.com", "shop.public.orders"),
    ),
    (
        "Snowflake: a locator alone",
        ("snowflake://xy12345.us-west-2.aws", "SHOP.PUBLIC.ORDERS"),
        [("snowflake://xy12345.us-west-1.aws", "SHOP.PUBLIC.ORDERS")],
        dbt("snowflake", "shop", "public", "orders", account="xy12345"),
        ("snowflake://xy12345.us-west-1.aws", "shop.public.orders"),
    ),
    (
        "BigQuery",
        ("bigquery", "acme-prod.shop.orders"),
        [("bigquery", "acme-prod.shop.orders"), naming.from_uri("bigquery://acme-prod/shop/orders")],
        dbt("bigquery", "acme-prod", "shop", "orders", project="acme-prod"),
        ("bigquery://", "`acme-prod`.shop.orders"),
    ),
    (
        "MySQL: its database is dbt's schema",
        ("mysql://db:3306", "shop.orders"),
        [("mysql://db:3306", "shop.orders"), naming.from_uri("mysql://db/shop/orders")],
        dbt("mysql", None, "shop", "orders", server="db"),
        ("mysql://db", "shop.orders"),
    ),
    ("MariaDB", ("mysql://db:3306", "shop.orders"), [("mariadb://db", "shop.orders")], dbt("mariadb", None, "shop", "orders", server="db"), None),
    (
        "TiDB, by a driver of MySQL",
        ("mysql://tidb:4000", "shop.orders"),
        [("mysql://tidb:4000", "shop.orders")],
        dbt("tidb", None, "shop", "orders", server="tidb"),
        ("tidb://tidb", "shop.orders"),
    ),
    (
        "SQL Server",
        ("mssql://db:1433", "shop.dbo.orders"),
        [("mssql://db:1433", "shop.dbo.orders"), naming.from_uri("mssql://db/shop/dbo/orders")],
        dbt("sqlserver", "shop", "dbo", "orders", host="db"),
        ("sqlserver://DB", "shop.dbo.orders"),
    ),
    (
        "Azure Synapse: the specification has no database in its names",
        ("sqlserver://acme.sql.azuresynapse.net:1433", "dbo.orders"),
        [("mssql://acme.sql.azuresynapse.net:1433", "shop.dbo.orders")],
        dbt("synapse", "shop", "dbo", "orders", host="acme.sql.azuresynapse.net"),
        ("sqlserver://acme.sql.azuresynapse.net:1433", "shop.dbo.orders"),
    ),
    (
        "Fabric warehouse",
        ("fabric-warehouse://x-y.datawarehouse.fabric.microsoft.com", "shop.dbo.orders"),
        [("mssql://x-y.datawarehouse.fabric.microsoft.com:1433", "shop.dbo.orders")],
        dbt("fabric", "shop", "dbo", "orders", server="X-Y.datawarehouse.fabric.microsoft.com"),
        ("sqlserver://x-y.datawarehouse.fabric.microsoft.com:1433", "shop.dbo.orders"),
    ),
    (
        "Oracle: the service is the database",
        ("oracle://db:1521", "SHOP.SALES.ORDERS"),
        [("oracle://db:1521", "shop.SALES.ORDERS"), naming.from_uri("oracle://db/shop/sales/orders")],
        dbt("oracle", "whatever", "sales", "orders", host="db", service="shop"),
        ("oracle://db:1521", "shop.sales.orders"),
    ),
    (
        "Trino, by any client",
        ("trino://query:8080", "hive.shop.orders"),
        [("trino://query:8080", "hive.shop.orders"), naming.from_uri("presto://query:8080/hive/shop/orders")],
        dbt("trino", "hive", "shop", "Orders", host="query", port=8080),
        ("presto://query:8080", "hive.shop.orders"),
    ),
    (
        "Athena",
        ("awsathena://athena.eu-west-1.amazonaws.com", "awsdatacatalog.shop.orders"),
        [("awsathena://athena.eu-west-1.amazonaws.com", "AwsDataCatalog.shop.orders")],
        dbt("athena", "awsdatacatalog", "shop", "orders", region_name="eu-west-1"),
        ("athena://athena.eu-west-1.amazonaws.com:443", "AwsDataCatalog.shop.orders"),
    ),
    (
        "Glue",
        ("arn:aws:glue:eu-west-1:123456789012", "table/shop/orders"),
        [],
        dbt("glue", None, "shop", "Orders", region="eu-west-1", role_arn="arn:aws:iam::123456789012:role/dbt"),
        ("arn:aws:glue:eu-west-1:123456789012", "table/shop/orders"),
    ),
    (
        "ClickHouse: one server has a door for each protocol",
        ("clickhouse://db:8123", "shop.orders"),
        [("clickhouse://db:9000", "shop.orders")],
        dbt("clickhouse", "", "shop", "orders", host="db", port=8443),
        ("clickhouse+http://db:8123", "shop.orders"),
    ),
    (
        "Hive",
        ("hive://hs2:10000", "shop.orders"),
        [naming.from_uri("hive://hs2:10000/shop/orders")],
        dbt("hive", None, "shop", "Orders", host="hs2"),
        ("hive2://hs2:10000", "shop.orders"),
    ),
    (
        "Teradata",
        ("teradata://db:1025", "shop.orders"),
        [naming.from_uri("teradata://db/shop/orders")],
        dbt("teradata", "shop", "shop", "orders", server="db"),
        ("teradata://db:1025", "shop.orders"),
    ),
    (
        "Vertica",
        ("vertica://db:5433", "shop.public.orders"),
        [naming.from_uri("vertica://db/shop/public/orders")],
        dbt("vertica", "shop", "public", "orders", host="db"),
        ("vertica://db:5433", "shop.public.orders"),
    ),
    (
        "CockroachDB, by a driver of Postgres",
        ("postgres://db:26257", "shop.public.orders"),
        [("postgres://db:26257", "shop.public.orders")],
        dbt("cockroachdb", "shop", "public", "orders", host="db"),
        ("cockroachdb://db", "shop.public.orders"),
    ),
    (
        "DuckDB",
        ("duckdb:///srv/shop/shop.duckdb", "shop.main.orders"),
        [naming.from_uri("duckdb:///srv/shop/shop.duckdb/main/orders")],
        dbt("duckdb", "shop", "main", "orders", path="shop.duckdb"),
        None,
    ),
    ("S3, by Hadoop's schemes", ("s3://lake", "shop/orders"), [("s3://lake", "/shop/orders"), naming.from_uri("s3a://lake/shop/orders")], None, ("s3n://lake", "shop/orders/")),
    ("Google Cloud Storage", ("gs://lake", "shop/orders"), [naming.from_uri("gcs://lake/shop/orders")], None, ("gs://lake", "shop/orders")),
    (
        "Azure Data Lake",
        ("abfss://lake@acme.dfs.core.windows.net", "shop/orders"),
        [naming.from_uri("abfs://lake@acme.dfs.core.windows.net/shop/orders")],
        None,
        ("abfss://lake@acme.dfs.core.windows.net", "shop/orders"),
    ),
    (
        "Azure Blob Storage",
        ("wasbs://lake@acme.dfs.core.windows.net", "shop/orders"),
        [naming.from_uri("wasb://lake@acme.blob.core.windows.net/shop/orders")],
        None,
        ("wasbs://lake@acme.blob.core.windows.net", "shop/orders"),
    ),
    ("A file of this machine", ("file", "/data/orders.csv"), [naming.from_uri("file:///data/orders.csv")], None, ("file:", "/data/orders.csv")),
]  # fmt: skip


@pytest.mark.parametrize(("one", "airflow", "from_dbt", "spark"), [pytest.param(*row[1:], id=row[0]) for row in PAIRS])
def test_a_table_has_one_name_whichever_tool_names_it(one, airflow, from_dbt, spark):
    assert {naming.canonical(*name) for name in [*airflow, from_dbt, spark] if name is not None} == {one}
    assert from_dbt in {one, None}, "dbt's side needs no second look"


@pytest.mark.parametrize(
    "namespace",
    [
        "s3://Bucket",
        "duckdb://shop.duckdb",
        "bigquery",
        "postgres://a:1,b:2",
        "postgres://",
        "",
        "unity-catalog",
        "x-crm://EU",
        "localhost",
    ],
)
def test_what_no_rule_is_sure_of_keeps_its_name(namespace):
    assert naming.canonical(namespace, "n") == (namespace, "n")


def test_localhost_stays_localhost_since_no_name_tells_which_machine_that_is():
    assert naming.canonical("postgresql://localhost", "n")[0] == "postgres://localhost:5432"


def test_names_keep_their_case_where_it_matters():
    assert naming.canonical("postgres://db:5432", "Shop.public.Orders")[1] == "Shop.public.Orders"
    assert naming.canonical("bigquery", "p.Shop.Orders")[1] == "p.Shop.Orders"


PIECES = ["a", "B", ":", "/", "@", "?", "=", ";", "#", ".", "-", "_", "5432", "[::1]", "aws", "md:", "motherduck:", "ducklake:", "dbname=x", '"', "`", "é", "İ", "://", ".snowflakecomputing.com", EXAMPLE, WORKSPACE]  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES), max_size=8).map("".join) | st.text(max_size=20)
PREFIXES = ["", *(f"{scheme}://" for scheme in _RULES), "POSTGRESQL+psycopg2://", "jdbc:sqlserver://", "arn:aws:glue:", "hdfs://"]


@given(st.sampled_from(PREFIXES), TEXTS, TEXTS)
def test_the_one_name_is_its_own_one_name(prefix, rest, name):
    once = naming.canonical(prefix + rest, name)
    assert naming.canonical(*once) == once


@given(st.sampled_from([p for p in PREFIXES if p.endswith("://")]), st.sampled_from(["db", "db:5432", "a:1,b:2", "account.eu-west-1"]))
def test_no_password_or_token_is_part_of_a_name(prefix, host):
    for written in (
        f"{prefix}me:s3cret@{host}",
        f"{prefix}{host}?password=s3cret",
        f"{prefix}{host};user=me;password=s3cret",
        f"{prefix}{host}?x=1&motherduck_token=s3cret",
    ):
        assert "s3cret" not in naming.canonical(written, "n")[0]


def test_the_rules_load_without_anything_but_the_standard_library():
    import subprocess
    import sys

    code = "import sys; before = set(sys.modules); import clew.naming; print(*sorted({m.partition('.')[0] for m in set(sys.modules) - before}))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert set(loaded) - sys.stdlib_module_names == {"clew"}
