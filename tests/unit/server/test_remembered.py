"""What the writer remembers changes nothing of what it writes."""

from __future__ import annotations

import itertools
from random import Random

import pytest

from clew.server.calls import Refusal
from clew.server.ingest import jobs
from clew.server.recent import Recent
from clew.server.upkeep import derive
from clew.server.upkeep.check import check
from tests.conformance.rarer_steps import EVERY_KIND
from tests.conformance.streams import stream
from tests.unit.server.conftest import dataset, made_of, run_id


class Forgetful(Recent):
    """Remembers nothing."""

    def put(self, key, value, weight=1):
        pass


@pytest.fixture
def without_memory(monkeypatch):
    """Let a check derive every entry from what stands in the store alone."""
    monkeypatch.setattr(derive, "Recent", Forgetful)


@pytest.mark.parametrize("seed", range(12))
def test_who_remembers_nothing_derives_the_same(seed, backend, without_memory):
    random = Random(seed)
    sent = [c for part in range(3) for c in stream(random, f"m{part % 2}", EVERY_KIND).calls]
    for call, again in itertools.zip_longest(sent, random.choices(sent, k=len(sent) // 3)):
        for each in filter(None, (call, again)):
            backend.call(each.method, each.path, each.body)
    found = check(backend.store.path)
    assert {name: t.examples for name, t in found.tables.items() if t.differences} == {}
    assert found.clean


@pytest.mark.parametrize("seed", range(6))
def test_a_batch_leaves_the_same_as_its_events_one_by_one(seed, backend, without_memory):
    sent = [c.body for part in range(3) for c in stream(Random(seed), f"b{part}", EVERY_KIND).calls if c.path == "/api/v1/lineage"]
    _, answer = backend.call("POST", "/api/v1/lineage/batch", [*sent, *sent[: len(sent) // 3]])
    assert {r["status"] for r in answer["results"]} == {201}
    found = check(backend.store.path)
    assert {name: t.examples for name, t in found.tables.items() if t.differences} == {}
    assert found.clean


def test_a_version_that_was_made_through_the_api_is_what_is_read_next(backend, without_memory):
    backend.run("COMPLETE", outputs=(dataset("raw", columns=("a",)),))
    backend.run("COMPLETE", "06:01", run="2", inputs=(dataset("raw", columns=("a",)),))
    said = {"type": "DB_TABLE", "physicalName": "raw", "sourceName": "default", "fields": [{"name": "b", "type": "INT"}]}
    assert backend.call("PUT", "/api/v1/namespaces/db/datasets/raw", said)[0] == 200
    backend.run("COMPLETE", "06:02", run="3", inputs=(dataset("raw"),))
    (read,) = backend.a_run("3")["inputDatasetVersions"]
    (newest, *_) = backend.get("namespaces", "db", "datasets", "raw", "versions")["versions"]
    assert [f["name"] for f in newest["fields"]] == ["b"]
    assert read != backend.a_run("2")["inputDatasetVersions"][0]
    assert check(backend.store.path).clean


def test_an_event_that_is_refused_when_it_was_nearly_written_leaves_nothing_in_mind(backend, without_memory, monkeypatch):
    def written(db, job):
        write(db, job)
        if job.name == "bad":
            raise Refusal(422, "too late")

    write = jobs.write
    monkeypatch.setattr(jobs, "write", written)
    said = {"eventType": "COMPLETE", "eventTime": "2026-03-02T06:00:00Z", "producer": "p", "run": {"runId": run_id("1")}}
    made = dataset("made", columns=("b",), columnLineage=made_of("raw", b="a"))
    events = [
        said | {"job": {"namespace": "ns", "name": name}, "inputs": [dataset("raw", columns=("a",))], "outputs": [made]}
        for name in ("bad", "good", "bad", "good")
    ]
    _, answer = backend.call("POST", "/api/v1/lineage/batch", events)
    assert [r["status"] for r in answer["results"]] == [422, 201, 422, 201]
    assert check(backend.store.path).clean
