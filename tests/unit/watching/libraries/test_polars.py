from __future__ import annotations

import gc
import io
import weakref

import polars as pl
import pytest

from clew.watching import libraries
from clew.watching.libraries.polars import _READERS, _SINKS, _WRITERS
from tests.unit.watching.libraries.told import columns, only

FRAME = pl.DataFrame({"id": [1, 2], "city": ["Ulm", "Bonn"]})
COLUMNS = [("id", "Int64"), ("city", "String")]


@pytest.mark.parametrize("kind", ["avro", "csv", "ipc", "ipc_stream", "json", "ndjson", "parquet"])
def test_a_file_is_written_and_read_with_its_columns_and_rows(watching, tmp_path, kind):
    path = tmp_path / f"orders.{kind}"
    getattr(FRAME, f"write_{kind}")(path)
    assert getattr(pl, f"read_{kind}")(path).equals(FRAME)
    written, was_read = (next(t for t in watching.things() if t.direction == d) for d in ("write", "read"))
    assert {(t.namespace, t.name) for t in watching.things()} == {("file", str(path))}
    assert columns(written) == columns(was_read) == COLUMNS
    assert written.rows == was_read.rows == 2


def test_a_scan_is_read_and_a_sink_is_written(watching, orders, tmp_path):
    pl.scan_csv(orders).filter(pl.col("id") > 1).sink_parquet(tmp_path / "late.parquet")
    assert pl.read_parquet(tmp_path / "late.parquet").height == 1
    assert [(t.direction, t.name) for t in watching.things()][:2] == [("read", str(orders)), ("write", str(tmp_path / "late.parquet"))]


def test_a_pattern_is_the_folder(watching, orders):
    pl.scan_csv(f"{orders.parent}/*.csv").collect()
    assert only(watching).name == str(orders.parent)


def test_several_files_are_several_datasets(watching, orders, tmp_path):
    other = tmp_path / "more.csv"
    other.write_text(orders.read_text())
    pl.read_csv([orders, other])
    assert [(t.name, t.rows) for t in watching.things()] == [(str(orders), None), (str(other), None)]


def test_files_in_partitions_are_one_table(watching, tmp_path):
    FRAME.write_parquet(tmp_path / "orders", partition_by="city")
    pl.scan_parquet(tmp_path / "orders").collect()
    assert {(t.direction, t.name) for t in watching.things()} == {(d, str(tmp_path / "orders")) for d in ("read", "write")}


def test_a_sink_into_partitions_is_one_table(watching, tmp_path):
    FRAME.lazy().sink_parquet(pl.PartitionBy(tmp_path / "orders", key="city"), mkdir=True)
    assert only(watching).name == str(tmp_path / "orders")


def test_some_of_the_columns_are_not_the_files_columns(watching, orders):
    pl.read_csv(orders, columns=["id"])
    assert "schema" not in only(watching).facets


def test_content_in_memory_is_nothing(watching):
    assert pl.read_csv(io.BytesIO(b"id\n1\n")).height == 1
    assert FRAME.write_csv().startswith("id,city")
    assert watching.things() == []


def test_a_frame_that_was_read_or_written_is_not_kept(watching, tmp_path):
    frame = pl.DataFrame({"id": range(10_000)})
    frame.write_csv(tmp_path / "orders.csv")
    gone = weakref.ref(frame)
    del frame
    gc.collect()
    assert gone() is None
    assert only(watching).rows == 10_000


def test_an_error_of_the_users_passes_and_nothing_is_seen(watching, tmp_path):
    with pytest.raises(FileNotFoundError):
        pl.read_avro(tmp_path / "missing.avro")
    assert watching.things() == []


def test_a_reader_that_is_missing_costs_one_warning_and_the_others_are_seen(watching, caplog, orders):
    class Changed:
        DataFrame = LazyFrame = type("Frame", (), {})
        read_csv = staticmethod(lambda path: path.name)

    libraries._watch("polars", Changed)
    assert Changed.read_csv(orders) == "orders.csv"
    assert only(watching).name == str(orders)
    [record] = caplog.records
    assert all(name in record.message for name in (*_READERS, *_WRITERS, *_SINKS) if name != "read_csv")
