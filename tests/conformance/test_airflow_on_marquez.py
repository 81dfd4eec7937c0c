"""How Airflow's runs look in a backend's answers: a new version of a job when what runs has changed, and at no other time.

Played into CLEW_CONFORMANCE_URL, a real Marquez, where that is set, else into the embedded backend.
"""

from __future__ import annotations

import os
import uuid
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from clew.code import locate
from clew.marquez import HttpSeam, Marquez
from clew.server.seam import InProcessSeam
from clew.server.store import Store
from clew_airflow.complete import completed
from clew_airflow.masking import Masker, masked
from tests.unit.shaping._events import Memory

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from clew.events import Json

MASKER = Masker(text=str, is_secret_name=lambda name: name == "password")
BUCKET = {"uri": "s3://b/k"}
PROVIDER = {"_producer": "https://example.org", "_schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunFacet"}


@pytest.fixture(scope="module")
def marquez(tmp_path_factory) -> Iterator[Marquez]:
    url = os.environ.get("CLEW_CONFORMANCE_URL")
    if url:
        yield Marquez(HttpSeam(url))
        return
    store = Store(tmp_path_factory.mktemp("store") / "store.db")
    yield Marquez(InProcessSeam(store))
    store.close()


class Dag:
    """A DAG with one task, each run of which is told as the provider tells it."""

    def __init__(self, marquez: Marquez, file: Path) -> None:
        self.marquez, self.file, self.memory, self.runs = marquez, file, Memory(), 0
        self.ns = f"ns-{uuid.uuid4().hex[:12]}"

    def run_without_a_scheduler(self) -> str:
        """Tell the task, and of the DAG the end alone, as `airflow dags test` does; return the id of the DAG's run."""
        self.runs += 1
        dag_run = self._id("etl")
        part_of = {"run": {"runId": dag_run}, "job": {"namespace": self.ns, "name": "etl"}}
        self._told("etl.load", {"airflow": {}, "parent": part_of})
        self._told("etl", {"airflowDagRun": {}, "airflowState": {"dagRunState": "success"}}, kinds=("COMPLETE",))
        return dag_run

    def run(
        self, *, code: str = "one", commit: str = "c1", dag_version: int = 1, writes: tuple[Json, ...] = (BUCKET,), **handed_over: Any
    ) -> str:
        """Run DAG and task once; return the id of the task's run."""
        self.file.write_text(code)
        self.runs += 1
        version = {"dag_version_number": dag_version, "dag_version_id": f"v{dag_version}", "dag_bundle_version": commit}
        dag, dag_run = {"fileloc": str(self.file)}, {"run_type": "manual", **version}
        self._told("etl", {"airflowDagRun": {"dag": dag, "dagRun": dag_run}})
        instance = {"try_number": 1, "dag_bundle_version": commit}
        told = {
            "airflow": {"dag": dag, "dagRun": dag_run, "taskInstance": instance, "task": {}},
            "clew": {"outputs": writes, **handed_over},
        }
        return self._told("etl.load", told)

    def shown(self, run_id: str) -> Json:
        return self._get("jobs", "runs", run_id)

    def versions(self, job: str) -> int:
        return len(self._get("namespaces", self.ns, "jobs", job, "versions")["versions"])

    def facets(self, run_id: str) -> Json:
        return self._get("jobs", "runs", run_id, "facets", type="run")["facets"]

    def dataset(self, namespace: str, name: str) -> Json:
        return self._get("namespaces", namespace, "datasets", name)

    def _id(self, job: str) -> str:
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{self.ns}/{job}/{self.runs}"))

    def _told(self, job: str, run_facets: Json, kinds: tuple[str, ...] = ("START", "COMPLETE")) -> str:
        run_id = self._id(job)
        for second, kind in enumerate(kinds, start=3 - len(kinds)):
            event = {
                "eventType": kind,
                "eventTime": f"2026-01-01T{self.runs:02}:00:{second:02}Z",
                "run": {"runId": run_id, "facets": {name: {**PROVIDER, **facet} for name, facet in run_facets.items()}},
                "job": {"namespace": self.ns, "name": job, "facets": {}},
                "producer": "https://example.org",
                "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
            }
            for shaped in self.memory.shape(masked(completed(event, locate), MASKER)):
                self.marquez.send(msgspec.json.encode(shaped))
        return run_id

    def _get(self, *path: str, **query: Any) -> Any:
        return self.marquez.get(*path, **query)


@pytest.fixture
def dag(marquez, tmp_path) -> Dag:
    return Dag(marquez, tmp_path / "etl.py")


def test_a_new_run_is_no_new_version(dag):
    dag.run()
    dag.run()
    assert (dag.versions("etl"), dag.versions("etl.load")) == (1, 1)


def test_new_parameters_are_no_new_version(dag):
    dag.run(params={"day": "mon"}, arguments={"op_kwargs.limit": 1})
    dag.run(params={"day": "tue"}, arguments={"op_kwargs.limit": 2})
    assert dag.versions("etl.load") == 1


def test_changed_code_is_a_new_version_of_the_dag_and_its_tasks(dag):
    dag.run(code="one", dag_version=1)
    dag.run(code="two", dag_version=2)
    assert (dag.versions("etl"), dag.versions("etl.load")) == (2, 2)


def test_a_commit_that_leaves_the_file_alone_is_no_new_version(dag):
    dag.run(commit="c1")
    dag.run(commit="c2")
    assert (dag.versions("etl"), dag.versions("etl.load")) == (1, 1)


def test_a_new_version_of_a_dag_whose_file_stays_is_one_of_the_dag_alone(dag):
    dag.run(dag_version=1)
    dag.run(dag_version=2)
    assert (dag.versions("etl"), dag.versions("etl.load")) == (2, 1)


def test_another_image_is_a_new_version_and_the_same_one_is_not(dag):
    for image in ({"image": "load:1"}, {"image": "load:1"}, {"image": "load:2"}, {"image": "load:2", "digest": "sha256:a"}):
        dag.run(**image)
    assert dag.versions("etl.load") == 3


def test_another_asset_is_a_new_version(dag):
    dag.run(writes=(BUCKET,))
    dag.run(writes=(BUCKET, {"uri": "s3://b/l"}))
    assert dag.versions("etl.load") == 2


def test_a_run_shows_its_parameters_versions_and_airflows_own_words(dag):
    run = dag.run(params={"day": "mon", "password": "x"}, told={"state": "skipped", "pool": "small"}, image="load:1")
    facets = dag.facets(run)
    assert {p["key"]: p["value"] for p in facets["executionParameters"]["parameters"]} == {"day": "mon", "password": "***"}
    assert {t["key"]: t["value"] for t in facets["tags"]["tags"]}.items() >= {"dag_version": "1", "image": "load:1"}.items()
    assert {"state": "skipped", "pool": "small", "run_type": "manual"}.items() <= facets["clew_airflow"].items()


def test_a_dataset_shows_what_airflow_says_of_the_asset(dag):
    bucket = f"b-{uuid.uuid4().hex[:8]}"
    asset = {"uri": f"s3://{bucket}/k", "group": "books", "extra": {"team": "till"}}
    dag.run(writes=(asset,))
    told = dag.dataset(f"s3://{bucket}", "k")["facets"]["clew_asset"]
    assert (told["group"], told["extra"]) == ("books", {"team": "till"})


def test_a_dag_run_without_a_scheduler_begins_with_its_first_task_and_ends(dag):
    run = dag.shown(dag.run_without_a_scheduler())
    assert run["state"] == "COMPLETED"
    assert run["startedAt"].startswith("2026-01-01T01:00:01")
    assert run["endedAt"].startswith("2026-01-01T01:00:02")
