"""Search for jobs and datasets by a part of their names.

Source: marquez/api/SearchResource.java, marquez/db/SearchDao.java; marquez/service/SearchService.java for `hits`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from clew.server.answers.shapes import facets
from clew.server.calls import Refusal, Reply
from clew.server.times import instant, iso

if TYPE_CHECKING:
    from collections.abc import Callable

    from clew.server.calls import Request
    from clew.server.store import Row, Session

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_HITS = 10
_TYPES = {"NEW": None, "RUNNING": "START", "COMPLETED": "COMPLETE", "FAILED": "FAIL", "ABORTED": "ABORT"}
"""The event that brings a run into a state."""
_SORTS = ("NAME", "UPDATE_AT")


def results(db: Session, request: Request) -> Reply:
    """Answer what has the text in its name, whatever the case."""
    rows = db.all(
        "search.by_name",
        query=_query(request),
        type=request.one_of("filter", ("JOB", "DATASET"), "JOB") if request.text("filter") else None,
        by_update=request.one_of("sort", _SORTS, "NAME") == "UPDATE_AT",
        limit=request.count("limit", 10),
        namespace=request.text("namespace"),
        before=_day(request, "before"),
        after=_day(request, "after"),
    )
    return Reply(value={"totalCount": len(rows), "results": [_shape(r) for r in rows]})


def jobs(db: Session, request: Request) -> Reply:
    """Answer jobs as a Marquez with a search engine does: each with facets of its latest run. Names alone are searched."""
    return _hits(db, request, "JOB", _job_hit)


def datasets(db: Session, request: Request) -> Reply:
    """Answer datasets as a Marquez with a search engine does: each with its facets. Names alone are searched."""
    return _hits(db, request, "DATASET", _dataset_hit)


def _hits(db: Session, request: Request, kind: str, hit: Callable[[Session, Row], dict[str, Any]]) -> Reply:
    query = _query(request)
    rows = db.all("search.by_name", query=query, type=kind, by_update=False, limit=_HITS, namespace=None, before=None, after=None)
    return Reply(value={"hits": [hit(db, r) for r in rows], "highlights": [{"name": [_marked(r["name"], query)]} for r in rows]})


def _job_hit(db: Session, found: Row) -> dict[str, Any]:
    job = db.needed("jobs.full", namespace=found["namespace"], name=found["name"])
    run = db.one("runs.last", job_id=job["id"])
    about, of_run = (db.all("runs.facets", run_id=run["id"] if run else None, subject=s) for s in ("JOB", "RUN"))
    told = {"type": job["type"], "facets": facets(about), "runFacets": facets(of_run)}
    return _head(found, run["uuid"] if run else None, _TYPES.get(run["state"] if run else "")) | told


def _dataset_hit(db: Session, found: Row) -> dict[str, Any]:
    dataset = db.needed("datasets.full", namespace=found["namespace"], name=found["name"])
    return _head(found, None, None) | {"facets": facets(db.all("versions.facets", version_id=dataset["current_version_id"]))}


def _head(found: Row, run: str | None, event_type: str | None) -> dict[str, Any]:
    return {"run_id": run, "eventType": event_type, "name": found["name"], "namespace": found["namespace"]}


def _marked(name: str, query: str) -> str:
    return re.sub(re.escape(query), r"<em>\g<0></em>", name, flags=re.IGNORECASE)


def _query(request: Request) -> str:
    query = request.text("q") or ""
    if not query.strip():
        raise Refusal(400, "query param q must not be blank", errors=("query param q must not be blank",))
    return query


def _shape(row: Row) -> dict[str, Any]:
    return {
        "type": row["type"],
        "name": row["name"],
        "updatedAt": iso(row["updated_at"]),
        "namespace": row["namespace"],
        "nodeId": f"{row['type'].lower()}:{row['namespace']}:{row['name']}",
    }


def _day(request: Request, name: str) -> int | None:
    text = request.text(name)
    if text is None:
        return None
    if not _DATE.fullmatch(text):
        message = f'query param {name} must match "^\\d{{4}}-\\d{{2}}-\\d{{2}}$"'
        raise Refusal(400, message, errors=(message,))
    try:
        return instant(f"{text}T00:00Z")
    except ValueError as error:
        raise Refusal(400, f"query param {name}: {error}") from None
