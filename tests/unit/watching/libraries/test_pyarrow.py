from __future__ import annotations

import gc
import io
import weakref

import fsspec
import pyarrow as pa
import pyarrow.csv
import pyarrow.dataset
import pyarrow.feather
import pyarrow.fs
import pyarrow.json
import pyarrow.orc
import pyarrow.parquet
import pytest

from clew.watching import libraries
from tests.unit.watching.libraries.told import columns, only

TABLE = pa.table({"id": [1, 2], "city": ["Ulm", "Bonn"]})
COLUMNS = [("id", "int64"), ("city", "string")]


WAYS = {
    "parquet": lambda path: (pa.parquet.write_table(TABLE, path), pa.parquet.read_table(path)),
    "csv": lambda path: (pa.csv.write_csv(TABLE, path), pa.csv.read_csv(path)),
    "feather": lambda path: (pa.feather.write_feather(TABLE, path), pa.feather.read_table(path)),
    "orc": lambda path: (pa.orc.write_table(TABLE, path), pa.orc.read_table(path)),
}


@pytest.mark.parametrize("kind", WAYS)
def test_a_file_is_written_and_read_with_its_columns_and_rows(watching, tmp_path, kind):
    path = str(tmp_path / f"orders.{kind}")
    _, table = WAYS[kind](path)
    assert table.equals(TABLE)
    written, was_read = (next(t for t in watching.things() if t.direction == d) for d in ("write", "read"))
    assert {(t.namespace, t.name) for t in watching.things()} == {("file", path)}
    assert columns(written) == columns(was_read) == COLUMNS
    assert written.rows == was_read.rows == 2


def test_json_is_read(watching, tmp_path):
    (tmp_path / "orders.json").write_text('{"id": 1}\n')
    pa.json.read_json(tmp_path / "orders.json")
    assert (only(watching).direction, only(watching).name) == ("read", str(tmp_path / "orders.json"))


def test_a_writer_and_a_file_tell_their_columns(watching, tmp_path):
    path = tmp_path / "orders.parquet"
    with pa.parquet.ParquetWriter(path, TABLE.schema) as writer:
        writer.write_table(TABLE)
    with pa.parquet.ParquetFile(path) as file:
        assert file.metadata.num_rows == 2
    assert [(t.direction, t.name, columns(t)) for t in watching.things()] == [(d, str(path), COLUMNS) for d in ("write", "read")]


def test_a_dataset_is_its_folder(watching, tmp_path):
    folder = str(tmp_path / "orders")
    pa.dataset.write_dataset(TABLE, folder, format="parquet", partitioning=["city"], partitioning_flavor="hive")
    assert pa.dataset.dataset(folder, partitioning="hive").count_rows() == 2
    pa.parquet.write_to_dataset(TABLE, folder, partition_cols=["city"])
    assert {(t.direction, t.name) for t in watching.things()} == {("write", folder), ("read", folder)}


def test_the_files_columns_are_told_even_where_some_of_them_are_read(watching, tmp_path):
    pa.parquet.write_table(TABLE, tmp_path / "orders.parquet")
    pa.parquet.read_table(tmp_path / "orders.parquet", columns=["id"])
    assert columns(watching.things()[1]) == COLUMNS


@pytest.mark.parametrize("system", [pa.fs.LocalFileSystem(), fsspec.filesystem("file")])
def test_a_file_system_of_its_own_gives_the_name(watching, tmp_path, system):
    pa.parquet.write_table(TABLE, f"{tmp_path}/orders.parquet", filesystem=system)
    assert {(t.namespace, t.name) for t in watching.things()} == {("file", f"{tmp_path}/orders.parquet")}


def test_a_path_below_another_is_the_whole_path(watching, tmp_path):
    system = pa.fs.SubTreeFileSystem(str(tmp_path), pa.fs.LocalFileSystem())
    pa.parquet.write_table(TABLE, "orders.parquet", filesystem=system)
    assert only(watching).name == f"{tmp_path}/orders.parquet"


def test_a_bucket_is_named_by_the_specification(watching):
    from clew.watching.libraries.pyarrow import _place

    system = pa.fs.S3FileSystem(access_key="AKIA", secret_key="hidden", endpoint_override="127.0.0.1:1", region="eu-central-1")
    assert _place("lake/orders.parquet", system) == "s3://lake/orders.parquet"


def test_content_in_memory_is_nothing(watching):
    target = io.BytesIO()
    pa.parquet.write_table(TABLE, target)
    assert pa.parquet.read_table(io.BytesIO(target.getvalue())).num_rows == 2
    assert watching.things() == []


def test_a_table_that_was_read_or_written_is_not_kept(watching, tmp_path):
    table = pa.table({"id": range(10_000)})
    before = pa.total_allocated_bytes()
    pa.parquet.write_table(table, tmp_path / "orders.parquet")
    pa.parquet.read_table(tmp_path / "orders.parquet")
    gone = weakref.ref(table)
    del table
    gc.collect()
    assert gone() is None
    assert pa.total_allocated_bytes() < before
    assert {thing.rows for thing in watching.things()} == {10_000}


def test_an_error_of_the_users_passes_and_nothing_is_seen(watching, tmp_path):
    with pytest.raises(FileNotFoundError):
        pa.parquet.read_table(tmp_path / "missing.parquet")
    assert watching.things() == []


def test_a_function_that_is_missing_costs_one_warning(caplog):
    libraries._hear("pyarrow", lambda module: libraries.pyarrow._watch_part({"read_other": print}, module), pa.csv)
    assert "there is no read_other" in caplog.text
    assert len(caplog.records) == 1
