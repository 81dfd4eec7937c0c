"""What is old goes; what a job did last, and what that has read, stays, and is told as before."""

from __future__ import annotations

import os
import random

import pytest

from clew.errors import StoreInUse
from clew.server.store import Store
from clew.server.times import instant
from clew.server.upkeep.check import check
from clew.server.upkeep.retain import retain
from tests.unit.server.conftest import Backend, dataset, run_id

END_OF_TIME = instant("2999-01-01T00:00:00Z")
FIVE = instant("2026-03-02T05:00:00Z")
SEEDS = max(12, int(os.environ.get("CLEW_SOAK_ROUNDS", "0")))


class Kept:
    """A store after everything that may go has gone."""

    def __init__(self, backend, before=END_OF_TIME):
        backend.store.close()
        self.retained = retain(backend.store.path, before)
        assert check(backend.store.path).clean
        self.store = Store(backend.store.path)
        self.backend = Backend(self.store)

    def __enter__(self):
        return self.backend

    def __exit__(self, *_):
        self.store.close()

    def runs(self, job="job"):
        return sorted(int(r["id"][-12:]) for r in self.backend.get("namespaces", "ns", "jobs", job, "runs")["runs"])


def whole_run(backend, run, *, hour=6, job="job", ends="COMPLETE", reads=(), writes=(), **more):
    """Let a run start, read, write and end."""
    for kind, minute in (("START", 0), (ends, 10)):
        backend.run(
            kind,
            f"{hour:02}:{minute:02}",
            run=str(run),
            job=job,
            inputs=tuple(map(dataset, reads)),
            outputs=tuple(map(dataset, writes)),
            **more,
        )


def versions(found):
    return {(v["datasetVersionId"]["version"], v["datasetVersionId"]["name"]) for v in found}


def test_the_last_success_the_last_failure_and_the_latest_run_of_a_job_stay(backend):
    for run, ends in enumerate(("COMPLETE", "FAIL", "COMPLETE", "FAIL", "COMPLETE", "ABORT"), 1):
        whole_run(backend, run, hour=run, ends=ends)
    kept = Kept(backend)
    with kept:
        assert kept.runs() == [4, 5, 6]
    assert (kept.retained.dropped, kept.retained.runs, kept.retained.runs_kept) == (6, 6, 3)


def test_what_is_young_stays(backend):
    for run in (1, 2, 3):
        whole_run(backend, run, hour=run)
    kept = Kept(backend, instant("2026-03-02T02:05:00Z"))
    with kept:
        assert kept.runs() == [2, 3]


def test_the_run_that_wrote_what_a_kept_one_has_read_stays(backend):
    whole_run(backend, 1, hour=1, job="writer", writes=["table"])
    whole_run(backend, 2, hour=2, job="reader", reads=["table"])
    whole_run(backend, 3, hour=3, job="writer", writes=["table"])
    whole_run(backend, 4, hour=4, job="writer", writes=["table"])
    before = backend.a_run("2")["inputDatasetVersions"], backend.dataset("table")["currentVersion"]
    kept = Kept(backend)
    with kept as there:
        assert kept.runs("writer") == [1, 4]
        assert (there.a_run("2")["inputDatasetVersions"], there.dataset("table")["currentVersion"]) == before


def test_the_parent_of_a_kept_run_stays(backend):
    whole_run(backend, 10, hour=1, job="dag")
    whole_run(backend, 1, hour=1, job="task", parent=("dag", "10"))
    for run in (11, 12):
        whole_run(backend, run, hour=run, job="dag")
    kept = Kept(backend)
    with kept:
        assert kept.runs("dag") == [10, 12]


def test_edges_stay_that_come_from_an_older_run_than_the_last(backend):
    whole_run(backend, 1, hour=1, reads=["raw"], writes=["made"])
    whole_run(backend, 2, hour=2)
    with Kept(backend) as there:
        assert [d["name"] for d in there.job()["inputs"]] == ["raw"]


def test_changes_stay_with_what_they_were_made_to(backend):
    whole_run(backend, 1, hour=1, writes=["table"])
    assert backend.call("POST", "/api/v1/namespaces/db/datasets/table/tags/PII")[0] == 200
    assert backend.call("POST", "/api/v1/namespaces/ns/jobs/job/tags/NIGHTLY")[0] == 200
    for run in (2, 3):
        whole_run(backend, run, hour=run, writes=["table"])
    with Kept(backend) as there:
        assert there.dataset("table")["tags"] == ["PII"]
        assert there.job()["tags"] == ["NIGHTLY"]


def test_what_was_deleted_and_came_back_is_there(backend):
    whole_run(backend, 1, hour=1, job="reader", reads=["table"])
    assert backend.call("DELETE", "/api/v1/namespaces/db/datasets/table")[0] == 200
    whole_run(backend, 2, hour=2, job="other", reads=["table"])
    whole_run(backend, 3, hour=3, job="other")
    with Kept(backend) as there:
        assert there.dataset("table")["name"] == "table"


def test_runs_that_the_api_made_go_with_all_that_was_done_to_them(backend):
    whole_run(backend, 1, hour=1)
    made = [backend.call("POST", "/api/v1/namespaces/ns/jobs/job/runs", {})[1]["id"] for _ in range(3)]
    for run in made:
        backend.call("POST", f"/api/v1/jobs/runs/{run}/complete")
    with Kept(backend) as there:
        assert {r["id"] for r in there.get("namespaces", "ns", "jobs", "job", "runs")["runs"]} & set(made) == {made[-1]}


def test_of_older_events_without_a_run_the_last_one_of_each_thing_stays(backend):
    for edition in ("first", "second"):
        backend.send({
            "eventTime": "2026-03-02T06:00:00Z", "producer": "p", "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/DatasetEvent",
            "dataset": dataset("table", documentation={"description": edition}),
        })  # fmt: skip
    kept = Kept(backend)
    with kept as there:
        assert there.dataset("table")["description"] == "second"
    assert (kept.retained.entries, kept.retained.dropped) == (2, 1)


def test_a_dry_run_tells_the_same_and_leaves_everything(backend):
    for run in (1, 2, 3):
        whole_run(backend, run, hour=run)
    found = retain(backend.store.path, END_OF_TIME, dry_run=True)
    assert (found.dropped, found.rebuilt) == (4, None)
    assert len(backend.get("namespaces", "ns", "jobs", "job", "runs")["runs"]) == 3


def test_where_nothing_is_old_nothing_is_done(backend):
    whole_run(backend, 1)
    backend.store.close()
    assert retain(backend.store.path, 0).rebuilt is None


def test_a_store_that_a_server_has_open_is_left_alone(backend):
    with pytest.raises(StoreInUse):
        retain(backend.store.path, END_OF_TIME)


@pytest.mark.parametrize("seed", range(SEEDS))
def test_no_kept_run_is_told_to_have_read_what_it_did_not(backend, seed):
    count = runs_side_by_side(backend, random.Random(seed))
    before = {n: backend.a_run(str(n)) for n in range(1, count + 1)}
    written = {version for run in before.values() for version in versions(run["outputDatasetVersions"])}
    gone = 0
    with Kept(backend, FIVE) as there:
        for number, was in before.items():
            status, now = there.call("GET", f"/api/v1/jobs/runs/{run_id(str(number))}")
            gone += status == 404
            if status == 404:
                continue
            assert (now["state"], now["startedAt"], now["endedAt"]) == (was["state"], was["startedAt"], was["endedAt"])
            # An old run may be shown to have read its own version, as the first run ever is.
            own = set() if instant(was["updatedAt"]) >= FIVE else versions(was["outputDatasetVersions"])
            assert (versions(now["inputDatasetVersions"]) & written) - own <= versions(was["inputDatasetVersions"])
    assert gone


def runs_side_by_side(backend, chance):
    """Let runs of five jobs start and end in any order; return how many there were."""
    tables, running, count = [f"t{n}" for n in range(4)], {}, 0
    for minute in range(0, 700, 10):
        at = f"{minute // 60:02}:{minute % 60:02}"
        if running and chance.random() < 0.5:
            run = chance.choice(list(running))
            ends = chance.choice(("COMPLETE", "COMPLETE", "FAIL", "ABORT"))
        else:
            run, ends = (count := count + 1), "START"
            running[run] = {
                "job": f"job{chance.randrange(5)}",
                "inputs": tuple(map(dataset, chance.sample(tables, chance.randrange(3)))),
                "outputs": tuple(map(dataset, chance.sample(tables, chance.randrange(2)))),
            }
        backend.run(ends, at, run=str(run), **(running[run] if ends == "START" else running.pop(run)))
    return count
