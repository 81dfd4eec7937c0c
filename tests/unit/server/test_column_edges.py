"""The same facet of column lineage means what the run that tells it has read, and what columns there are."""

from __future__ import annotations

import pytest

from clew.server.ingest import columns
from clew.server.store import Store
from tests.unit.server.conftest import Backend, dataset, made_of

OUT = dataset("out", columns=("x",), columnLineage=made_of("raw", x="a"))
X, A = "datasetField:db:out:x", "datasetField:db:raw:a"


def test_what_is_told_again_is_shown_of_the_run_that_read_it(backend):
    for run, read in enumerate(((), (dataset("raw"),))):
        backend.run("COMPLETE", f"06:0{run}", run=str(run), inputs=read, outputs=(OUT,))
    assert backend.columns("dataset:db:out")[X] == {A}


def test_what_is_told_again_is_not_shown_of_a_run_that_read_something_else(backend):
    for run, read in enumerate(("raw", "raw", "other")):
        backend.run("COMPLETE", f"06:0{run}", run=str(run), inputs=(dataset(read),), outputs=(OUT,))
    assert backend.get("namespaces", "db", "datasets", "out")["columnLineage"] is None


def test_what_is_told_again_is_shown_once_the_column_is_there(backend):
    for run, known in enumerate((("b",), ("b", "a"))):
        backend.run("COMPLETE", f"06:0{run}", run=str(run), inputs=(dataset("raw", columns=known),), outputs=(OUT,))
    assert backend.columns("dataset:db:out")[X] == {A}


@pytest.fixture
def opened_again(backend):
    """Open a backend's store again, so that nothing is remembered."""
    stores = []

    def again(found):
        found.store.close()
        stores.append(Store(found.store.path))
        return Backend(stores[-1])

    yield again
    for store in stores:
        store.close()


def test_what_is_told_again_is_looked_into_once_however_often_the_store_is_opened(backend, opened_again, monkeypatch):
    backend.run("COMPLETE", run="1", inputs=(dataset("raw", columns=("a",)),), outputs=(OUT,))
    monkeypatch.delattr(columns, "_edges")
    for run in "23":
        backend = opened_again(backend)
        backend.run("START", f"06:0{run}", run=run, inputs=(dataset("raw", columns=("a",)),), outputs=(OUT,))
        backend.run("COMPLETE", f"06:0{run}", run=run, inputs=(dataset("raw", columns=("a",)),), outputs=(OUT,))
        assert backend.columns("dataset:db:out")[X] == {A}
        assert backend.get("namespaces", "db", "datasets", "out", "versions")["versions"][0]["createdByRun"]["id"].endswith(run)


RAW = dataset("raw", columns=("a", "b"))


@pytest.mark.parametrize(
    ("before", "now", "made"),
    [
        ((dataset("raw", columns=("b",)), OUT), (RAW, OUT), {A}),
        ((RAW, OUT), (dataset("other", columns=("a",)), OUT), set()),
        ((RAW, OUT), (RAW, dataset("out", columns=("x",), columnLineage=made_of("raw", x="b"))), {"datasetField:db:raw:b"}),
        ((RAW, OUT), (RAW, dataset("out", columns=("y",), columnLineage=made_of("raw", x="a"))), set()),
    ],
    ids=["columns of what is read", "what is read", "lineage", "columns of what is written"],
)
def test_what_is_told_otherwise_is_looked_into_by_who_has_just_opened_the_store(before, now, made, backend, opened_again):
    for run, (read, written) in enumerate((before, now)):
        backend = opened_again(backend)
        backend.run("COMPLETE", f"06:0{run}", run=str(run), inputs=(read,), outputs=(written,))
    assert backend.columns("dataset:db:out").get(X, set()) == made


def test_columns_come_by_their_names_whatever_the_process(backend):
    names = tuple("ihgfedcba")
    backend.run(
        "COMPLETE",
        inputs=(dataset("raw"),),
        outputs=(dataset("out", columns=names, columnLineage=made_of("raw", **dict.fromkeys(names, "x"))),),
    )
    (origin,) = [n for n in backend.get("column-lineage", nodeId="dataset:db:out")["graph"] if n["id"] == "datasetField:db:raw:x"]
    assert [e["destination"][-1] for e in origin["outEdges"]] == sorted(names)


def test_a_facet_that_names_no_column_is_refused_each_time_and_so_is_none_that_is_whole(backend):
    lacking = {"fields": {"x": {"inputFields": [{"namespace": "db", "name": "raw"}]}}}
    for _ in range(2):
        status, said = backend.call("POST", "/api/v1/lineage", _event(dataset("out", columnLineage=lacking)))
        assert status == 422
        assert said["errors"] == ["outputs[0].facets.columnLineage.fields[x].inputFields[0].field must not be null"]
    assert backend.call("POST", "/api/v1/lineage", _event(OUT))[0] == 201


def _event(output):
    return {
        "eventType": "COMPLETE",
        "eventTime": "2026-03-02T06:00:00Z",
        "producer": "https://example.com/test",
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
        "run": {"runId": "00000000-0000-4000-8000-000000000001"},
        "job": {"namespace": "ns", "name": "job"},
        "outputs": [output],
    }
