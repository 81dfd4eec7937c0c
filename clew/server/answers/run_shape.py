"""How a run looks in every answer that shows one. Many runs cost as many queries as one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import msgspec

from clew.server.answers.shapes import by, facets, ids
from clew.server.times import iso

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clew.server.store import Row, Session

Subject = Literal["RUN", "JOB"]


def run_shape(db: Session, row: Row) -> dict[str, Any]:
    """Return a run as the API shows it; `row` is as the sentences `runs.full…`, `runs.latest` and `runs.page` give it."""
    return run_shapes(db, [row])[0]


def run_shapes(db: Session, rows: Sequence[Row], *, subject: Subject = "RUN", dataset_facets: bool = True) -> list[dict[str, Any]]:
    """Return runs as the API shows them.

    Args:
        db: the session.
        rows: as above.
        subject: whose facets are shown: a job version shows its job's.
        dataset_facets: show what the runs said of the datasets that they read and wrote.
    """
    runs = ids(r["id"] for r in rows)
    read, written = by("run_id", db.all("versions.inputs_of_runs", runs=runs)), by("run_id", db.all("versions.outputs_of_runs", runs=runs))
    shown = by("run_id", db.all("runs.facets_of_runs", runs=runs, subject=subject))
    said = by("run_id", db.all("runs.dataset_facets", runs=runs)) if dataset_facets else {}
    return [
        _head(r)
        | {
            "inputDatasetVersions": _versions(read.get(r["id"], []), "INPUT", said.get(r["id"], [])),
            "outputDatasetVersions": _versions(written.get(r["id"], []), "OUTPUT", said.get(r["id"], [])),
            "facets": facets(shown.get(r["id"], [])),
        }
        for r in rows
    ]


def _head(row: Row) -> dict[str, Any]:
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
    }


def _versions(rows: list[Row], io: str, said: list[Row]) -> list[dict[str, Any]]:
    return [
        {
            "datasetVersionId": {"namespace": r["namespace"], "name": r["name"], "version": r["version"]},
            "facets": facets(s for s in said if (s["version_id"], s["io"]) == (r["id"], io)),
        }
        for r in rows
    ]
