"""What was derived follows from the log, and what does not is found."""

from __future__ import annotations

import gzip
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from clew.errors import StoreBroken, StoreInUse, StoreUnwritable
from clew.server.seam import InProcessSeam
from clew.server.store import Store, lock
from clew.server.upkeep.check import check
from tests.unit.server.conftest import dataset, made_of

RECORDINGS = sorted((Path(__file__).parents[3] / "conformance" / "recordings").glob("*.json.gz"))


@pytest.fixture
def path(backend):
    """A store with a run that read and wrote, and a tag that a person gave."""
    backend.run("START", inputs=(dataset("raw", columns=("a",)),))
    backend.run("COMPLETE", "06:10", outputs=(dataset("made", columns=("b",), columnLineage=made_of("raw", b="a")),))
    assert backend.call("POST", "/api/v1/namespaces/db/datasets/made/tags/PII")[0] == 200
    return backend.store.path


def spoil(path, sql):
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(sql)


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda f: f.name.removesuffix(".json.gz"))
def test_whatever_comes_in_what_is_derived_follows_from_the_log(recording, backend):
    seam = InProcessSeam(backend.store)
    for sent in json.loads(gzip.decompress(recording.read_bytes()))["sent"]:
        seam.call(sent["method"], sent["path"], None if sent.get("body") is None else json.dumps(sent["body"]).encode())
    assert check(backend.store.path).clean


def test_a_run_that_is_made_without_an_id_has_the_same_id_when_it_is_derived_again(backend):
    backend.run("COMPLETE")
    assert backend.call("POST", "/api/v1/namespaces/ns/jobs/job/runs", {})[0] == 201
    assert check(backend.store.path).clean


def test_a_server_may_write_while_its_store_is_checked(backend, path):
    written = []

    def writing(what, done, total):
        if not written:
            backend.run("START", run="2")
        written.append(what)

    found = check(path, report=writing)
    assert found.clean
    assert found.entries == 3


def test_the_scratch_file_is_gone_in_the_end(path):
    check(path)
    assert [f.name for f in path.parent.glob(".*")] == []


@pytest.mark.parametrize(
    ("sql", "table", "stored", "derived"),
    [
        ("UPDATE run SET state = 'FAILED'", "run", {"state": "FAILED"}, {"state": "COMPLETED"}),
        ("DELETE FROM dataset_tag", "dataset_tag", None, {"dataset_id": 2, "tag": "PII", "told": 0}),
        ("INSERT INTO tag (name) VALUES ('SLIPPED_IN')", "tag", {"name": "SLIPPED_IN", "description": None}, None),
    ],
    ids=["a row that differs", "a row that is missing", "a row too many"],
)
def test_a_row_that_does_not_follow_from_the_log_is_found(path, sql, table, stored, derived):
    spoil(path, sql)
    found = check(path)
    assert not found.clean
    assert [name for name, t in found.tables.items() if t.differences] == [table]
    (example,) = found.tables[table].examples
    assert (example.stored, example.derived) == (stored, derived)


def test_an_event_that_says_something_else_than_its_row_is_found(path):
    spoil(path, "UPDATE event SET type = 'FAIL' WHERE id = 2")
    assert [(u.number, u.reason) for u in check(path).unfit] == [(2, "type is 'FAIL' and should be 'COMPLETE'")]


def test_an_event_that_cannot_be_read_any_more_is_found(path):
    spoil(path, "UPDATE event SET body = x'00' WHERE id = 2")
    assert check(path).unfit[0].number == 2


def test_a_row_that_points_nowhere_is_found(path):
    spoil(path, "UPDATE job SET namespace_id = 99")
    assert check(path).damage == ["job: row 1 points to no namespace"]


def test_a_damaged_page_is_found(backend, path):
    backend.store.close()
    content = bytearray(path.read_bytes())
    content[-4096:] = b"\xff" * 4096
    path.write_bytes(content)
    assert check(path).damage


def test_where_there_is_no_store_it_says_so_and_makes_none(tmp_path):
    with pytest.raises(StoreUnwritable, match="There is no store at"):
        check(tmp_path / "none.db")
    assert list(tmp_path.iterdir()) == []


def test_a_file_of_something_else_is_left_alone(tmp_path):
    (tmp_path / "notes.txt").write_text("shopping list\n" * 100)
    with pytest.raises(StoreBroken, match="no store of Clew"):
        check(tmp_path / "notes.txt")


def test_a_store_that_is_being_made_anew_is_told(tmp_path):
    Store(tmp_path / "store.db").close()
    with lock.alone(tmp_path / "store.db"), pytest.raises(StoreInUse, match="made anew"):
        check(tmp_path / "store.db")
