"""Jobs and their versions.

Source: marquez/db/JobDao.java, JobVersionDao.java, mappers/JobMapper.java.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

import msgspec

from clew.server.answers import namespaces
from clew.server.answers.run_shape import datasets_of, run_shapes
from clew.server.answers.shapes import Identity, VersionIdentity, by, facets, ids
from clew.server.calls import Refusal, Reply, word
from clew.server.ingest.jobs import RANKS
from clew.server.times import iso

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clew.server.calls import Request
    from clew.server.store import Row, Session

_LATEST = 10
"""How many runs a job shows."""


def page(db: Session, request: Request) -> Reply:
    """Answer a page of all jobs, those that changed last first."""
    rows = db.all("jobs.page", states=_states(request), **request.page())
    return Reply(value={"jobs": _list(db, rows), "totalCount": db.value("jobs.count")})


def page_of_namespace(db: Session, request: Request) -> Reply:
    """Answer a page of the jobs of a namespace, those that changed last first."""
    namespace = request.path["namespace"]
    rows = db.all("jobs.page_of_namespace", namespace=namespace, states=_states(request), **request.page())
    return Reply(value={"jobs": _list(db, rows), "totalCount": db.value("jobs.count_in_namespace", namespace=namespace)})


def one(db: Session, request: Request) -> Reply:
    """Answer a job with its latest runs and its datasets as they are now."""
    row = found(db, request)
    shape = bare(db, row)
    _add_runs(shape, run_shapes(db, _latest(db, [row["id"]])[row["id"]]))
    edges = db.all("jobs.edges", job_id=row["id"])
    for key, io in (("inputs", "INPUT"), ("outputs", "OUTPUT")):
        shape[key] = [Identity(e["namespace"], e["name"]) for e in edges if e["io"] == io] or shape[key]
    return Reply(value=shape)


def versions(db: Session, request: Request) -> Reply:
    """Answer a page of the versions of a job, the newest first."""
    job = found(db, request)
    rows = db.all("jobs.versions", job_id=job["id"], **request.page())
    return Reply(value={"versions": _version_shapes(db, job, rows)})


def version(db: Session, request: Request) -> Reply:
    """Answer a version of a job."""
    job = found(db, request)
    row = db.one("jobs.version", job_id=job["id"], version=request.path["version"].lower())
    if row is None:
        raise Refusal(404, f"Job version '{request.path['version']}' not found.")
    return Reply(value=_version_shapes(db, job, [row])[0])


def found(db: Session, request: Request) -> Row:
    """Return the job of the request's path.

    Raises:
        Refusal: 404, there is none, or its namespace is not there.
    """
    namespaces.found(db, request)
    row = db.one("jobs.full", namespace=request.path["namespace"], name=request.path["job"])
    if row is None:
        raise Refusal(404, f"Job '{request.path['job']}' not found.")
    return row


def bare(db: Session, row: Row) -> dict[str, Any]:
    """Return a job without its runs, which is what changing one answers."""
    return _shape(row, db.all("jobs.version_facets", version_id=row["current_version_id"]), db.all("jobs.tags", jobs=ids([row["id"]])))


def _list(db: Session, rows: list[Row]) -> list[dict[str, Any]]:
    """Return jobs as lists show them: with the datasets of their latest runs."""
    latest = _latest(db, [row["id"] for row in rows])
    shown = iter(run_shapes(db, [run for runs in latest.values() for run in runs]))
    versions = ids(r["current_version_id"] for r in rows if r["current_version_id"] is not None)
    told = by("version_id", db.all("jobs.facets_of_latest_runs", versions=versions))
    tags = by("job_id", db.all("jobs.tags", jobs=ids(latest)))
    shapes = [_shape(row, told.get(row["current_version_id"], []), tags.get(row["id"], [])) for row in rows]
    for row, shape in zip(rows, shapes, strict=True):
        _add_runs(shape, list(islice(shown, len(latest[row["id"]]))))
    return shapes


def _latest(db: Session, jobs: Sequence[int]) -> dict[int, list[int]]:
    """Return the latest runs of each job, the last one first."""
    return {job: msgspec.json.decode(runs, type=list[int]) for job, runs in db.tuples("runs.latest", jobs=ids(jobs), limit=_LATEST)}


def _shape(row: Row, facet_rows: list[Row], tags: list[Row]) -> dict[str, Any]:
    shown = facets(facet_rows)
    return {
        "id": Identity(row["namespace"], row["name"]),
        "type": row["type"],
        "name": row["name"],
        "simpleName": row["simple_name"],
        "parentJobName": row["parent_name"],
        "parentJobUuid": row["parent_uuid"],
        "createdAt": iso(row["created_at"]),
        "updatedAt": iso(row["updated_at"]),
        "namespace": row["namespace"],
        "inputs": msgspec.Raw(row["current_inputs"].encode()),
        "outputs": [],
        "location": row["location"],
        "description": row["description"],
        "latestRun": None,
        "latestRuns": None,
        "facets": shown,
        "currentVersion": row["current_version"],
        "labels": _labels(shown.get("jobType")),
        "tags": list(dict.fromkeys(r["tag"] for r in tags)),
    }


def _add_runs(shape: dict[str, Any], runs: list[msgspec.Raw]) -> None:
    if not runs:
        return
    shape["latestRun"], shape["latestRuns"] = runs[0], runs
    shape["inputs"], shape["outputs"] = datasets_of(runs[0])


def _version_shapes(db: Session, job: Row, rows: list[Row]) -> list[dict[str, Any]]:
    runs = list({r["latest_run_id"]: None for r in rows if r["latest_run_id"] is not None})
    shown = dict(zip(runs, run_shapes(db, runs, subject="JOB"), strict=True))
    return [_version_shape(job, r, db.all("jobs.version_io", version_id=r["id"]), shown.get(r["latest_run_id"])) for r in rows]


def _version_shape(job: Row, row: Row, io: list[Row], run: msgspec.Raw | None) -> dict[str, Any]:
    return {
        "id": VersionIdentity(job["namespace"], job["name"], row["version"]),
        "name": job["name"],
        "createdAt": iso(row["created_at"]),
        "version": row["version"],
        "namespace": job["namespace"],
        "location": row["location"],
        "inputs": [Identity(i["namespace"], i["name"]) for i in io if i["io"] == "INPUT"],
        "outputs": [Identity(i["namespace"], i["name"]) for i in io if i["io"] == "OUTPUT"],
        "latestRun": run,
    }


def _labels(job_type: msgspec.Raw | None) -> list[str]:
    if job_type is None:
        return []
    try:
        found = msgspec.json.decode(job_type, type=dict[str, Any])
    except msgspec.DecodeError:
        return []
    return [str(found[k]) for k in ("jobType", "integration") if found.get(k) is not None]


def _states(request: Request) -> str:
    """Return the states that are asked for: all of them where the query says nothing, none where it says so in nothing."""
    asked = request.query.get("lastRunStates", tuple(RANKS))
    return msgspec.json.encode([word("lastRunStates", s, (*RANKS, "OTHER")) for s in asked if s]).decode()
