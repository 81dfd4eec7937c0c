from __future__ import annotations

import deltalake
import polars as pl
import pyarrow as pa
import pytest
from deltalake import DeltaTable, QueryBuilder

from clew.watching import libraries
from clew.watching.folders import settled

TABLE = pa.table({"id": [1, 2], "city": ["Ulm", "Bonn"]})


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "orders")


@pytest.fixture
def orders(path):
    """A table that was there before anybody watched."""
    deltalake.write_deltalake(path, TABLE)
    return DeltaTable(path)


def seen(watching) -> list[tuple[str, str, str]]:
    return [(t.direction, t.name, t.facets["version"]["datasetVersion"]) for t in settled(watching.things())]


def test_a_table_is_written_with_its_new_version(watching, path):
    deltalake.write_deltalake(path, TABLE)
    deltalake.write_deltalake(DeltaTable(path), TABLE, mode="append")
    [written] = settled(watching.things())
    assert (written.direction, written.namespace, written.name) == ("write", "file", path)
    assert written.facets["version"]["datasetVersion"] == "1"
    assert written.facets["storage"]["storageLayer"] == "delta"
    assert [(f["name"], f["type"]) for f in written.facets["schema"]["fields"]] == [("id", "long"), ("city", "string")]


@pytest.mark.parametrize("read", ["to_pyarrow_table", "to_pyarrow_dataset", "to_pandas", "file_uris"])
def test_a_table_is_read_at_the_version_that_was_asked_for(orders, watching, path, read):
    orders.delete("id = 1")
    watching.forget("file", path)
    getattr(DeltaTable(path, version=0), read)()
    assert seen(watching) == [("read", path, "0")]


@pytest.mark.parametrize("change", [lambda t: t.delete("id = 1"), lambda t: t.update(updates={"city": "'Köln'"})])
def test_a_change_writes_a_version(orders, watching, path, change):
    change(orders)
    assert seen(watching) == [("write", path, "1")]


def test_a_merge_writes_when_it_is_executed(orders, watching, path):
    merger = orders.merge(
        pa.table({"id": [3], "city": ["Trier"]}), "s.id = t.id", source_alias="s", target_alias="t"
    ).when_not_matched_insert_all()
    assert seen(watching) == []
    merger.execute()
    assert seen(watching) == [("write", path, "1")]


def test_a_query_reads_the_tables_that_it_knows(orders, watching, path):
    QueryBuilder().register("orders", orders).execute("select * from orders").read_all()
    assert seen(watching) == [("read", path, "0")]


def test_polars_reads_the_table(orders, watching, path):
    assert pl.scan_delta(path).collect().height == 2
    assert seen(watching) == [("read", path, "0")]


def test_a_version_without_a_call_that_is_known_costs_one_warning(caplog):
    class Changed:
        DeltaTable = QueryBuilder = type("DeltaTable", (), {})
        table = type("table", (), {})

    libraries._watch("deltalake", Changed)
    assert "does not know this version of deltalake" in caplog.text
    assert "TableMerger.execute" in caplog.text
    assert len(caplog.records) == 1
