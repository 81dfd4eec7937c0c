"""An asset's URI means the dataset that others name by the specification."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew import naming


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
