from __future__ import annotations

import subprocess
import sys

import duckdb
import pandas as pd
import pytest

from clew.watching.datasets import inputs_and_outputs


@pytest.fixture
def shop(tmp_path):
    """A database in a file, with two orders."""
    with duckdb.connect(tmp_path / "shop.duckdb") as connection:
        connection.execute("create table orders as select * from range(2) t(id)")
    return tmp_path / "shop.duckdb"


def names(watching) -> tuple[list[str], list[str]]:
    read, written = inputs_and_outputs(watching.things())
    return sorted(d["name"] for d in read), sorted(d["name"] for d in written)


def test_statements_are_seen_with_the_file_that_they_went_to(shop, watching):
    with duckdb.connect(shop) as connection:
        connection.execute("create table big as select * from orders where id > ?", [0])
        connection.executemany("insert into big values (?)", [(1,), (2,)])
    read, written = inputs_and_outputs(watching.things())
    assert [(d["namespace"], d["name"]) for d in read] == [(f"duckdb://{shop}", "shop.main.orders")]
    assert [(d["namespace"], d["name"]) for d in written] == [(f"duckdb://{shop}", "shop.main.big")]


@pytest.mark.parametrize("way", ["execute", "sql", "query"])
def test_each_way_to_ask_is_seen(shop, watching, way):
    connection = duckdb.connect(shop)
    assert getattr(connection, way)("select count(*) from orders").fetchall() == [(2,)]
    assert names(watching) == (["shop.main.orders"], [])
    connection.close()


def test_a_variable_is_still_found_by_duckdb_and_is_no_table(shop, watching):
    frame = pd.DataFrame({"id": [1, 2, 3]})
    connection = duckdb.connect(shop)
    assert connection.execute("select count(*) from frame join orders using (id)").fetchall() == [(1,)]
    assert connection.sql("select sum(id) from frame").fetchall() == [(6,)]
    assert duckdb.sql("select sum(id) from frame").fetchall() == [(6,)]
    assert duckdb.execute("select sum(id) from frame").fetchall() == [(6,)]
    assert names(watching) == (["shop.main.orders"], [])
    assert len(frame) == 3
    connection.close()


GLOBAL = pd.DataFrame({"id": [7]})


def test_a_variable_of_the_module_is_found_as_well(watching):
    assert duckdb.sql("select id from GLOBAL").fetchall() == [(7,)]
    assert names(watching) == ([], [])


def test_a_variable_of_a_class_body_is_found_as_well(watching):
    class Report:
        mine = pd.DataFrame({"id": [8]})
        rows = duckdb.sql("select id from mine").fetchall()

    assert Report.rows == [(8,)]


def test_a_variable_that_another_statement_names_is_found_as_well(watching):
    """What was prepared, and a temporary view, looks for its variables when it is run, by a text that does not name them."""
    connection = duckdb.connect()
    frame = pd.DataFrame({"id": [1, 2, 3]})
    connection.execute("prepare counted as select count(*) from frame")
    connection.execute("create temp view held as select * from frame")
    assert connection.execute("execute counted").fetchall() == [(3,)]
    assert connection.execute("select sum(id) from held").fetchall() == [(6,)]
    assert len(frame) == 3
    connection.close()


def test_a_variable_of_a_generator_is_found_as_well(watching):
    def counts(frames):
        for frame in frames:
            assert len(frame) == 1
            yield duckdb.sql("select count(*) from frame").fetchall()

    frames = [GLOBAL, GLOBAL]
    assert list(counts(frames)) == [[(1,)], [(1,)]]


def test_a_program_keeps_the_variables_that_it_had(watching):
    before = {*globals()}
    duckdb.sql("select 1").fetchall()
    assert {*globals()} == before


def test_a_table_that_is_called_as_a_variable_is_a_table(shop, watching):
    connection = duckdb.connect(shop)
    for _ in range(2):
        orders = connection.execute("select * from orders").df()
    assert len(orders) == 2
    assert names(watching) == (["shop.main.orders"], [])
    connection.close()


def test_variables_are_still_found_after_the_end(shop, watching):
    from clew.watching import process

    process.end()
    frame = pd.DataFrame({"id": [1]})
    assert duckdb.sql("select * from frame").fetchall() == [(1,)]
    assert len(frame) == 1


def test_what_is_in_memory_is_nothing(watching):
    connection = duckdb.connect()
    connection.execute("create table a as select 1; select * from a")
    duckdb.sql("select 1 as x").create("clew_test_b")
    duckdb.execute("drop table clew_test_b")
    assert names(watching) == ([], [])
    connection.close()


def test_registered_views_are_nothing(shop, watching):
    connection = duckdb.connect(shop)
    connection.register("there", pd.DataFrame({"id": [1]}))
    connection.execute("insert into orders select * from there")
    assert names(watching) == ([], ["shop.main.orders"])
    connection.close()


def test_files_within_sql_are_files(watching, tmp_path):
    (tmp_path / "in.csv").write_text("id\n1\n")
    duckdb.sql(f"copy (select * from '{tmp_path}/in.csv') to '{tmp_path}/out.parquet'")
    duckdb.execute(f"select * from read_parquet(['{tmp_path}/out.parquet'])").fetchall()
    read, written = names(watching)
    assert (read, written) == ([f"{tmp_path}/in.csv", f"{tmp_path}/out.parquet"], [f"{tmp_path}/out.parquet"])


def test_relations_are_seen_where_they_read_and_where_they_write(shop, watching, tmp_path):
    (tmp_path / "in.csv").write_text("id\n1\n")
    connection = duckdb.connect(shop)
    relation = connection.read_csv(tmp_path / "in.csv").filter("id > 0")
    relation.create("fresh")
    connection.table("orders").write_parquet(str(tmp_path / "out.parquet"))
    connection.append("fresh", pd.DataFrame({"id": [5]}))
    relation.insert_into("orders")
    assert names(watching) == (
        [f"{tmp_path}/in.csv", "shop.main.orders"],
        [f"{tmp_path}/out.parquet", "shop.main.fresh", "shop.main.orders"],
    )
    connection.close()


def test_an_error_of_the_users_passes_and_nothing_is_seen(shop, watching):
    connection = duckdb.connect(shop)
    with pytest.raises(duckdb.CatalogException, match="nowhere"):
        connection.execute("select * from nowhere")
    assert watching.things() == []
    connection.close()


def test_a_database_that_was_closed_can_be_opened_by_another_process(shop, watching):
    """We hold no connection of our own."""
    connection = duckdb.connect(shop)
    connection.execute("select * from orders")
    connection.close()
    duckdb.connect(shop, config={"threads": 1}).close()  # refused as long as any connection has other settings


def test_a_program_ends_without_a_word_of_duckdbs_extension():
    """It complains on stderr when the program ends and somebody else still holds what is DuckDB's."""
    program = """
from clew import watching
watching.begin()
import duckdb, pandas
frame = pandas.DataFrame({"id": [1]})
connection = duckdb.connect()
connection.register("there", frame)
connection.sql("select * from frame join there using (id)").create("t")
"""
    ran = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert ran.stdout + ran.stderr == ""
