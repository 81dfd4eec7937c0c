"""SQLAlchemy without a driver that tells by itself, and on sqlite3, which does."""

from __future__ import annotations

import pandas as pd
import sqlalchemy

from clew.watching import Statement, libraries
from clew.watching.datasets import inputs_and_outputs
from clew.watching.libraries.sqlalchemy import _database


def names(watching) -> tuple[list[str], list[str]]:
    read, written = inputs_and_outputs(watching.things())
    return [d["name"] for d in read], [d["name"] for d in written]


def test_statements_on_sqlite_are_seen_once_and_with_its_file(watching, tmp_path):
    engine = sqlalchemy.create_engine(f"sqlite:///{tmp_path}/shop.db")
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("create table orders (id int)"))
        connection.execute(sqlalchemy.text("insert into orders values (:id)"), {"id": 1})
    written = [thing.text for thing in watching.things() if isinstance(thing, Statement) and "orders" in thing.text]
    assert written == ["create table orders (id int)", "insert into orders values (?)"]
    assert names(watching) == ([], ["main.orders"])
    engine.dispose()


def test_where_the_driver_is_not_watched_the_engine_tells(watching, tmp_path, monkeypatch):
    monkeypatch.setattr(libraries, "_watched", {"sqlalchemy"})
    engine = sqlalchemy.create_engine("sqlite://")
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("create table orders (id int)"))
        connection.execute(sqlalchemy.text("insert into orders values (1), (2)"))
    assert [(thing.text, thing.rows) for thing in watching.things()][1] == ("insert into orders values (1), (2)", 2)
    engine.dispose()


def test_urls_tell_what_a_database_is_called():
    def of(url: str, schema: str | None = None):
        made = sqlalchemy.make_url(url)
        database = _database(made, made.get_backend_name(), schema)
        return database.adapter, database.host or database.account, database.port, database.name, database.schemas

    assert of("postgresql+asyncpg://me:geheim@db:5433/shop", "public") == ("postgres", "db", 5433, "shop", ("public",))
    assert of("mssql+pyodbc://me@db/shop", "dbo") == ("sqlserver", "db", None, "shop", ("dbo",))
    assert of("trino://me@db:8080/hive/till") == ("trino", "db", 8080, "hive", ("till",))
    assert of("snowflake://me:geheim@org-shop/PROD/RAW") == ("snowflake", "org-shop", None, "PROD", ("RAW",))
    assert of("bigquery://project/dataset") == ("bigquery", "project", None, "project", ())


def test_what_pandas_reads_and_writes_by_way_of_an_engine_is_seen(watching, tmp_path):
    engine = sqlalchemy.create_engine(f"sqlite:///{tmp_path}/shop.db")
    pd.DataFrame({"id": [1, 2]}).to_sql("orders", engine, index=False)
    assert len(pd.read_sql("select * from orders where id > :id", engine, params={"id": 0})) == 2
    assert names(watching) == (["main.orders"], ["main.orders"])
    engine.dispose()
