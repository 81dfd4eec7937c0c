from __future__ import annotations

import polars as pl
import pyarrow as pa
import pytest
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.types import StringType

from clew.watching import libraries
from clew.watching.folders import settled

TABLE = pa.table({"id": [1, 2], "city": ["Ulm", "Bonn"]})


@pytest.fixture
def catalog(tmp_path):
    made = SqlCatalog("shop", uri=f"sqlite:///{tmp_path}/catalog.db", warehouse=f"file://{tmp_path}/lake")
    made.create_namespace("sales")
    yield made
    made.engine.dispose()


@pytest.fixture
def orders(catalog):
    return catalog.create_table("sales.orders", schema=TABLE.schema)


def tables(watching):
    return [thing for thing in settled(t for t in watching.things() if hasattr(t, "direction")) if "storage" in thing.facets]


def version(thing) -> str:
    return thing.facets["version"]["datasetVersion"]


def test_an_append_writes_a_snapshot(watching, orders, tmp_path):
    orders.append(TABLE)
    [written] = tables(watching)
    assert (written.direction, written.namespace, written.name) == ("write", "file", f"{tmp_path}/lake/sales/orders")
    assert version(written) == str(orders.current_snapshot().snapshot_id)
    assert [(f["name"], f["type"]) for f in written.facets["schema"]["fields"]] == [("id", "long"), ("city", "string")]
    assert written.facets["storage"]["storageLayer"] == "iceberg"
    assert written.rows == 2
    [symlink] = written.facets["symlinks"]["identifiers"]
    assert symlink == {"namespace": f"sqlite:///{tmp_path}/catalog.db", "name": "sales.orders", "type": "TABLE"}


def test_a_scan_reads_the_snapshot_that_it_asked_for(watching, orders):
    orders.append(TABLE)
    first = orders.current_snapshot().snapshot_id
    orders.append(TABLE)
    assert orders.scan(snapshot_id=first).to_arrow().num_rows == 2
    [_, was_read] = tables(watching)
    assert (was_read.direction, version(was_read)) == ("read", str(first))
    assert was_read.rows == 2
    assert was_read.facets["symlinks"]["identifiers"][0]["name"] == "sales.orders"


@pytest.mark.parametrize("change", ["overwrite", "delete"])
def test_what_changes_a_table_writes_it_and_reads_nothing(watching, orders, change):
    orders.append(TABLE)
    appended = version(tables(watching)[0])
    orders.overwrite(TABLE) if change == "overwrite" else orders.delete("id = 1")
    [written] = tables(watching)
    assert written.direction == "write"
    assert version(written) == str(orders.current_snapshot().snapshot_id) != appended


@pytest.mark.filterwarnings("ignore:Iceberg scan planning")
def test_polars_reads_the_table(watching, orders):
    orders.append(TABLE)
    first = orders.current_snapshot().snapshot_id
    orders.append(TABLE)
    assert pl.scan_iceberg(orders, snapshot_id=first).collect().height == 2
    [_, was_read] = tables(watching)
    assert (was_read.direction, was_read.name, version(was_read)) == ("read", orders.location().removeprefix("file://"), str(first))


def test_the_files_of_a_table_are_no_datasets(watching, orders):
    orders.append(TABLE)
    orders.scan().to_pandas()
    datasets = settled(t for t in watching.things() if hasattr(t, "direction"))
    assert {thing.name for thing in datasets} == {orders.location().removeprefix("file://")}


def test_an_evolution_of_the_schema_writes_no_data(watching, orders):
    with orders.update_schema() as update:
        update.add_column("note", StringType())
    assert tables(watching) == []


def test_a_version_without_a_call_that_is_known_costs_one_warning(caplog):
    libraries._watch("pyiceberg", type("Changed", (), {"Table": type("Table", (), {}), "DataScan": type("DataScan", (), {})}))
    assert "there is no DataScan.to_arrow, DataScan.to_arrow_batch_reader, Table._do_commit" in caplog.text
    assert len(caplog.records) == 1
