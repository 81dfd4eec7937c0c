"""Whatever is asked, the server never fails and its answers have the shapes that it promises.

Requests are made up from the API's own description by schemathesis, half of them about things that are there. The same ones each time here;
`CLEW_SOAK_SECONDS=600` tries others for as long as that, in every phase that schemathesis has.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from clew.marquez import HttpSeam
from clew.server.routes import ROUTES
from tests.acceptance.test_edge import server
from tests.unit.server.conftest import FACET, dataset, made_of, run_id

pytestmark = pytest.mark.acceptance

SECONDS = int(os.environ.get("CLEW_SOAK_SECONDS", "0"))
AGAIN = ["--phases", "coverage,fuzzing", "--max-examples", "3", "--generation-deterministic"]
ALL = [
    "--phases",
    "examples,coverage,fuzzing,stateful",
    "--max-examples",
    "100000",
    "--max-time",
    str(SECONDS),
    "--seed",
    "1",
    "--generation-database",
    "none",
]
CHECKS = "not_a_server_error,response_schema_conformance"
THERE = {
    "namespace": ["ns", "db"],
    "dataset": ["in", "out"],
    "field": ["a"],
    "job": ["job"],
    "run": [run_id("1"), run_id("2")],
    "runId": [run_id("1")],
    "tag": ["PII"],
    "source": ["default"],
    "nodeId": ["job:ns:job", "dataset:db:out", "datasetField:db:out:a"],
}


def fill(seam: HttpSeam) -> None:
    source, made = dataset("in", columns=("a",)), dataset("out", columns=("a",), columnLineage=made_of("in", a="a"))
    for number, kinds in (("1", ("START", "COMPLETE")), ("2", ("START", "FAIL"))):
        for kind in kinds:
            event = {
                "eventType": kind, "eventTime": "2026-03-02T06:00:00Z", "producer": "https://example.com", "run": {"runId": run_id(number)},
                "job": {"namespace": "ns", "name": "job", "facets": {"sql": {**FACET, "query": "select 1"}}},
                "inputs": [source], "outputs": [made],
            }  # fmt: skip
            assert seam.call("POST", "/api/v1/lineage", json.dumps(event).encode()).status == 201


def about_what_is_there(described: dict) -> dict:
    for operation in (o for path in described["paths"].values() for o in path.values()):
        for parameter in operation["parameters"]:
            if parameter["name"] in THERE:
                parameter["schema"] = {"anyOf": [{"type": "string", "enum": THERE[parameter["name"]]}, {"type": "string"}]}
    return described


def test_nothing_that_is_asked_makes_it_fail(tmp_path):
    with server(tmp_path) as url:
        seam = HttpSeam(url)
        fill(seam)
        described = tmp_path / "openapi.json"
        described.write_text(json.dumps(about_what_is_there(json.loads(seam.call("GET", "/api/v1/openapi.json").body))))
        command = [
            Path(sys.executable).with_name("schemathesis"), "run", described, "--url", url, "--checks", CHECKS,
            *(ALL if SECONDS else AGAIN), "--no-color",
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS + 300, check=False, cwd=tmp_path)
        assert done.returncode == 0, done.stdout[-50_000:]
        assert f"Tested: {len(ROUTES)}" in done.stdout
