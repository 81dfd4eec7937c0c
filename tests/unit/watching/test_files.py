from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from clew.watching import files


@pytest.mark.parametrize(
    ("place", "namespace", "name"),
    [
        ("/data/orders.csv", "file", "/data/orders.csv"),
        ("/data/../data//orders.csv", "file", "/data/orders.csv"),
        (Path("/data/orders.csv"), "file", "/data/orders.csv"),
        (b"/data/orders.csv", "file", "/data/orders.csv"),
        ("file:///data/orders.csv", "file", "/data/orders.csv"),
        ("local:///data/orders.csv", "file", "/data/orders.csv"),
        ("s3://lake/orders.csv", "s3://lake", "orders.csv"),
        ("s3a://lake/raw/orders.csv", "s3://lake", "raw/orders.csv"),
        ("gcs://lake/orders.csv", "gs://lake", "orders.csv"),
        ("abfs://lake@shop.dfs.core.windows.net/orders.csv", "abfss://lake@shop.dfs.core.windows.net", "orders.csv"),
        ("https://user:secret@shop.example/orders.csv?sig=secret", "https://shop.example", "orders.csv"),
        ("simplecache::s3://lake/orders.csv", "s3://lake", "orders.csv"),
        ("zip://orders.csv::s3://lake/orders.zip", "s3://lake", "orders.zip"),
    ],
)
def test_a_place_has_the_name_of_the_specification(place, namespace, name):
    assert files.named(place) == (namespace, name)


def test_a_relative_path_begins_where_the_process_is(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert files.named(Path("orders.csv")) == ("file", str(tmp_path / "orders.csv"))


@pytest.mark.parametrize(
    "place",
    [
        "",
        "memory://orders.csv",
        "data://orders",
        '{"id": 1}',
        "[1]",
        "<html/>",
        "id\n1\n",
        b"id\n1\n",
        "/dev/stdout",
        1,
        None,
        io.BytesIO(),
    ],
)
def test_what_is_no_file_is_nothing(place):
    assert files.named(place) is None


def test_an_open_file_is_what_its_name_says_if_that_is_there(tmp_path):
    with (tmp_path / "orders.csv").open("w") as file:
        assert files.named(file) == ("file", str(tmp_path / "orders.csv"))
    with zipfile.ZipFile(tmp_path / "orders.zip", "w") as archive, archive.open("inside.csv", "w") as inside:
        assert files.named(inside) is None


@pytest.mark.parametrize(
    ("file", "table"),
    [
        ("/lake/orders/dt=2026-01-01/a.parquet", "/lake/orders"),
        ("/lake/orders/dt=2026-01-01/hour=7/a.parquet", "/lake/orders"),
        ("/lake/orders/dt=2026-01-01", "/lake/orders"),
        ("/lake/orders/part-00000-5f.snappy.parquet", "/lake/orders"),
        ("/lake/orders/_delta_log/00000000000000000000.json", "/lake/orders"),
        ("/lake/orders/_SUCCESS", "/lake/orders"),
        ("/lake/orders.parquet", "/lake/orders.parquet"),
        ("/lake/a=b.csv", "/lake/a=b.csv"),
        ("dt=2026-01-01/a.parquet", "dt=2026-01-01/a.parquet"),
    ],
)
def test_a_partition_or_a_part_is_its_table(file, table):
    assert files.dataset("file", file) == ("file", table)


@pytest.mark.parametrize("pattern", ["/lake/orders/*.parquet", "/lake/orders/**/*.parquet", "/lake/orders/{a,b}.csv"])
def test_what_is_read_by_a_pattern_is_the_folder_and_what_is_written_has_an_odd_name(watching, pattern):
    files.tell("read", pattern)
    files.tell("write", pattern)
    assert [thing.name for thing in watching.things()] == ["/lake/orders", pattern]


def test_rows_of_a_part_are_not_told_of_the_table(watching):
    files.tell("write", "/lake/orders/part-0.parquet", rows=3)
    files.tell("write", "/lake/items.parquet", rows=3)
    assert [(thing.name, thing.rows) for thing in watching.things()] == [("/lake/orders", None), ("/lake/items.parquet", 3)]


def test_content_that_is_handed_over_in_a_paths_place_is_not_kept():
    kept = files._of_path.cache_info().currsize
    assert files.named("id,city\n" + "1,Ulm\n" * 1_000) is None
    assert files._of_path.cache_info().currsize == kept


def test_a_relative_path_is_relative_to_the_folder_that_the_program_is_in_now(tmp_path, monkeypatch):
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        monkeypatch.chdir(tmp_path / name)
        assert files.named("out.csv") == ("file", f"{tmp_path}/{name}/out.csv")
