"""What was exported comes in again, and the store is as the other one was."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest

from clew.errors import BadImport
from clew.moving import sources
from clew.moving.importing import bring_in, lines
from clew.moving.items import line
from clew.server.seam import InProcessSeam
from clew.server.store import Store
from clew.server.upkeep.check import check
from tests.events import event
from tests.unit.server.conftest import Backend

RECORDINGS = sorted((Path(__file__).parents[2] / "conformance" / "recordings").glob("*.json.gz"))


ARRIVAL = re.compile(rb'"(updatedAt|createdAt)":"[^"]*"')
LISTED_BY_ARRIVAL = ("/api/v1/namespaces", "/api/v1/jobs", "/api/v1/search")
"""What arrived is arriving now; that of the default namespace, too."""


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path / "store.db")
    yield store
    store.close()


@pytest.fixture
def other(tmp_path):
    store = Store(tmp_path / "other.db")
    yield store
    store.close()


def exported(store):
    return [line(i) for i in sources.of_store(store.path, changes=True)]


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda f: f.name.removesuffix(".json.gz"))
def test_another_store_gives_the_same_answers(store, other, recording):
    told, seam = json.loads(gzip.decompress(recording.read_bytes())), InProcessSeam(store)
    for sent in told["sent"]:
        seam.call(sent["method"], sent["path"], None if sent.get("body") is None else json.dumps(sent["body"]).encode())
    imported = bring_in(other, exported(store))
    assert imported.refused == []
    for read in told["read"]:
        here, there = (each.call("GET", read["path"]) for each in (seam, InProcessSeam(other)))
        assert here.status == there.status
        if not read["path"].startswith(LISTED_BY_ARRIVAL):
            assert ARRIVAL.sub(b"", here.body) == ARRIVAL.sub(b"", there.body)
    assert check(other.path).clean


def test_a_run_that_the_api_made_has_the_same_id_there(store, other):
    backend, there = Backend(store), Backend(other)
    backend.run("COMPLETE")
    _, made = backend.call("POST", "/api/v1/namespaces/ns/jobs/job/runs", {})
    backend.call("POST", f"/api/v1/jobs/runs/{made['id']}/start")
    bring_in(other, [b"", *exported(store)])
    assert there.get("jobs", "runs", made["id"])["state"] == "RUNNING"


def test_a_file_that_is_imported_twice_changes_nothing(other):
    once = [event("START"), event("COMPLETE")]
    assert bring_in(other, once).taken == 2
    again = bring_in(other, once)
    assert (again.taken, again.known) == (0, 2)
    assert len(exported(other)) == 2


def test_a_bad_line_is_told_by_its_number_and_harms_no_other(other):
    imported = bring_in(other, [event("START"), b"{not json", event("COMPLETE")])
    assert imported.taken == 2
    assert [r.line for r in imported.refused] == [2]


@pytest.mark.parametrize("change", [
    {"method": "GET", "target": "/api/v1/jobs", "body": "", "at": "2026-03-02T06:00:00Z"},
    {"method": "PUT", "target": "/api/v1/tags/x", "body": "", "at": "yesterday"},
    {"method": "PUT", "target": "/nowhere", "body": "", "at": "2026-03-02T06:00:00Z"},
])  # fmt: skip
def test_a_change_that_is_none_is_refused(other, change):
    imported = bring_in(other, [json.dumps({"clewChange": change}).encode()])
    assert (imported.taken, len(imported.refused)) == (0, 1)


@pytest.mark.parametrize("packed", [False, True])
def test_lines_are_read_packed_or_not(tmp_path, packed):
    (tmp_path / "events").write_bytes(gzip.compress(b"a\nb\n") if packed else b"a\nb\n")
    with lines(tmp_path / "events") as found:
        assert list(found) == [b"a\n", b"b\n"]


def test_a_packed_file_that_breaks_off_is_told(tmp_path):
    (tmp_path / "events.gz").write_bytes(gzip.compress(event("START") * 100)[:-20])
    with pytest.raises(BadImport, match="cannot be read"), lines(tmp_path / "events.gz") as found:
        list(found)
