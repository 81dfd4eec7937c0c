"""Every dbt adapter's connection has a namespace, from the credentials that the adapter itself declares."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew import naming
from clew.naming.adapters import _RULES


def named(adapter, **credentials):
    return naming.tables(adapter, credentials, "/srv/shop")


@pytest.mark.parametrize(
    ("adapter", "credentials", "namespace"),
    [
        ("postgres", {"host": "DB.example", "port": 5433}, "postgres://db.example:5433"),
        ("postgres", {}, "postgres://localhost:5432"),
        ("alloydb", {"host": "10.1.2.3"}, "postgres://10.1.2.3:5432"),
        ("greenplum", {"host": "gp"}, "postgres://gp:5432"),
        ("timescaledb", {"host": "ts"}, "postgres://ts:5432"),
        ("yellowbrick", {"host": "yb"}, "postgres://yb:5432"),
        ("materialize", {"host": "mz"}, "postgres://mz:6875"),
        ("risingwave", {"host": "rw"}, "postgres://rw:4566"),
        ("hologres", {"host": "h.example"}, "postgres://h.example:80"),
        ("redshift", {"host": "10.0.0.1", "port": 5439}, "redshift://10.0.0.1:5439"),
        ("starrocks", {"host": "sr"}, "mysql://sr:9030"),
        ("doris", {}, "mysql://localhost:9030"),
        ("singlestore", {"host": "s2", "port": 3306}, "mysql://s2:3306"),
        ("oceanbase", {"host": "ob"}, "oceanbase://ob:2881"),
        ("mysql5", {"server": "my", "port": 3307}, "mysql://my:3307"),
        ("trino", {"host": "https://query.example/", "port": 443}, "trino://query.example:443"),
        ("starburst", {"host": "query", "port": 443}, "trino://query:443"),
        ("presto", {"host": "query", "port": 8080}, "trino://query:8080"),
        ("spark", {"host": "thrift", "method": "thrift"}, "spark://thrift:10001"),
        ("glue", {"region": "cn-north-1", "role_arn": "arn:aws-cn:iam::1234:role/x"}, "arn:aws-cn:glue:cn-north-1:1234"),
        ("dremio", {"software_host": "dremio", "port": 9047}, "dremio://dremio:9047"),
        ("dremio", {"cloud_project_id": "p1"}, "dremio://api.dremio.cloud/p1"),
        ("oracle", {"connection_string": "me/pw@//db:1522/shop"}, "oracle://db:1522"),
        ("oracle", {"tns_name": "(DESCRIPTION=(ADDRESS=(PROTOCOL=tcp)(HOST=db)(PORT=1523))(CONNECT_DATA=(SID=X)))"}, "oracle://db:1523"),
        ("exasol", {"dsn": "n1..4:8563"}, "exasol://n1:8563"),
        ("exasol", {"dsn": "n1,n2/FINGERPRINT"}, "exasol://n1:8563"),
        ("firebolt", {"account_name": "Acme"}, "firebolt://acme"),
        ("cratedb", {"host": "crate"}, "crate://crate:5432"),
        ("ibmdb2", {"host": "db2", "port": 50001}, "db2://db2:50001"),
        ("impala", {"host": "imp"}, "impala://imp:21050"),
        ("databend", {"host": "bend"}, "databend://bend:8000"),
        ("duckdb", {}, "duckdb://:memory:"),
        ("duckdb", {"path": "/data/a.duckdb"}, "duckdb:///data/a.duckdb"),
        ("duckdb", {"path": "md:shop?motherduck_token=s3cret"}, "duckdb://md:shop"),
        ("duckdb", {"path": "motherduck:shop"}, "duckdb://md:shop"),
        ("duckdb", {"path": "ducklake:postgres:dbname=lake host=db password=s3cret"}, "duckdb://ducklake:postgres:dbname=lake/host=db"),
        ("sqlite", {"schemas_and_paths": {"main": "shop.db", "raw": "/data/raw.db"}}, "sqlite:///srv/shop/shop.db"),
    ],
)
def test_a_connection_is_named_by_its_systems_rule(adapter, credentials, namespace):
    found = named(adapter, **credentials)
    assert (found.namespace, found.warning) == (namespace, None)


@pytest.mark.parametrize(
    ("adapter", "credentials", "namespace", "why"),
    [
        ("lakehouse", {"host": "https://me:s3cret@lake.example/sql", "port": 8443}, "lakehouse://lake.example:8443", "no naming rule"),
        ("lakehouse", {"account": "Acme"}, "lakehouse://acme", "no naming rule"),
        ("lakehouse", {}, "lakehouse", "no naming rule"),
        ("snowflake", {}, "snowflake", "does not tell"),
        ("oracle", {"tns_name": "shop_high"}, "oracle", "does not tell"),
        ("spark", {"method": "session", "host": "NA"}, "spark://na", "does not tell"),
    ],
)
def test_what_has_no_rule_gets_the_usual_form_and_a_warning(adapter, credentials, namespace, why):
    found = named(adapter, **credentials)
    assert found.namespace == namespace
    assert why in found.warning


class TestTables:
    def test_levels_that_an_adapter_leaves_out_are_no_part_of_the_name(self):
        assert named("singlestore", host="s2").table("shop", "ignored", "orders")[1] == "shop.orders"
        assert named("exasol", dsn="exa").table("DB", "shop", "orders")[1] == "SHOP.ORDERS"
        assert named("postgres").table(None, "public", "orders")[1] == "public.orders"

    def test_dremios_no_schema_is_none(self):
        assert named("dremio", software_host="d").table("@me", "no_schema", "orders")[1] == "@me.orders"

    def test_what_duckdb_attaches_is_named_where_it_lives(self):
        attach = [
            {"path": "/data/raw.duckdb"},
            {"path": "/data/other.duckdb", "alias": "old"},
            {"path": "crm.sqlite", "type": "sqlite", "alias": "crm"},
            {"path": "dbname=erp host=db user=me password=s3cret", "type": "postgres", "alias": "erp_live"},
            {"path": "postgres:dbname=erp host=db port=5433", "type": "postgres", "alias": "erp_test"},
            {"path": "md:lake?motherduck_token=s3cret"},
        ]
        tables = named("duckdb", path="shop.duckdb", attach=attach)
        assert tables.table("shop", "main", "orders") == ("duckdb:///srv/shop/shop.duckdb", "shop.main.orders")
        assert tables.table("raw", "main", "orders") == ("duckdb:///data/raw.duckdb", "raw.main.orders")
        assert tables.table("old", "main", "orders") == ("duckdb:///data/other.duckdb", "other.main.orders")
        assert tables.table("crm", "main", "orders") == ("sqlite:///srv/shop/crm.sqlite", "main.orders")
        assert tables.table("erp_live", "public", "orders") == ("postgres://db:5432", "erp.public.orders")
        assert tables.table("erp_test", "public", "orders") == ("postgres://db:5433", "erp.public.orders")
        assert tables.table("lake", "main", "orders") == ("duckdb://md:lake", "lake.main.orders")

    def test_each_schema_of_sqlite_is_a_file(self):
        tables = named("sqlite", schemas_and_paths={"main": "shop.db", "raw": "/data/raw.db"})
        assert tables.table("database", "raw", "orders") == ("sqlite:///data/raw.db", "main.orders")
        assert named("sqlite", schemas_and_paths={"main": "/data/raw.db"}).table("x", "main", "orders") == (
            "sqlite:///data/raw.db",
            "main.orders",
        )


def test_no_credential_that_is_looked_at_is_a_secret():
    looked_at = {key for adapter in [*_RULES, "unknown"] for key in naming.fields(adapter)}
    assert not [key for key in looked_at if any(word in key for word in ("pass", "token", "secret", "key", "user", "pwd"))]


VALUES = (
    st.none()
    | st.text(max_size=20)
    | st.integers()
    | st.lists(st.text(max_size=5))
    | st.dictionaries(st.text(max_size=5), st.text(max_size=9))
)


@given(st.sampled_from(sorted(_RULES)), st.data())
def test_any_credentials_give_some_name(adapter, data):
    credentials = {key: data.draw(VALUES) for key in naming.fields(adapter)}
    namespace, name = naming.tables(adapter, credentials, "/srv").table(None, "s", "t")
    assert namespace
    assert name
