"""The published clients work: every call of marquez-python, and OpenLineage's own over HTTP, packed and plain, that waits and that does not."""

from __future__ import annotations

import datetime as dt
import json
import logging
from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, uuid5

import pytest
from marquez_client import MarquezClient
from marquez_client.errors import APIError
from marquez_client.models import DatasetId, DatasetType, JobType
from openlineage.client import OpenLineageClient
from openlineage.client.event_v2 import InputDataset, Job, OutputDataset, Run, RunEvent, RunState

from clew.marquez import HttpSeam, Marquez
from tests.acceptance.test_edge import server
from tests.unit.server.conftest import run_id

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.acceptance, pytest.mark.filterwarnings("ignore::DeprecationWarning")]


@pytest.fixture(scope="module")
def url(tmp_path_factory) -> Iterator[str]:
    with server(tmp_path_factory.mktemp("server")) as found:
        yield found


@pytest.fixture(scope="module")
def client(url) -> MarquezClient:
    """Return a client of a backend with a namespace, a source, two datasets, a job and tags."""
    logging.getLogger("marquez_client").setLevel(logging.CRITICAL)
    client = MarquezClient(url)
    client.create_namespace("ns", "me", "where we work")
    client.create_source("shop", "POSTGRESQL", "jdbc:postgresql://localhost:5432/shop", "the shop")
    client.create_tag("PII", "personal")
    client.create_tag("MINE")
    fields = [{"name": "id", "type": "INTEGER", "tags": ["PII"], "description": "a number"}, {"name": "name", "type": "VARCHAR"}]
    for name in ("read", "written"):
        client.create_dataset("ns", name, DatasetType.DB_TABLE, f"public.{name}", "shop", fields=fields, tags=["MINE"], description="rows")
    client.create_job(
        "ns", "job", JobType.BATCH, location="https://example.com/repo", inputs=[DatasetId("ns", "read")],
        outputs=[DatasetId("ns", "written")], description="moves rows",
    )  # fmt: skip
    return client


def test_namespaces(client):
    assert client.get_namespace("ns")["ownerName"] == "me"
    assert "ns" in [n["name"] for n in client.list_namespaces()["namespaces"]]
    assert len(client.list_namespaces(limit=1, offset=1)["namespaces"]) == 1


def test_sources(client):
    assert client.get_source("shop")["type"] == "POSTGRESQL"
    assert "shop" in [s["name"] for s in client.list_sources(limit=10, offset=0)["sources"]]


def test_datasets_and_their_versions(client):
    assert client.get_dataset("ns", "read")["physicalName"] == "public.read"
    assert [d["name"] for d in client.list_datasets("ns", limit=10, offset=0)["datasets"]] == ["read", "written"]
    (version,) = client.list_dataset_versions("ns", "read")["versions"]
    assert client.get_dataset_version("ns", "read", version["version"])["fields"][0]["name"] == "id"


def test_tags(client):
    assert client.tag_dataset("ns", "read", "PII")["tags"] == ["MINE", "PII"]
    assert client.tag_dataset_field("ns", "read", "name", "PII")["fields"][1]["tags"] == ["PII"]
    assert {"PII", "MINE"} <= {t["name"] for t in client.list_tags(limit=50, offset=0)["tags"]}


def test_jobs(client):
    assert client.get_job("ns", "job")["description"] == "moves rows"
    assert [j["name"] for j in client.list_jobs("ns", limit=10, offset=0)["jobs"]] == ["job"]


@pytest.mark.parametrize(
    ("number", "mark", "state"),
    [("1", "completed", "COMPLETED"), ("2", "failed", "FAILED"), ("3", "aborted", "ABORTED")],
)
def test_the_life_of_a_run(client, number, mark, state):
    created = client.create_job_run(
        "ns", "job", run_id=run_id(number), nominal_start_time="2026-03-02T06:00:00Z", nominal_end_time="2026-03-02T07:00:00Z",
        run_args={"day": "monday"}, mark_as_running=False,
    )  # fmt: skip
    assert (created["state"], created["args"]) == ("NEW", {"day": "monday"})
    client.mark_job_run_as_started(run_id(number), at="2026-03-02T06:00:00Z")
    assert client.get_job_run(run_id(number))["state"] == "RUNNING"
    getattr(client, f"mark_job_run_as_{mark}")(run_id(number), at="2026-03-02T06:01:00Z")
    run = client.get_job_run(run_id(number))
    assert (run["state"], run["durationMs"]) == (state, 60_000)
    assert run_id(number) in [r["id"] for r in client.list_job_runs("ns", "job", limit=10, offset=0)["runs"]]


def test_a_run_that_starts_at_once(client):
    assert client.create_job_run("ns", "job", mark_as_running=True)["state"] in {"NEW", "RUNNING"}


def test_a_dataset_that_a_run_writes(client):
    client.create_job_run("ns", "job", run_id=run_id("9"))
    client.create_dataset("ns", "made", DatasetType.DB_TABLE, "public.made", "shop", run_id=run_id("9"))
    (version,) = client.list_dataset_versions("ns", "made")["versions"]
    assert version["createdByRun"]["id"] == run_id("9")


def test_a_stream(client):
    client.create_dataset("ns", "topic", DatasetType.STREAM, "topic", "shop", schema_location="https://example.com/schema")
    assert client.get_dataset("ns", "topic")["schemaLocation"] == "https://example.com/schema"


def test_what_is_not_there_is_an_error_of_the_client(client):
    with pytest.raises(APIError):
        client.get_job("ns", "nowhere")


def column(dataset: str, *sources: str) -> dict:
    fields = {"a": {"inputFields": [{"namespace": "db", "name": s, "field": "a"} for s in sources]}}
    told = {"schema": {"fields": [{"name": "a", "type": "INT"}]}} | ({"columnLineage": {"fields": fields}} if sources else {})
    facets = {k: {"_producer": "https://example.com", "_schemaURL": "https://example.com", **v} for k, v in told.items()}
    return {"namespace": "db", "name": dataset, "facets": facets}


def test_column_lineage_and_events(client, url):
    event = {
        "eventType": "COMPLETE", "eventTime": "2026-03-02T06:00:00Z", "producer": "https://example.com", "run": {"runId": run_id("50")},
        "job": {"namespace": "cols", "name": "job"}, "inputs": [column("in")], "outputs": [column("out", "in")],
    }  # fmt: skip
    Marquez(HttpSeam(url)).send(json.dumps(event).encode())
    ids = {"datasetField:db:out:a", "datasetField:db:in:a"}
    for found in (
        client.get_column_lineage_by_dataset("db", "out", depth=5),
        client.get_column_lineage_by_dataset_field("db", "out", "a"),
        client.get_column_lineage_by_dataset("db", "in", with_downstream=True),
        client.get_column_lineage_by_job("cols", "job"),
    ):
        assert {n["id"] for n in found["graph"]} == ids
    assert client.list_events(limit=5, offset=0)["events"][0]["job"]["namespace"] == "cols"


@pytest.mark.parametrize("packing", [{}, {"compression": "gzip"}], ids=["plain", "gzip"])
@pytest.mark.parametrize("transport", ["http", "async_http"])
def test_openlineages_client_over_http(url, transport, packing):
    client = OpenLineageClient(config={"transport": {"type": transport, "url": url, **packing}})
    name = f"{transport} {packing}"
    for state in (RunState.START, RunState.COMPLETE):
        client.emit(
            RunEvent(
                eventTime=dt.datetime.now(dt.timezone.utc).isoformat(),
                eventType=state,
                run=Run(runId=str(uuid5(NAMESPACE_URL, name))),
                job=Job(namespace="ol", name=name),
                producer="https://example.com",
                inputs=[InputDataset("db", "a")],
                outputs=[OutputDataset("db", "b")],
            )
        )
    assert client.close()
    assert Marquez(HttpSeam(url)).get("namespaces", "ol", "jobs", name)["latestRun"]["state"] == "COMPLETED"
