from __future__ import annotations

import pytest

from clew import facets
from clew.naming import from_uri
from clew.watching import Seen
from clew.watching.datasets import inputs_and_outputs, is_below, merged
from clew.watching.folders import place


def test_what_was_read_is_an_input_and_what_was_written_an_output():
    read = Seen(direction="read", namespace="s3://lake", name="in.csv", rows=1)
    written = Seen(direction="write", namespace="s3://lake", name="out.csv", facets={"schema": {"fields": []}})
    assert inputs_and_outputs([read, written]) == (
        [{"namespace": "s3://lake", "name": "in.csv", "facets": {}, "inputFacets": {"inputStatistics": facets.input_statistics(rows=1)}}],
        [{"namespace": "s3://lake", "name": "out.csv", "facets": {"schema": {"fields": []}}}],
    )


def test_a_dataset_that_others_told_gains_what_was_seen_of_it_and_keeps_what_it_had():
    told = {"namespace": "file", "name": "/a", "facets": {"schema": "theirs"}}
    seen = {"namespace": "file", "name": "/a", "facets": {"schema": "ours", "version": "ours"}}
    other = {"namespace": "file", "name": "/b", "facets": {}}
    assert merged([told], [seen, other]) == [
        {"namespace": "file", "name": "/a", "facets": {"schema": "theirs", "version": "ours"}},
        other,
    ]


@pytest.mark.parametrize(
    ("namespace", "name", "where"),
    [
        ("file", "/opt/airflow/logs/a.log", "/opt/airflow/logs/a.log"),
        ("sqlite:///opt/airflow/airflow.db", "main.dag", "/opt/airflow/airflow.db"),
        ("duckdb:///data/shop.duckdb", "shop.main.orders", "/data/shop.duckdb"),
        (*from_uri("s3://aws_default@lake/xcom"), "s3://lake/xcom"),
    ],
)
def test_a_dataset_lies_where_its_file_or_its_object_is(namespace, name, where):
    assert place(namespace, name) == where


@pytest.mark.parametrize(
    ("namespace", "name", "below"),
    [
        ("file", "/airflow/logs/a.log", True),
        ("file", "/airflow/logs2/a.log", False),
        ("sqlite:///airflow/airflow.db", "main.dag_run", True),
        ("sqlite:///data/shop.db", "main.dag_run", False),
    ],
)
def test_files_and_databases_are_below_a_place(namespace, name, below):
    assert is_below({"namespace": namespace, "name": name}, ["/airflow/logs", "/airflow/airflow.db"]) is below
