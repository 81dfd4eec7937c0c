from __future__ import annotations

import sqlite3

import pytest

from clew.watching import Database, Statement, process


def at(path) -> Database:
    return Database(adapter="sqlite", path=str(path), name="main", schemas=("main",))


def texts(watching) -> list[str]:
    return [thing.text for thing in watching.things()]


def test_statements_are_seen_with_the_file_that_they_went_to(watching, tmp_path):
    connection = sqlite3.connect(tmp_path / "shop.db")
    connection.execute("create table orders (id)")
    connection.cursor().execute("select * from orders")
    assert watching.things() == [
        Statement(database=at(tmp_path / "shop.db"), text="create table orders (id)"),
        Statement(database=at(tmp_path / "shop.db"), text="select * from orders"),
    ]


def test_rows_of_repeated_writes_are_added_up(watching, tmp_path):
    connection = sqlite3.connect(tmp_path / "shop.db")
    connection.execute("create table orders (id)")
    for number in range(3):
        connection.execute("insert into orders values (?)", (number,))
    connection.executemany("insert into orders values (?)", [(3,), (4,)])
    assert watching.things()[1].rows == 5


def test_rows_of_a_write_that_returns_some_are_not_known(watching, tmp_path):
    connection = sqlite3.connect(tmp_path / "shop.db")
    connection.execute("create table orders (id)")
    assert connection.execute("insert into orders values (1), (2) returning id").fetchall() == [(1,), (2,)]
    assert watching.things()[1].rows is None


def test_a_statement_that_fails_is_not_seen_and_its_error_passes(watching, tmp_path):
    with pytest.raises(sqlite3.OperationalError, match="no such table: orders"):
        sqlite3.connect(tmp_path / "shop.db").execute("select * from orders")
    assert watching.things() == []


@pytest.mark.parametrize("memory", [":memory:", "", "file::memory:?cache=shared", "file:x?mode=memory"])
def test_a_database_in_memory_is_nothing(watching, memory):
    sqlite3.connect(memory, uri=memory.startswith("file:")).execute("select 1")
    assert watching.things() == []


def test_a_class_of_the_users_stays_what_it_was(watching, tmp_path):
    class Theirs(sqlite3.Connection):
        def cursor(self):
            return super().cursor(TheirCursor)

    class TheirCursor(sqlite3.Cursor):
        pass

    connection = sqlite3.connect(tmp_path / "shop.db", factory=Theirs)
    assert isinstance(connection, Theirs)
    assert type(connection.cursor()) is TheirCursor


def test_connections_look_as_they_always_did(watching, tmp_path):
    connection = sqlite3.connect(tmp_path / "shop.db")
    assert isinstance(connection, sqlite3.Connection)
    assert type(connection).__name__ == "Connection"
    assert isinstance(connection.execute("select 1"), sqlite3.Cursor)


def test_nothing_is_seen_after_the_end(watching, tmp_path):
    connection = sqlite3.connect(tmp_path / "shop.db")
    process.end()
    connection.execute("create table orders (id)")
    assert texts(watching) == []
