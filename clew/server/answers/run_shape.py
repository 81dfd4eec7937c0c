"""How a run looks in every answer that shows one. Many runs cost as many queries as one.

Runs are written as JSON at once: a page of jobs shows a thousand of them with what they read, wrote and said, and as objects, which
would be made, encoded and thrown away, they cost more than all that is asked of the store.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Literal, TypeVar

import msgspec

from clew.server.answers.shapes import ids
from clew.server.store.packing import unpacked
from clew.server.times import iso

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from clew.server.store import Row, Session

Subject = Literal["RUN", "JOB"]
_Key = TypeVar("_Key")
_decode = msgspec.json.Decoder(list[int]).decode

_RUN = (
    '{"id":"%s","createdAt":%s,"updatedAt":%s,"nominalStartTime":%s,"nominalEndTime":%s,"state":"%s","startedAt":%s,"endedAt":%s,'
    '"durationMs":%s,"args":%s,"jobVersion":%s,"inputDatasetVersions":[%s],"outputDatasetVersions":[%s],"facets":{%s}}'
)
_VERSION = '{"datasetVersionId":%s,"facets":{%s}}'
_IDENTITY = '{"namespace":%s,"name":%s,"version":"%s"}'


def run_shape(db: Session, run_id: int) -> msgspec.Raw:
    """Return a run as the API shows it."""
    return run_shapes(db, [run_id])[0]


def run_shapes(db: Session, run_ids: Sequence[int], *, subject: Subject = "RUN", dataset_facets: bool = True) -> list[msgspec.Raw]:
    """Return runs as the API shows them, in the order of their ids.

    Args:
        db: the session.
        run_ids: which runs; they are there.
        subject: whose facets are shown: a job version shows its job's.
        dataset_facets: show what the runs said of the datasets that they read and wrote.
    """
    runs = ids(run_ids)
    facets = _joined((run, _member(name, json)) for run, name, json in db.all("runs.facets_of_runs", runs=runs, subject=subject))
    rows = db.all("runs.shown", runs=runs)
    read, written = ({r["id"]: _decode(r[key]) for r in rows} for key in ("read", "written"))
    names = _names(db, {version for versions in (*read.values(), *written.values()) for version in versions})
    said = _said(db, runs, names) if dataset_facets else {}
    unsaid = {version: _VERSION % (name, "") for version, name in names.items()}
    inputs = {run: _versions(versions, said.get(("INPUT", run)), unsaid) for run, versions in read.items()}
    outputs = {run: _versions(versions, said.get(("OUTPUT", run)), unsaid) for run, versions in written.items()}
    shown = {r["id"]: _shape(r, inputs[r["id"]], outputs[r["id"]], facets.get(r["id"], "")) for r in rows}
    return [shown[run] for run in run_ids]


class _Id(msgspec.Struct):
    namespace: str
    name: str


class _Version(msgspec.Struct):
    id: _Id = msgspec.field(name="datasetVersionId")


class _Versions(msgspec.Struct):
    inputs: list[_Version] = msgspec.field(name="inputDatasetVersions")
    outputs: list[_Version] = msgspec.field(name="outputDatasetVersions")


def datasets_of(run: msgspec.Raw) -> tuple[list[_Id], list[_Id]]:
    """Read which datasets a run that is shown has read, and which it has written."""
    shown = msgspec.json.decode(run, type=_Versions)
    return [v.id for v in shown.inputs], [v.id for v in shown.outputs]


def _names(db: Session, versions: Iterable[int]) -> dict[int, str]:
    """Return how dataset versions are named. Runs read what others wrote, over and over: each is looked up once."""
    rows = db.all("versions.names", versions=ids(sorted(versions)))
    return {v: _IDENTITY % (_quoted(namespace), _quoted(name), version) for v, version, namespace, name in rows}


def _said(db: Session, runs: str, names: Mapping[int, str]) -> dict[tuple[str, int], dict[int, str]]:
    """Return the dataset versions of which runs said something as they read (INPUT) or wrote (OUTPUT) them."""
    rows = db.all("runs.dataset_facets", runs=runs)
    facets = _joined(((io, run, version), _member(name, json)) for run, version, io, name, json in rows)
    said: dict[tuple[str, int], dict[int, str]] = {}
    for (io, run, version), of_version in facets.items():
        said.setdefault((io, run), {})[version] = _VERSION % (names[version], of_version)
    return said


def _versions(versions: list[int], said: Mapping[int, str] | None, unsaid: Mapping[int, str]) -> str:
    return ",".join([said.get(v) or unsaid[v] for v in versions] if said else [unsaid[v] for v in versions])


def _shape(row: Row, inputs: str, outputs: str, facets: str) -> msgspec.Raw:
    # By places: in a row of SQLite's, a column takes longer to find by its name the further back it stands.
    _, _, _, uuid, created, updated, nominal_start, nominal_end, state, started, ended, args, namespace, job, version = row
    times = _when(created), _when(updated), _when(nominal_start), _when(nominal_end), state, _when(started), _when(ended)
    duration = "null" if started is None or ended is None else (ended - started) // 1000
    job_version = _IDENTITY % (_quoted(namespace), _quoted(job), version) if version else "null"
    return msgspec.Raw(_RUN % (uuid, *times, duration, args, job_version, inputs, outputs, facets))


def _joined(pieces: Iterable[tuple[_Key, str]]) -> dict[_Key, str]:
    found: dict[_Key, list[str]] = {}
    for key, piece in pieces:
        found.setdefault(key, []).append(piece)
    return {key: ",".join(of_key) for key, of_key in found.items()}


def _member(name: str, kept: bytes) -> str:
    return f"{_quoted(name)}:{unpacked(kept).decode()}"


@lru_cache(8192)
def _quoted(text: str) -> str:
    return msgspec.json.encode(text).decode()


@lru_cache(8192)
def _when(at: int | None) -> str:
    return "null" if at is None else f'"{iso(at)}"'
