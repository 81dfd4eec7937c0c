"""Jobs and their versions.

Source: marquez/db/JobDao.java, JobVersionDao.java, mappers/JobMapper.java.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from clew.server.answers import namespaces
from clew.server.answers.run_shape import run_shape
from clew.server.answers.shapes import facets, identity
from clew.server.calls import Refusal, Reply
from clew.server.ingest.jobs import RANKS
from clew.server.times import iso

if TYPE_CHECKING:
    from clew.server.calls import Request
    from clew.server.store import Row, Session

_LATEST = 10
"""How many runs a job shows."""


def page(db: Session, request: Request) -> Reply:
    """Answer a page of all jobs, those that changed last first."""
    rows = db.all("jobs.page", states=_states(request), **request.page())
    return Reply(value={"jobs": [in_list(db, r) for r in rows], "totalCount": db.value("jobs.count")})


def page_of_namespace(db: Session, request: Request) -> Reply:
    """Answer a page of the jobs of a namespace, those that changed last first."""
    namespace = request.path["namespace"]
    rows = db.all("jobs.page_of_namespace", namespace=namespace, states=_states(request), **request.page())
    return Reply(value={"jobs": [in_list(db, r) for r in rows], "totalCount": db.value("jobs.count_in_namespace", namespace=namespace)})


def one(db: Session, request: Request) -> Reply:
    """Answer a job with its latest runs and its datasets as they are now."""
    row = found(db, request)
    shape = _shape(db, row, db.all("jobs.version_facets", version_id=row["current_version_id"]))
    _add_runs(db, row, shape)
    edges = db.all("jobs.edges", job_id=row["id"])
    for key, io in (("inputs", "INPUT"), ("outputs", "OUTPUT")):
        shape[key] = [identity(e["namespace"], e["name"]) for e in edges if e["io"] == io] or shape[key]
    return Reply(value=shape)


def versions(db: Session, request: Request) -> Reply:
    """Answer a page of the versions of a job, the newest first."""
    job = found(db, request)
    rows = db.all("jobs.versions", job_id=job["id"], **request.page())
    return Reply(value={"versions": [_version_shape(db, job, r) for r in rows]})


def version(db: Session, request: Request) -> Reply:
    """Answer a version of a job."""
    job = found(db, request)
    row = db.one("jobs.version", job_id=job["id"], version=request.path["version"].lower())
    if row is None:
        raise Refusal(404, f"Job version '{request.path['version']}' not found.")
    return Reply(value=_version_shape(db, job, row))


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
    return _shape(db, row, db.all("jobs.version_facets", version_id=row["current_version_id"]))


def in_list(db: Session, row: Row) -> dict[str, Any]:
    """Return a job as lists show it: with the datasets of its latest run."""
    shape = _shape(db, row, db.all("jobs.facets_of_latest_run", version_id=row["current_version_id"]))
    _add_runs(db, row, shape)
    return shape


def _shape(db: Session, row: Row, facet_rows: list[Row]) -> dict[str, Any]:
    shown = facets(facet_rows)
    return {
        "id": identity(row["namespace"], row["name"]),
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
        "tags": list(dict.fromkeys(r["tag"] for r in db.all("jobs.tags", job_id=row["id"]))),
    }


def _add_runs(db: Session, row: Row, shape: dict[str, Any]) -> None:
    runs = [run_shape(db, r) for r in db.all("runs.latest", job_id=row["id"], limit=_LATEST)]
    if not runs:
        return
    shape["latestRun"], shape["latestRuns"] = runs[0], runs
    for key in ("input", "output"):
        ids = [v["datasetVersionId"] for v in runs[0][f"{key}DatasetVersions"]]
        shape[f"{key}s"] = [identity(i["namespace"], i["name"]) for i in ids]


def _version_shape(db: Session, job: Row, row: Row) -> dict[str, Any]:
    io = db.all("jobs.version_io", version_id=row["id"])
    run = None if row["latest_run_id"] is None else db.one("runs.full_by_id", id=row["latest_run_id"])
    return {
        "id": identity(job["namespace"], job["name"]) | {"version": row["version"]},
        "name": job["name"],
        "createdAt": iso(row["created_at"]),
        "version": row["version"],
        "namespace": job["namespace"],
        "location": row["location"],
        "inputs": [identity(i["namespace"], i["name"]) for i in io if i["io"] == "INPUT"],
        "outputs": [identity(i["namespace"], i["name"]) for i in io if i["io"] == "OUTPUT"],
        "latestRun": None if run is None else run_shape(db, run, subject="JOB", dataset_facets=False),
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
    asked = [s for s in request.query.get("lastRunStates", ()) if s]
    unknown = [s for s in asked if s not in RANKS]
    if unknown:
        raise Refusal(404, f"query param lastRunStates: no such state {unknown[0]!r}; there are {', '.join(sorted(RANKS))}")
    return msgspec.json.encode(asked or list(RANKS)).decode()
