"""What a series of statements reads and writes."""

from __future__ import annotations

import pytest

from clew.sql.session import Session

SERVER = {"host": "db", "port": 5432}


def postgres(*texts: str, **more) -> Session:
    session = Session("postgres", SERVER, database="shop", **more)
    for text in texts:
        session.run(text)
    return session


def names(found) -> list[str]:
    return sorted(name for _, name in found)


def test_tables_are_named_as_dbt_names_them():
    session = postgres("insert into report select * from till.sales")
    assert list(session.read) == [("postgres://db:5432", "shop.till.sales")]
    assert list(session.written) == [("postgres://db:5432", "shop.public.report")]


@pytest.mark.parametrize(
    "sql",
    [
        "begin",
        "commit",
        "select 1",
        "select current_schema()",
        "show search_path",
        "set timezone = 'utc'",
        "set search_path to x",
        "lock table a",
        "select * from information_schema.tables",
        "select * from pg_class",
        "select * from pg_catalog.pg_class",
        "explain select * from a",
        "create schema x",
        "grant select on a to me",
        "vacuum a",
        "select * from generate_series(1, 3)",
        "create index i on a (x)",
        "insert into lake.iceberg_tables values ('shop', 'orders')",
        "select * from iceberg_namespace_properties",
    ],
)
def test_noise_is_nothing(sql):
    session = postgres(sql)
    assert (session.read, session.written, session.files) == ({}, {}, {})


@pytest.mark.parametrize(
    "set_it",
    [
        "set search_path to till, public",
        'set local search_path = "till"',
        "select set_config('search_path', 'till', false)",
        "set schema 'till'",
        'set search_path to "$user", till',
    ],
)
def test_names_are_looked_for_where_the_program_said(set_it):
    assert names(postgres(set_it, "select * from a").read) == ["shop.till.a"]


def test_a_connection_may_say_where_names_are_looked_for():
    assert names(postgres("select * from a", schemas=["till", "public"]).read) == ["shop.till.a"]


def test_a_name_without_a_schema_is_what_somebody_told_who_knows():
    known = [("postgres://db:5432", "shop.till.a"), ("postgres://other:5432", "shop.x.b"), ("postgres://db:5432", "other.x.b")]
    assert names(postgres("select * from a, b", known=known).read) == ["shop.public.b", "shop.till.a"]


def test_unquoted_names_are_folded_as_postgres_folds_them():
    assert names(postgres('select * from Orders, "Lines"').read) == ["shop.public.Lines", "shop.public.orders"]


@pytest.mark.parametrize(
    "sql",
    [
        "create temp table t as select * from a; select * from t",
        "select * into temporary t from a; insert into t select 1; drop table t",
        "create temporary view t as select * from a; select * from t",
        "create table pg_temp.t as select * from a",
    ],
)
def test_temporary_tables_are_nothing(sql):
    session = postgres(sql)
    assert names(session.read) == ["shop.public.a"]
    assert session.written == {}


def test_a_table_that_came_and_went_is_nothing():
    session = postgres("create table step as select * from a; insert into b select * from step; drop table step")
    assert (names(session.read), names(session.written)) == (["shop.public.a"], ["shop.public.b"])
    assert session.changes == {}


def test_a_table_that_is_dropped_for_good_is_written_by_its_end():
    session = postgres("drop table if exists a")
    assert session.changes == {("postgres://db:5432", "shop.public.a"): "DROP"}
    assert names(session.written) == ["shop.public.a"]


def test_a_table_that_is_made_anew_is_overwritten():
    session = postgres("drop table if exists a; create table a as select * from b")
    assert list(session.changes.values()) == ["OVERWRITE"]


def test_a_table_that_is_made_and_put_in_the_place_of_another_is_that_one():
    session = postgres(
        "create table new as select * from source",
        "alter table orders rename to old; alter table new rename to orders; drop table old",
    )
    assert "shop.public.orders" in names(session.written)
    assert "shop.public.new" not in names(session.written)
    assert names(session.read) == ["shop.public.source"]


def test_a_renamed_table_says_what_it_was():
    session = postgres("alter table till.a rename to b")
    new, old = (("postgres://db:5432", f"shop.till.{name}") for name in "ba")
    assert session.renamed == {new: old}
    assert session.changes == {new: "RENAME"}


@pytest.mark.parametrize(
    ("sql", "read", "written"),
    [
        ("copy a (x, y) from stdin", [], ["shop.public.a"]),
        ("copy till.a to stdout", ["shop.till.a"], []),
        ("copy (select * from a join b using (x)) to stdout with (format csv)", ["shop.public.a", "shop.public.b"], []),
        ("refresh materialized view concurrently a", [], ["shop.public.a"]),
        ("table a", ["shop.public.a"], []),
        ("declare c no scroll cursor for select * from a", ["shop.public.a"], []),
    ],
)
def test_what_parsers_do_not_read_is_read(sql, read, written):
    session = postgres(sql)
    assert (names(session.read), names(session.written)) == (read, written)


def test_rows_are_counted_where_one_table_was_written():
    session = Session("postgres", SERVER, database="shop")
    for sql, rows in [
        ("insert into a values (%s)", 3),
        ("insert into a values (1)", 2),
        ("delete from b", 5),
        ("create table c (x int)", 0),
    ]:
        session.run(sql, rows=rows)
    assert {name[1]: rows for name, rows in session.written.items()} == {"shop.public.a": 5, "shop.public.b": None, "shop.public.c": None}


def test_rows_of_several_statements_belong_to_none():
    session = Session("postgres", SERVER, database="shop")
    session.run("insert into a values (1); insert into b values (1)", rows=1)
    assert set(session.written.values()) == {None}


class TestDuckDB:
    def run(self, *texts: str, path: str = "/data/shop.duckdb", **more) -> Session:
        session = Session("duckdb", {"path": path}, database="shop", folder="/data")
        for text in texts:
            session.run(text, **more)
        return session

    def test_tables_of_a_file_are_named_by_it(self):
        assert list(self.run("from orders").read) == [("duckdb:///data/shop.duckdb", "shop.main.orders")]

    def test_tables_in_memory_are_nothing(self):
        assert self.run("create table a as from b", path=":memory:").written == {}

    @pytest.mark.parametrize(
        "sql",
        [
            "select * from 'in.parquet'",
            "select * from read_csv('in.parquet', header = true)",
            "copy a from 'in.parquet'",
            "from 'in.parquet'",
        ],
    )
    def test_files_are_read(self, sql):
        assert list(self.run(sql).files) == [("read", "in.parquet")]

    def test_files_are_written(self):
        session = self.run("copy (select * from orders) to 's3://b/out.parquet' (format parquet)", "copy orders to 'out.csv'")
        assert list(session.files) == [("write", "s3://b/out.parquet"), ("write", "out.csv")]
        assert names(session.read) == ["shop.main.orders"]

    def test_a_list_of_files_is_read(self):
        assert list(self.run("select * from read_parquet(['a.parquet', 'b.parquet'])").files) == [
            ("read", "a.parquet"),
            ("read", "b.parquet"),
        ]

    def test_attached_databases_have_their_own_names(self):
        session = self.run(
            "attach 'other.duckdb' as other; attach 'lite.db' as lite (type sqlite); attach 'dbname=shop host=pg' as pg (type postgres)",
            "select * from other.a join lite.b using (x) join pg.public.c using (x) join shop.d using (x) join s.e using (x)",
        )
        assert set(session.read) == {
            ("duckdb:///data/other.duckdb", "other.main.a"),
            ("sqlite:///data/lite.db", "main.b"),
            ("postgres://pg:5432", "shop.public.c"),
            ("duckdb:///data/shop.duckdb", "shop.main.d"),
            ("duckdb:///data/shop.duckdb", "shop.s.e"),
        }

    def test_names_are_looked_for_in_the_database_that_is_used(self):
        session = self.run("attach 'other.duckdb' as other; use other; select * from a; use other.s; select * from b")
        assert set(session.read) == {("duckdb:///data/other.duckdb", "other.main.a"), ("duckdb:///data/other.duckdb", "other.s.b")}

    def test_variables_of_the_program_are_no_tables(self):
        assert names(self.run("select * from frame join orders using (x)", no_tables=["frame"]).read) == ["shop.main.orders"]


class TestSqlite:
    def run(self, *texts: str) -> Session:
        session = Session("sqlite", {"path": "/data/shop.db"}, database="main", folder="/data")
        for text in texts:
            session.run(text)
        return session

    def test_tables_are_named_by_the_file(self):
        assert list(self.run("insert into orders values (?)").written) == [("sqlite:///data/shop.db", "main.orders")]

    def test_an_attached_file_has_its_own_name_and_one_that_nobody_can_tell_is_nothing(self):
        session = self.run("attach 'other.db' as other", "attach ? as secret", "select * from other.a, secret.b, main.c")
        assert set(session.read) == {("sqlite:///data/other.db", "main.a"), ("sqlite:///data/shop.db", "main.c")}

    @pytest.mark.parametrize(
        "sql", ["select * from sqlite_master", "pragma table_info(a)", "create temp table t (x)", "select * from temp.t"]
    )
    def test_its_own_and_temporary_tables_are_nothing(self, sql):
        session = self.run(sql)
        assert (session.read, session.written) == ({}, {})


@pytest.mark.parametrize(
    ("adapter", "credentials", "database", "sql", "name"),
    [
        ("mysql", {"host": "db"}, "shop", "select * from a", ("mysql://db:3306", "shop.a")),
        ("mysql", {"host": "db"}, "shop", "use other; select * from a", ("mysql://db:3306", "other.a")),
        ("sqlserver", {"host": "db"}, "shop", "select * from other..a", ("mssql://db:1433", "other.dbo.a")),
        ("snowflake", {"account": "org-shop"}, "PROD", "use schema raw; select * from a", ("snowflake://org-shop", "PROD.RAW.A")),
        ("bigquery", {}, None, "select * from `p.d.a`", ("bigquery", "p.d.a")),
        (
            "redshift",
            {"host": "c.x.eu-west-1.redshift.amazonaws.com"},
            "shop",
            "select * from A",
            ("redshift://c.eu-west-1:5439", "shop.public.a"),
        ),
    ],
)
def test_other_systems_have_names_of_their_own(adapter, credentials, database, sql, name):
    session = Session(adapter, credentials, database=database)
    session.run(sql)
    assert list(session.read) == [name]
