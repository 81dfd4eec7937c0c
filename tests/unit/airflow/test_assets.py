"""Each asset of a task is a dataset, whether or not the provider has a converter for its scheme."""

import pytest

from clew_airflow.assets import with_assets

ORDERS = {"namespace": "duckdb:///data/shop.duckdb", "name": "shop.raw.orders", "facets": {}}


@pytest.mark.parametrize("uri", ["duckdb:///data/shop.duckdb/raw/orders", "duckdb:/data/shop.duckdb/raw/orders"])
def test_an_asset_becomes_the_dataset_that_dbt_names_as_well(uri):
    assert with_assets([], [{"uri": uri}]) == [ORDERS]


def test_an_asset_that_the_provider_found_too_keeps_the_providers_facets():
    found = {**ORDERS, "facets": {"schema": {"fields": []}}}
    assert with_assets([found], [{"uri": "duckdb:///data/shop.duckdb/raw/orders"}]) == [found]


def test_an_asset_with_a_name_only_is_a_dataset():
    (dataset,) = with_assets([], [{"uri": "orders"}])
    assert dataset["name"] == "orders"


def test_an_asset_that_is_named_twice_is_one_dataset():
    assert len(with_assets([], [{"uri": "s3://bucket/key"}, {"uri": "s3://bucket/key"}])) == 1


def test_passwords_in_uris_are_left_out():
    assert "geheim" not in str(with_assets([], [{"uri": "postgres://me:geheim@db:5432/shop/public/orders"}]))
