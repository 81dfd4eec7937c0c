from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from clew.server.store import Store
from clew.server.store.file import connect
from clew.server.store.writer import Writer
from tests.waiting import until


class FullDisk(sqlite3.Connection):
    """A connection whose commits fail when it is told so."""

    full = False

    def execute(self, sql, *values):
        if self.full and sql == "COMMIT":
            raise sqlite3.OperationalError("database or disk is full")
        return super().execute(sql, *values)


@pytest.fixture
def path(tmp_path):
    Store(tmp_path / "store.db").close()
    return tmp_path / "store.db"


@pytest.fixture
def connection(path):
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False, factory=FullDisk)) as connection:
        connection.row_factory = sqlite3.Row
        yield connection


def add(writer, name, *, fails=False):
    with writer.part() as db:
        db.add("namespaces.add", name=name, at=0, owner="o", description=None)
        if fails:
            raise ValueError


def names(path):
    with closing(connect(path)) as connection:
        return {r["name"] for r in connection.execute("SELECT name FROM namespace")} - {"default"}


def together(writer, *parts):
    """Let the parts wait while another one writes `first`, and return what became of each."""
    with ThreadPoolExecutor(len(parts)) as pool:
        with writer.part() as db:
            db.add("namespaces.add", name="first", at=0, owner="o", description=None)
            waiting = [pool.submit(add, writer, name, fails=fails) for name, fails in parts]
            until(lambda: writer._waiting == len(parts))
        return [w.exception() for w in waiting]


def test_parts_that_wait_for_each_other_share_one_wait_for_the_disk(path, connection):
    writer, said = Writer(connection), []
    connection.set_trace_callback(said.append)
    assert together(writer, ("a", False), ("b", False), ("c", False)) == [None, None, None]
    assert said.count("COMMIT") == 1
    assert names(path) == {"first", "a", "b", "c"}


def test_a_part_that_fails_takes_nothing_from_those_that_share_its_transaction(path, connection):
    failed = together(Writer(connection), ("a", False), ("b", True), ("c", False))
    assert [type(e) for e in failed] == [type(None), ValueError, type(None)]
    assert names(path) == {"first", "a", "c"}


def test_nobody_is_told_that_his_part_is_durable_when_the_commit_fails(path, connection):
    writer = Writer(connection)
    connection.full = True
    with pytest.raises(sqlite3.OperationalError, match="full"):
        together(writer, ("a", False))
    connection.full = False
    add(writer, "later")
    assert names(path) == {"later"}


def test_what_is_remembered_is_forgotten_when_a_part_fails(connection):
    writer = Writer(connection)
    with writer.part() as db:
        db.remembered.put("key", 1)
    with pytest.raises(sqlite3.IntegrityError):
        add(writer, "default")
    with writer.part() as db:
        assert db.remembered.get("key") is None


def test_what_is_remembered_is_forgotten_when_somebody_else_changes_the_file(path, connection):
    writer = Writer(connection)
    with writer.part() as db:
        db.remembered.put("key", 1)
    with closing(connect(path)) as other:
        other.execute("DELETE FROM namespace")
    with writer.part() as db:
        assert db.remembered.get("key") is None
