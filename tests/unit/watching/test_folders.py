from __future__ import annotations

from clew.watching import Seen, folders
from clew.watching.folders import FEW, settled

STAYS = {"/data/orders.csv", "/tmp/kept.csv"}


def read(name, namespace="file", **facets):
    return Seen(direction="read", namespace=namespace, name=name, facets=facets)


def write(name, namespace="file", **facets):
    return Seen(direction="write", namespace=namespace, name=name, facets=facets)


def lasting(*seen):
    return settled(seen, there=STAYS.__contains__, temporary="/tmp")


def settle(*seen):
    return settled(seen, there=lambda _: True)


def test_what_was_written_and_is_gone_is_nothing():
    assert lasting(write("/data/orders.tmp"), read("/data/orders.tmp"), write("/data/orders.csv")) == [write("/data/orders.csv")]


def test_tables_go_with_the_file_that_holds_them():
    kept, gone = "sqlite:///data/orders.csv", "duckdb:///data/scratch.duckdb"
    seen = [write("main.a", kept), write("main.a", gone), read("main.b", gone)]
    assert folders.lasting(seen, there=STAYS.__contains__) == [write("main.a", kept)]


def test_a_temporary_file_that_was_read_and_is_gone_is_nothing():
    assert lasting(read("/tmp/download.csv"), read("/tmp/kept.csv")) == [read("/tmp/kept.csv")]


def test_an_inbox_that_was_emptied_was_read():
    assert lasting(read("/data/inbox.csv")) == [read("/data/inbox.csv")]


def test_what_is_not_here_is_not_looked_for():
    assert lasting(write("orders.csv", "s3://lake")) == [write("orders.csv", "s3://lake")]


def test_a_few_files_are_told_one_by_one_and_many_are_their_folder():
    few = [read(f"raw/{number}.csv", "s3://lake") for number in range(FEW)]
    assert settle(*few) == few
    assert settle(*few, read("raw/last.csv", "s3://lake")) == [read("raw", "s3://lake")]


def test_files_of_another_kind_or_that_were_written_stay_beside_the_many():
    many = [read(f"raw/{number}.csv", "s3://lake") for number in range(500)]
    others = [read("raw/rules.json", "s3://lake"), write("raw/report.csv", "s3://lake")]
    assert settle(*many, *others) == [read("raw", "s3://lake"), *others]


def test_folders_that_are_named_for_dates_are_one_dataset_when_they_are_many():
    days = [read(f"orders/2026/01/{day:02}/orders.csv", "s3://lake") for day in range(1, 32)]
    assert settle(*days) == [read("orders", "s3://lake")]
    assert settle(*days[:2]) == days[:2]


def test_many_tables_of_one_bucket_are_never_the_bucket():
    tables = [read(f"{number}.csv", "s3://lake") for number in range(500)]
    assert settle(*tables) == tables


def test_what_lies_in_a_folder_that_was_read_is_part_of_it_and_tells_its_columns():
    schema = {"fields": [{"name": "id"}]}
    assert settle(read("/t/a.parquet", schema=schema), read("/t"), write("/t/b.parquet")) == [
        read("/t", schema=schema),
        write("/t/b.parquet"),
    ]


def test_a_table_below_a_folder_that_was_read_is_a_table_of_its_own():
    apart = [read("/data"), read("/data/shop/orders.parquet")]
    assert settle(*apart) == apart
    assert settle(read("/data"), read("/data/2026/01/orders.parquet")) == [read("/data")]


def test_the_files_of_a_table_are_told_by_the_table_alone():
    table = write("/t", storage={"storageLayer": "iceberg"})
    assert settle(read("/t/metadata/1.avro"), write("/t/data/a.parquet"), table) == [table]
