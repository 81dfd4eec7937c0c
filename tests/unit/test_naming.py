"""One name per thing, by the naming specification, whichever tool names it."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openlineage.client.uuid import generate_static_uuid

from clew import naming

DAY = datetime(2026, 1, 1, tzinfo=timezone.utc)


def test_the_same_instant_and_name_give_the_same_run_id():
    assert naming.run_id(DAY, "ns", "dag", "task", 1) == naming.run_id(DAY, "ns", "dag", "task", 1)
    assert naming.run_id(DAY, "ns", "dag", "task", 1) != naming.run_id(DAY, "ns", "dag", "task", 2)


@given(st.datetimes(timezones=st.timezones()), st.text())
def test_a_run_id_is_the_one_that_airflows_provider_gives(at, name):
    assert naming.run_id(at, name, 1, -1) == str(generate_static_uuid(at, f"{name}.1.-1".encode()))


def test_a_postgres_server_is_named_by_host_and_port():
    assert naming.postgres("db.example.org", 5433) == "postgres://db.example.org:5433"
    assert naming.postgres("DB", None) == "postgres://db:5432"


@pytest.mark.parametrize(
    ("path", "namespace"),
    [
        ("/data/shop.duckdb", "duckdb:///data/shop.duckdb"),
        (":memory:", "duckdb://:memory:"),
        ("md:shop?motherduck_token=secret", "duckdb://md:shop"),
    ],
)
def test_a_duckdb_database_is_named_by_its_path_without_motherducks_token(path, namespace):
    assert naming.duckdb(path) == namespace


def test_a_system_without_a_rule_is_named_by_what_is_known_of_it():
    assert naming.server("Dremio", "Host", 31010) == "dremio://host:31010"
    assert naming.server("dremio", "host") == "dremio://host"
    assert naming.server("dremio") == "dremio"


@pytest.mark.parametrize(
    "namespace", ["postgres://db:5432", "postgresql://db:5432", "postgres://DB", "postgresql+psycopg2://me:secret@db", "POSTGRES://db/"]
)
def test_tools_that_name_a_postgres_server_differently_mean_one(namespace):
    assert naming.canonical(namespace, "shop.public.orders") == ("postgres://db:5432", "shop.public.orders")


@pytest.mark.parametrize("namespace", ["s3://Bucket", "duckdb://shop.duckdb", "bigquery", "postgres://a:1,b:2", "postgres://", ""])
def test_what_no_rule_is_sure_of_keeps_its_name(namespace):
    assert naming.canonical(namespace, "n") == (namespace, "n")


@given(st.text(max_size=30), st.sampled_from(["", "postgres://", "postgresql://", "postgresql+x://u:p@"]))
def test_a_canonical_name_is_its_own_canonical_name(text, prefix):
    once = naming.canonical(prefix + text, "n")
    assert naming.canonical(*once) == once


@pytest.mark.parametrize(
    ("uri", "namespace", "name"),
    [
        ("postgres://db:5432/shop/public/orders", "postgres://db:5432", "shop.public.orders"),
        ("postgresql://me:secret@DB/shop/public/orders", "postgres://db:5432", "shop.public.orders"),
        ("mysql://db:3306/shop/orders", "mysql://db:3306", "shop.orders"),
        ("trino://h:8080/hive/shop/orders", "trino://h:8080", "hive.shop.orders"),
        ("bigquery://project/shop/orders", "bigquery", "project.shop.orders"),
        ("file:///data/orders.csv", "file", "/data/orders.csv"),
        ("file:/data/orders.csv", "file", "/data/orders.csv"),
        ("file://localhost/data/orders.csv", "file", "/data/orders.csv"),
        ("file://nas/data/orders.csv", "file://nas", "/data/orders.csv"),
        ("s3://bucket/shop/orders.parquet", "s3://bucket", "shop/orders.parquet"),
        ("s3a://bucket/a#b", "s3://bucket", "a#b"),
        ("s3://bucket", "s3://bucket", "/"),
        ("gcs://bucket/shop/orders", "gs://bucket", "shop/orders"),
        ("abfss://container@account.dfs.core.windows.net/a/b", "abfss://container@account.dfs.core.windows.net", "a/b"),
        ("kafka://broker:9092/orders", "kafka://broker:9092", "orders"),
        ("duckdb:///data/shop.duckdb/main/orders", "duckdb:///data/shop.duckdb", "shop.main.orders"),
        ("duckdb:/data/shop.duckdb/main/orders", "duckdb:///data/shop.duckdb", "shop.main.orders"),
        ("duckdb:///data/shop.v2/main/orders", "duckdb:///data/shop.v2", "shop.main.orders"),
        ("duckdb:///data/shop.db", "duckdb:///data/shop.db", "shop"),
        ("x-crm://eu/customers", "x-crm://eu", "customers"),
        ("https://user:secret@api.example.org/v1/orders?key=secret", "https://api.example.org", "v1/orders"),
        ("orders", "asset", "orders"),
        ("C:/data/orders.csv", "asset", "C:/data/orders.csv"),
        ("urn:isbn:1", "asset", "urn:isbn:1"),
        ("http://[broken", "asset", "http://[broken"),
    ],
)
def test_an_asset_means_the_dataset_that_others_name_by_the_specification(uri, namespace, name):
    assert naming.from_uri(uri) == (namespace, name)


def test_an_asset_and_dbt_name_a_duckdb_table_alike():
    assert naming.from_uri("duckdb:///data/shop.duckdb/main/orders")[0] == naming.duckdb("/data/shop.duckdb")


def test_an_asset_and_dbt_name_a_postgres_table_alike():
    assert naming.from_uri("postgres://db/shop/public/orders")[0] == naming.postgres("db")


@given(st.text(max_size=40), st.sampled_from(["", "duckdb:///", "postgres://", "file:", "s3://", "bigquery://"]))
def test_any_text_means_some_dataset(text, prefix):
    namespace, name = naming.from_uri(prefix + text)
    assert isinstance(namespace, str)
    assert isinstance(name, str)
