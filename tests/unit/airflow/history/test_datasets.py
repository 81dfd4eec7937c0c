"""What rendered SQL reads and writes, named as the live path names it."""

import pytest

from clew_airflow.history.datasets import connection_of, of_sql, sql_of
from clew_airflow.history.shapes import Connection

POSTGRES = Connection(conn_type="postgres", host="db", port=5433, schema_="shop")


def names(datasets):
    return {(d["namespace"], d["name"]) for d in datasets}


def test_names_are_whole_by_the_connection():
    read, written = of_sql("insert into report select * from till.sales", POSTGRES)
    assert names(read) == {("postgres://db:5433", "shop.till.sales")}
    assert names(written) == {("postgres://db:5433", "shop.public.report")}


def test_a_task_may_name_another_database():
    assert names(of_sql("select * from a", POSTGRES, "other")[0]) == {("postgres://db:5433", "other.public.a")}


def test_mysql_has_two_levels():
    mysql = Connection(conn_type="mysql", host="db", schema_="shop")
    assert names(of_sql("select * from a", mysql)[0]) == {("mysql://db:3306", "shop.a")}


def test_snowflake_is_named_by_its_account_and_no_secret_is_taken_along():
    snowflake = Connection(
        conn_type="snowflake", schema_="RAW", extra='{"account": "org-shop", "database": "PROD", "private_key": "geheim"}'
    )
    assert names(of_sql("select * from a", snowflake)[0]) == {("snowflake://org-shop", "PROD.RAW.A")}


def test_sql_of_any_length_takes_no_longer_than_it_may():
    assert names(of_sql(f"select * from a where x in ({', '.join(['1'] * 100_000)})", POSTGRES)[0]) == {
        ("postgres://db:5433", "shop.public.a")
    }
    assert of_sql(f"select {', '.join(['column_name'] * 100_000)} from a", POSTGRES) == ([], [])


@pytest.mark.parametrize(
    ("rendered", "sql"),
    [
        ({"sql": "select 1"}, "select 1"),
        ({"sql": ["select 1", "select 2"]}, "select 1;\nselect 2"),
        ({"sql": '["select 1", "select 2"]'}, "select 1;\nselect 2"),
        ({"sql": "[1] is no list"}, "[1] is no list"),
        ({"sql": ""}, None),
        ({"sql": None}, None),
        ({"bash_command": "x"}, None),
    ],
)
def test_sql_is_found_among_rendered_fields(rendered, sql):
    assert sql_of(rendered) == sql


def test_the_connection_is_found_among_rendered_fields():
    assert connection_of({"conn_id": "shop"}) == "shop"
    assert connection_of({"postgres_conn_id": "shop", "sql": "x"}) == "shop"
    assert connection_of({"sql": "x", "conn_id": None}) is None
