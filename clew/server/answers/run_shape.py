"""How a run looks in every answer that shows one. Many runs cost as many queries as one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import msgspec

from clew.server.answers.shapes import ids, records
from clew.server.store.packing import unpacked
from clew.server.times import iso

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clew.server.store import Row, Session

Subject = Literal["RUN", "JOB"]
_Version = tuple[int, int]
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
    said = _said(db, runs) if dataset_facets else {}
    read, written = db.all("versions.inputs_of_runs", runs=runs), db.all("versions.outputs_of_runs", runs=runs)
    # Runs of a job read and write the same datasets: their names are looked up once, not with each version.
    names = {r["id"]: r for r in db.all("datasets.names", datasets=ids({v["dataset_id"] for v in (*read, *written)}))}
    inputs, outputs = _versions(read, names, said.get("INPUT", {})), _versions(written, names, said.get("OUTPUT", {}))
    shown: dict[int, dict[str, msgspec.Raw]] = {}
    for run, name, json in db.all("runs.facets_of_runs", runs=runs, subject=subject):
        shown.setdefault(run, {})[name] = msgspec.Raw(unpacked(json))
    return [
        {
            **_head(r),
            "inputDatasetVersions": inputs.get(r["id"], ()),
            "outputDatasetVersions": outputs.get(r["id"], ()),
            "facets": shown.get(r["id"], {}),
        }
        for r in records(rows)
    ]


class _Id(msgspec.Struct):
    namespace: str
    name: str


class _Shown(msgspec.Struct):
    id: _Id = msgspec.field(name="datasetVersionId")


def versions_of(run: Mapping[str, Any], key: Literal["input", "output"]) -> list[_Shown]:
    """Read which dataset versions a run that is shown has read or written."""
    shown = run[f"{key}DatasetVersions"]
    return msgspec.json.decode(shown, type=list[_Shown]) if shown else []


def _said(db: Session, runs: str) -> dict[str, dict[_Version, dict[str, msgspec.Raw]]]:
    """Return what runs said of the dataset versions that they read (INPUT) and wrote (OUTPUT)."""
    said: dict[str, dict[_Version, dict[str, msgspec.Raw]]] = {}
    for run, version, io, name, json in db.all("runs.dataset_facets", runs=runs):
        said.setdefault(io, {}).setdefault((run, version), {})[name] = msgspec.Raw(unpacked(json))
    return said


def _versions(rows: Sequence[Row], names: Mapping[int, Row], said: Mapping[_Version, dict[str, msgspec.Raw]]) -> dict[int, msgspec.Raw]:
    """Return the dataset versions of each run, with what it said of them.

    Written at once: of a page of jobs these are thousands of small objects, which would be made, encoded and thrown away.
    """
    named = {i: msgspec.json.encode({"namespace": r["namespace"], "name": r["name"]})[:-1] for i, r in names.items()}
    shown: dict[int, list[bytes]] = {}
    for run, version_id, version, dataset in rows:
        facets = said.get((run, version_id))
        shown.setdefault(run, []).append(
            b'{"datasetVersionId":%b,"version":"%b"},"facets":%b}'
            % (named[dataset], version.encode(), msgspec.json.encode(facets) if facets else b"{}")
        )
    return {run: msgspec.Raw(b"[%b]" % b",".join(versions)) for run, versions in shown.items()}


def _head(row: Mapping[str, Any]) -> dict[str, Any]:
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
