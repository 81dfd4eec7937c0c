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
_Said = tuple[int, int, str]
"""A run, and a dataset version that it read or wrote."""


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
    inputs, outputs = db.all("versions.inputs_of_runs", runs=runs), db.all("versions.outputs_of_runs", runs=runs)
    # Runs of a job read and write the same datasets: their names are looked up once, not with each version.
    names = {r["id"]: r for r in db.all("datasets.names", datasets=ids({v["dataset_id"] for v in (*inputs, *outputs)}))}
    read, written = by("run_id", inputs), by("run_id", outputs)
    shown = by("run_id", db.all("runs.facets_of_runs", runs=runs, subject=subject))
    said: dict[_Said, list[Row]] = {}
    for row in db.all("runs.dataset_facets", runs=runs) if dataset_facets else ():
        said.setdefault((row["run_id"], row["version_id"], row["io"]), []).append(row)
    return [
        {
            **_head(r),
            "inputDatasetVersions": [
                _version(v, names[v["dataset_id"]], said.get((r["id"], v["id"], "INPUT"), ())) for v in read.get(r["id"], ())
            ],
            "outputDatasetVersions": [
                _version(v, names[v["dataset_id"]], said.get((r["id"], v["id"], "OUTPUT"), ())) for v in written.get(r["id"], ())
            ],
            "facets": facets(shown.get(r["id"], ())),
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


def _version(row: Row, dataset: Row, said: Sequence[Row]) -> dict[str, Any]:
    return {
        "datasetVersionId": {"namespace": dataset["namespace"], "name": dataset["name"], "version": row["version"]},
        "facets": facets(said) if said else {},
    }
