"""Runs and their facets.

Source: marquez/db/RunDao.java, mappers/RunMapper.java.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from clew.server.answers.jobs import found as found_job
from clew.server.answers.run_shape import run_shape, run_shapes
from clew.server.answers.shapes import facets
from clew.server.calls import Refusal, Reply, word

if TYPE_CHECKING:
    from clew.server.calls import Request
    from clew.server.store import Row, Session


def one(db: Session, request: Request) -> Reply:
    """Answer a run."""
    return Reply(value=run_shape(db, found(db, request.path["run"])["id"]))


def page(db: Session, request: Request) -> Reply:
    """Answer a page of the runs of a job, those that started last first."""
    job = found_job(db, request)
    runs = [r["id"] for r in db.all("runs.page", job_id=job["id"], **request.page())]
    return Reply(value={"runs": run_shapes(db, runs), "totalCount": db.value("runs.count", job_id=job["id"])})


def facets_of(db: Session, request: Request) -> Reply:
    """Answer the facets of a run, or of its job as the run told of them."""
    row = found(db, request.path["run"])
    subject = word("type", request.needed("type"), ("RUN", "JOB", "DATASET"))
    rows = db.all("runs.facets", run_id=row["id"], subject=subject)
    return Reply(value={"runId": row["uuid"], "facets": facets(rows)} if rows else None)


def found(db: Session, run: str) -> Row:
    """Return a run.

    Raises:
        Refusal: 404, there is none.
    """
    row = db.one("runs.full", uuid=run.lower())
    if row is None:
        raise Refusal(404, f"Run '{run}' not found.")
    return row
