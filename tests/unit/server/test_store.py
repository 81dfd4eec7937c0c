from __future__ import annotations

import sqlite3
import stat
from contextlib import closing

import pytest

from clew.errors import StoreBroken, StoreUnwritable
from clew.server.store import Store


@pytest.fixture
def path(tmp_path):
    return tmp_path / "below" / "store.db"


def namespaces(store):
    with store.read() as db:
        return [r["name"] for r in db.all("namespaces.page", limit=10, offset=0)]


def add(store, name):
    with store.write() as db:
        db.add("namespaces.add", name=name, at=0, owner="o", description=None)


def test_a_store_is_its_users_alone(path):
    Store(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_what_was_written_is_there_when_the_store_is_opened_again(path):
    store = Store(path)
    add(store, "kept")
    store.close()
    store = Store(path)
    assert "kept" in namespaces(store)
    store.close()


def test_an_acknowledged_write_survives_a_loss_of_power(path):
    store = Store(path)
    with store.write() as db:
        pragmas = [db._connection.execute(f"PRAGMA {p}").fetchone()[0] for p in ("journal_mode", "synchronous")]
    store.close()
    assert pragmas == ["wal", 2]


def test_a_reader_sees_one_moment_of_the_store(path):
    store = Store(path)
    with store.read() as db:
        before = db.all("namespaces.page", limit=10, offset=0)
        add(store, "later")
        assert db.all("namespaces.page", limit=10, offset=0) == before
    assert "later" in namespaces(store)
    store.close()


def test_a_reader_cannot_write(path):
    store = Store(path)
    with store.read() as db, pytest.raises(sqlite3.OperationalError, match="readonly"):
        db.add("namespaces.add", name="x", at=0, owner="o", description=None)
    store.close()


def test_a_part_that_fails_leaves_the_rest(path):
    store = Store(path)
    with store.write() as db:
        db.add("namespaces.add", name="kept", at=0, owner="o", description=None)
        with pytest.raises(sqlite3.IntegrityError), db.part():
            db.add("namespaces.add", name="kept", at=0, owner="o", description=None)
    assert namespaces(store) == ["default", "kept"]
    store.close()


def test_a_row_that_is_put_off_is_written_once_with_all_that_was_said_of_it(path):
    store = Store(path)
    add(store, "n")
    with store.write() as db:
        said = []
        number = db.value("namespaces.by_name", name="n")
        db.put_off("namespaces.describe", number, id=number, at=1, owner="first", description="told once")
        db.put_off("namespaces.describe", number, at=2, owner="last")
        db._connection.set_trace_callback(said.append)
        db.settle("namespaces.describe")
        db._connection.set_trace_callback(None)
        row = db.needed("namespaces.by_name", name="n")
    store.close()
    assert len(said) == 1
    assert (row["updated_at"], row["owner"], row["description"]) == (2, "last", "told once")


def test_what_nobody_says_of_a_row_that_is_put_off_is_null(path):
    store = Store(path)
    with store.write() as db:
        db.put_off("namespaces.add", "n", name="n", at=0, owner="o")
    with store.read() as db:
        assert db.needed("namespaces.by_name", name="n")["description"] is None
    store.close()


def test_what_a_part_that_fails_has_put_off_is_not_written(path):
    store = Store(path)
    with store.write() as db:
        with pytest.raises(sqlite3.IntegrityError), db.part():
            db.put_off("namespaces.add", "default", name="default", at=0, owner="o")
        assert not db.is_put_off("namespaces.add", "default")
    assert namespaces(store) == ["default"]
    store.close()


def test_a_file_of_something_else_is_left_alone(path):
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE theirs (x)")
    with pytest.raises(StoreBroken, match="something else"):
        Store(path)


def test_a_damaged_file_is_told(path):
    path.parent.mkdir()
    path.write_bytes(b"not a database, but long enough to be read as the header of one" * 100)
    with pytest.raises(StoreBroken, match="damaged"):
        Store(path)


def test_a_store_of_a_newer_clew_is_told(path):
    Store(path).close()
    with closing(sqlite3.connect(path)) as newer:
        newer.execute("PRAGMA user_version = 999")
    with pytest.raises(StoreBroken, match="newer Clew"):
        Store(path)


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreUnwritable, match="--store"):
        Store(tmp_path / "file" / "store.db")
