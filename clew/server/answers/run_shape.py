"""How a run looks in every answer that shows one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import msgspec

from clew.server.answers.shapes import facets
from clew.server.times import iso

if TYPE_CHECKING:
    from clew.server.store import Row, Session


def run_shape(db: Session, row: Row, *, subject: Literal["RUN", "JOB"] = "RUN", dataset_facets: bool = True) -> dict[str, Any]:
    """Return a run as the API shows it.

    Args:
        db: the session.
        row: as the sentences `runs.full…`, `runs.latest` and `runs.page` give it.
        subject: whose facets are shown: a job version shows its job's.
        dataset_facets: show what the run said of the datasets that it read and wrote.
    """
    run_id = row["id"]
    said = _said(db, run_id) if dataset_facets else {}
    started, ended = row["started_at"], row["ended_at"]
    version = {"namespace": row["namespace"], "name": row["job_name"], "version": row["job_version"]}
    return {
        "id": row["uuid"],
        "createdAt": iso(row["created_at"]),
        "updatedAt": iso(row["updated_at"]),
        "nominalStartTime": iso(row["nominal_start"]),
        "nominalEndTime": iso(row["nominal_end"]),
        "state": row["state"],
        "startedAt": iso(started),
        "endedAt": iso(ended),
        "durationMs": None if started is None or ended is None else (ended - started) // 1000,
        "args": msgspec.Raw(row["args"].encode()),
        "jobVersion": version if row["job_version"] else None,
        "inputDatasetVersions": _versions(db.all("versions.inputs_of_run", run_id=run_id), "INPUT", said),
        "outputDatasetVersions": _versions(db.all("versions.outputs_of_run", run_id=run_id), "OUTPUT", said),
        "facets": facets(db.all("runs.facets", run_id=run_id, subject=subject)),
    }


_Said = dict[tuple[int, str], dict[str, msgspec.Raw]]


def _said(db: Session, run_id: int) -> _Said:
    said: _Said = {}
    for row in db.all("runs.dataset_facets", run_id=run_id):
        said.setdefault((row["version_id"], row["io"]), {})[row["name"]] = msgspec.Raw(row["json"])
    return said


def _versions(rows: list[Row], io: str, said: _Said) -> list[dict[str, Any]]:
    return [
        {
            "datasetVersionId": {"namespace": r["namespace"], "name": r["name"], "version": r["version"]},
            "facets": said.get((r["id"], io), {}),
        }
        for r in rows
    ]
