"""A store that is derived anew is the same store."""

from __future__ import annotations

import sqlite3
import stat
from contextlib import closing

import pytest

from clew.errors import StoreInUse, StoreUnwritable
from clew.server.store import Store
from clew.server.upkeep import place
from clew.server.upkeep.check import check
from clew.server.upkeep.rebuild import rebuild, vacuum
from tests.unit.server.conftest import Backend, dataset

EVERYTHING = ("namespaces", "jobs", "tags", "sources", "events/lineage")


@pytest.fixture
def backend(backend):
    for run in "123":
        backend.run("START", run=run, inputs=(dataset("raw"),))
        backend.run("COMPLETE", run=run, outputs=(dataset("made", columns=("a",)),))
    backend.call("PUT", "/api/v1/tags/URGENT", {"description": "soon"})
    return backend


def answers(path):
    store = Store(path)
    found = [Backend(store).get(*each.split("/")) for each in EVERYTHING]
    store.close()
    return found


def spoil(path, sql):
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(sql)


def test_a_spoiled_store_answers_as_before_once_it_is_rebuilt(backend):
    backend.store.close()
    path, before = backend.store.path, answers(backend.store.path)
    spoil(path, "UPDATE run SET state = 'FAILED'")
    spoil(path, "DELETE FROM tag")
    rebuilt = rebuild(path)
    assert rebuilt.entries == 7
    assert answers(path) == before
    assert check(path).clean


def test_a_damaged_index_is_mended(backend):
    backend.store.close()
    path = backend.store.path
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (page,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'job_by_creation'").fetchone()
    with path.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\x0a\x00\x00\x00\x00\x10\x00\x00".ljust(4096, b"\x00"))  # an index without rows
    assert "missing from index job_by_creation" in check(path).damage[0]
    rebuild(path)
    assert check(path).clean


def test_the_rebuilt_store_is_its_users_alone_and_nothing_is_left_beside_it(backend):
    backend.store.close()
    path = backend.store.path
    rebuild(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert sorted(f.name for f in path.parent.iterdir()) == ["store.db", "store.db.lock"]


def test_a_store_that_a_server_has_open_is_left_alone(backend):
    with pytest.raises(StoreInUse, match="Stop that first"):
        rebuild(backend.store.path)


def test_a_store_that_another_program_has_open_is_left_alone(backend):
    backend.store.close()
    with closing(sqlite3.connect(backend.store.path)) as other:
        other.execute("PRAGMA journal_mode = WAL")
        other.execute("SELECT count(*) FROM job").fetchone()
        with pytest.raises(StoreInUse, match="another program"):
            rebuild(backend.store.path)


def test_nobody_opens_a_store_while_it_is_rebuilt(backend):
    backend.store.close()
    path = backend.store.path
    refusals = []

    def open_it(what, done, total):
        try:
            Store(path).close()
        except StoreInUse as error:
            refusals.append(str(error))

    vacuum(path, open_it)
    assert refusals
    assert "made anew" in refusals[0]


def test_without_room_for_a_second_file_the_store_stays_as_it_is(backend, monkeypatch):
    backend.store.close()
    with monkeypatch.context() as patch:
        patch.setattr(place.shutil, "disk_usage", lambda _: type("Usage", (), {"free": 1000}))
        with pytest.raises(StoreUnwritable, match="Make room"):
            rebuild(backend.store.path)
    assert check(backend.store.path).clean


def test_vacuum_gives_room_back(backend):
    with backend.store.write() as db:
        db.run_many("content.add", [{"digest": bytes([n]), "json": b"x" * 100_000} for n in range(20)])
    backend.store.close()
    spoil(backend.store.path, "DELETE FROM content WHERE length(digest) = 1")
    before, after = vacuum(backend.store.path)
    assert before - after > 1_000_000
    assert check(backend.store.path).clean
