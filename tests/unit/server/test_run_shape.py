"""How a run looks."""

from __future__ import annotations

from tests.unit.server.conftest import FACET, dataset


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
