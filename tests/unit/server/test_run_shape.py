"""How a run looks."""

from __future__ import annotations

from random import Random

import pytest

from clew.server.store import Store
from tests.conformance.rarer_steps import EVERY_KIND
from tests.conformance.streams import stream
from tests.unit.server.conftest import FACET, Backend, dataset, run_id


def test_an_earlier_run_shows_the_version_that_its_job_had_then(backend):
    backend.run("COMPLETE", run="1", outputs=(dataset("a"),))
    backend.run("COMPLETE", run="2", outputs=(dataset("b"),))
    now, then = (run["jobVersion"]["version"] for run in backend.job()["latestRuns"])
    assert now != then
    assert backend.a_run("1")["jobVersion"] == {"namespace": "ns", "name": "job", "version": then}


def test_what_a_run_said_stands_with_the_version_that_it_said_it_of(backend):
    said, unsaid = dataset("said"), dataset("unsaid")
    backend.run("COMPLETE", inputs=(said | {"inputFacets": {"count": {**FACET, "rowCount": 7}}}, unsaid))
    read = backend.a_run()["inputDatasetVersions"]
    assert {v["datasetVersionId"]["name"]: v["facets"] for v in read} == {"said": {"count": {**FACET, "rowCount": 7}}, "unsaid": {}}


def test_a_run_took_the_milliseconds_from_that_of_its_start_to_that_of_its_end(backend):
    backend.run("COMPLETE", run="1")
    assert backend.call("POST", "/api/v1/namespaces/ns/jobs/job/runs", {"id": run_id("2")})[0] == 201
    for change, at in (("start", "06:00:00.123456"), ("complete", "06:00:01.5")):
        assert backend.call("POST", f"/api/v1/jobs/runs/{run_id('2')}/{change}?at=2026-03-02T{at}Z")[0] == 200
    assert backend.a_run("2")["durationMs"] == 1500 - 123


NAME = "\"\\\x00\x1f\u2028\U0001f9f6'"
COUNT = {**FACET, "rowCount": 7}
LARGE = {**FACET, "text": "ä" * 5_000}


def test_facets_of_any_name_and_size_are_shown_as_they_came(backend):
    read = dataset("read") | {"inputFacets": {NAME: COUNT, "large": LARGE}}
    backend.run("COMPLETE", run_facets={NAME: COUNT, "large": LARGE}, inputs=(read,))
    run = backend.a_run()
    assert run["facets"] == run["inputDatasetVersions"][0]["facets"] == {NAME: COUNT, "large": LARGE}


@pytest.mark.parametrize(
    "more",
    [
        {"run_facets": {"note": {"text": "another"}}},
        {"job_facets": {"note": {"text": "another"}}},
        {"inputs": (dataset("read"), dataset("more"))},
        {"inputs": (dataset("read") | {"inputFacets": {"count": COUNT}},)},
        {"outputs": (dataset("more"),)},
        {"outputs": (dataset("written", columns=("other",)),)},
        {"outputs": (dataset("written") | {"outputFacets": {"count": COUNT}},)},
        {"at": "06:01"},
        {"type_": "FAIL"},
    ],
    ids=" ".join,
)
def test_what_is_said_of_a_run_after_it_was_shown_is_shown(more, backend):
    said = {"type_": "COMPLETE", "inputs": (dataset("read"),), "outputs": (dataset("written"),), "run_facets": {"note": {"text": "one"}}}
    backend.run(**said)
    shown(backend)
    backend.run(**said | more)
    assert shown(backend) == shown_anew(backend)


@pytest.mark.parametrize("seed", range(8))
def test_who_has_shown_runs_before_shows_the_same_as_who_has_not(seed, backend):
    for number, call in enumerate(stream(Random(seed), "s", EVERY_KIND).calls):
        backend.call(call.method, call.path, call.body)
        if number % 5 == 0:
            assert shown(backend) == shown_anew(backend)


def shown(backend):
    """Show every job with its runs and with its versions, which show runs as well."""
    jobs = backend.get("jobs", limit=1_000)["jobs"]
    return jobs, [backend.get("namespaces", j["namespace"], "jobs", j["name"], "versions") for j in jobs]


def shown_anew(backend):
    store = Store(backend.store.path)
    try:
        return shown(Backend(store))
    finally:
        store.close()
