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


def test_what_airflow_says_of_an_asset_is_told_of_the_dataset():
    (dataset,) = with_assets(
        [], [{"uri": "s3://bucket/key", "name": "orders", "group": "shop", "extra": {"team": "till"}, "watchers": ["q"]}]
    )
    assert content(dataset["facets"]["clew_asset"]) == {"name": "orders", "group": "shop", "extra": {"team": "till"}, "watchers": ["q"]}


def test_an_asset_of_which_nothing_is_said_has_no_facet():
    (dataset,) = with_assets([], [{"uri": "s3://bucket/key", "name": None, "extra": {}, "watchers": []}])
    assert dataset == {"namespace": "s3://bucket", "name": "key", "facets": {}}


def test_what_a_task_says_of_its_change_is_told_of_the_output():
    change = {"uri": "s3://bucket/key", "event_extra": {"why": "late"}, "alias": "report", "partitions": ["de"]}
    (dataset,) = with_assets([], [{"uri": "s3://bucket/key", "group": "shop"}, change])
    assert content(dataset["outputFacets"]["clew_assetEvent"]) == {"alias": "report", "extra": {"why": "late"}, "partitions": ["de"]}
    assert content(dataset["facets"]["clew_asset"]) == {"group": "shop"}


@pytest.mark.parametrize(
    ("extra", "told"),
    [
        ({"row_count": 12}, {"rowCount": 12}),
        ({"rows": 0, "bytes": 4096}, {"rowCount": 0, "size": 4096}),
        ({"num_rows": 1, "size_bytes": 2}, {"rowCount": 1, "size": 2}),
    ],
)
def test_rows_and_bytes_that_a_task_counted_are_statistics(extra, told):
    (dataset,) = with_assets([], [{"uri": "s3://bucket/key", "event_extra": extra}])
    assert content(dataset["outputFacets"]["outputStatistics"]) == told


@pytest.mark.parametrize("extra", [{"row_count": "many"}, {"row_count": -1}, {"row_count": True}, {"row_count": None}, {"lines": 3}])
def test_what_is_no_count_is_no_statistics(extra):
    (dataset,) = with_assets([], [{"uri": "s3://bucket/key", "event_extra": extra}])
    assert "outputStatistics" not in dataset["outputFacets"]


def content(facet):
    return {key: value for key, value in facet.items() if not key.startswith("_")}
