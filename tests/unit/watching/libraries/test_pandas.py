from __future__ import annotations

import gc
import gzip
import io
import tarfile
import weakref
import zipfile

import pandas as pd
import pytest

from clew.watching import libraries
from clew.watching.libraries.pandas import READERS, WRITERS
from tests.unit.watching.libraries.told import columns, only

FRAME = pd.DataFrame({"id": [1, 2], "city": ["Ulm", "Bonn"]})
COLUMNS = [("id", "int64"), ("city", "str")]


WITHOUT_INDEX = {"csv": {"index": False}, "excel": {"index": False}}


@pytest.mark.parametrize("kind", ["csv", "excel", "feather", "json", "orc", "parquet", "pickle"])
def test_a_file_is_written_and_read_with_its_columns_and_rows(watching, tmp_path, kind):
    path = tmp_path / ("orders.xlsx" if kind == "excel" else f"orders.{kind}")
    getattr(FRAME, f"to_{kind}")(path, **WITHOUT_INDEX.get(kind, {}))
    pd.testing.assert_frame_equal(getattr(pd, f"read_{kind}")(path), FRAME)
    written, was_read = (next(t for t in watching.things() if t.direction == d) for d in ("write", "read"))
    assert {(t.namespace, t.name) for t in watching.things()} == {("file", str(path))}
    assert columns(written) == columns(was_read) == COLUMNS
    assert written.rows == was_read.rows == 2


def test_an_open_file_is_the_file(watching, orders):
    with orders.open() as file:
        pd.read_csv(file)
    assert only(watching).name == str(orders)


def test_an_argument_by_its_name_is_the_file(watching, orders):
    pd.read_csv(filepath_or_buffer=str(orders))
    assert only(watching).name == str(orders)


@pytest.mark.parametrize("content", [io.StringIO("id\n1\n"), io.BytesIO(b"id\n1\n")])
def test_content_in_memory_is_nothing(watching, content):
    assert len(pd.read_csv(content)) == 1
    assert watching.things() == []


def test_a_text_that_is_returned_was_written_nowhere(watching):
    assert FRAME.to_csv(index=False).startswith("id,city")
    assert FRAME.to_json()
    assert watching.things() == []


def test_some_of_the_columns_are_not_the_files_columns(watching, orders):
    pd.read_csv(orders, usecols=["id"])
    assert "schema" not in only(watching).facets


def test_an_index_with_a_name_is_a_column(watching, orders):
    pd.read_csv(orders, index_col="id")
    assert columns(only(watching)) == COLUMNS


def test_an_index_of_several_levels_is_columns_where_they_have_names(watching, tmp_path):
    FRAME.set_index(["id", FRAME.city.rename(None)]).to_csv(tmp_path / "orders.csv")
    assert columns(only(watching)) == [("id", "int64"), ("city", "str")]


def test_columns_of_one_name_are_all_there(watching, tmp_path):
    pd.DataFrame([[1, 0.5]], columns=["id", "id"]).to_csv(tmp_path / "twice.csv", index=False)
    assert columns(only(watching)) == [("id", "int64"), ("id", "float64")]


def test_a_frame_of_a_class_of_the_users_is_a_frame(watching, tmp_path):
    class Orders(pd.DataFrame):
        pass

    Orders(FRAME).to_csv(tmp_path / "orders.csv", index=False)
    assert columns(only(watching)) == COLUMNS


def test_a_file_that_is_read_in_pieces_has_no_columns_and_no_rows(watching, orders):
    with pd.read_csv(orders, chunksize=1) as pieces:
        assert len(list(pieces)) == 2
    assert (only(watching).facets, only(watching).rows) == ({}, None)


def test_rows_that_are_appended_are_added_to_those_that_were_written_before(watching, tmp_path):
    for mode in "waa":
        FRAME.to_csv(tmp_path / "orders.csv", mode=mode, index=False, header=mode == "w")
    assert only(watching).rows == len(pd.read_csv(tmp_path / "orders.csv")) == 6


def test_rows_that_are_written_anew_replace_those_that_were_written_before(watching, tmp_path):
    for mode in "aw":
        FRAME.to_csv(tmp_path / "orders.csv", mode=mode)
    assert only(watching).rows == 2


def test_a_member_of_an_archive_is_no_file_even_where_one_has_its_name(watching, orders, monkeypatch):
    monkeypatch.chdir(orders.parent)
    with zipfile.ZipFile("orders.zip", "w") as archive:
        archive.write("orders.csv")
    with zipfile.ZipFile("orders.zip") as archive, archive.open("orders.csv") as member:
        assert len(pd.read_csv(member)) == 2
    with tarfile.open("orders.tar", "w") as archive:
        archive.add("orders.csv")
    with tarfile.open("orders.tar") as archive:
        assert len(pd.read_csv(archive.extractfile("orders.csv"))) == 2
    assert watching.things() == []


def test_an_open_compressed_file_is_the_file(watching, tmp_path):
    FRAME.to_csv(tmp_path / "orders.csv.gz", index=False)
    with gzip.open(tmp_path / "orders.csv.gz", "rt") as file:
        pd.read_csv(file)
    assert {(thing.direction, thing.name) for thing in watching.things()} == {
        (d, str(tmp_path / "orders.csv.gz")) for d in ("read", "write")
    }


def test_a_workbook_is_one_file_however_many_sheets_it_has(watching, tmp_path):
    with pd.ExcelWriter(tmp_path / "shop.xlsx") as workbook:
        FRAME.to_excel(workbook, sheet_name="orders")
        FRAME.to_excel(workbook, sheet_name="items")
    with pd.ExcelFile(tmp_path / "shop.xlsx") as workbook:
        pd.read_excel(workbook, sheet_name=None)
    assert {(t.direction, t.name) for t in watching.things()} == {(d, str(tmp_path / "shop.xlsx")) for d in ("read", "write")}


def test_a_series_is_written(watching, tmp_path):
    FRAME["city"].to_csv(tmp_path / "cities.csv")
    assert only(watching).name == str(tmp_path / "cities.csv")


def test_a_frame_that_was_read_or_written_is_not_kept(watching, orders):
    frame = pd.read_csv(orders, index_col="city")
    frame.to_csv(orders)
    gone = weakref.ref(frame)
    del frame
    gc.collect()
    assert gone() is None
    assert [columns(thing) for thing in watching.things()] == [[("city", "str"), ("id", "int64")]] * 2


def test_columns_are_those_of_the_last_time(watching, orders):
    FRAME.to_csv(orders, index=False)
    FRAME.rename(columns={"id": "number"}).to_csv(orders, index=False)
    assert columns(only(watching))[0] == ("number", "int64")


def test_partitions_are_one_table(watching, tmp_path):
    FRAME.to_parquet(tmp_path / "orders", partition_cols=["city"])
    pd.read_parquet(tmp_path / "orders")
    assert {(t.direction, t.name) for t in watching.things()} == {(d, str(tmp_path / "orders")) for d in ("read", "write")}


def test_through_fsspec_it_is_one_dataset_with_all_that_is_known(watching, orders):
    pd.read_csv(f"file://{orders}", storage_options={"auto_mkdir": True})
    assert only(watching).name == str(orders)
    assert columns(only(watching)) == COLUMNS


def test_an_error_of_the_users_passes_and_nothing_is_seen(watching, tmp_path):
    with pytest.raises(FileNotFoundError):
        pd.read_csv(tmp_path / "missing.csv")
    assert watching.things() == []


def test_readers_stay_what_they_were(watching):
    assert pd.read_csv.__name__ == "read_csv"
    assert "sep" in pd.read_csv.__doc__


def test_a_reader_that_is_missing_costs_one_warning_and_the_others_are_seen(watching, caplog, orders):
    class Changed:
        DataFrame = type("DataFrame", (), {})
        ExcelFile = type("ExcelFile", (), {})
        read_csv = staticmethod(lambda path: path.name)

    libraries._watch("pandas", Changed)
    assert Changed.read_csv(orders) == "orders.csv"
    assert only(watching).name == str(orders)
    [record] = caplog.records
    assert all(name in record.message for name in (*READERS, *WRITERS) if name != "read_csv")
