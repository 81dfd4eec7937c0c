"""How a run looks in every answer that shows one. Many runs cost as many queries as one.

Runs are written as JSON at once: a page of jobs shows a thousand of them with what they read, wrote and said, and as objects, which
would be made, encoded and thrown away, they cost more than all that is asked of the store. (As structs, which take fewer instructions,
a tenth more than as text, which lies in one piece.)
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from clew.server.answers.shapes import Identity, ids
from clew.server.store.packing import unpacked
from clew.server.times import iso

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from clew.server.store import Session

Subject = Literal["RUN", "JOB"]
_decode = msgspec.json.Decoder(list[list[int]]).decode


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
    rows = db.tuples("runs.shown", runs=runs)
    read, written = (_decode(f"[{','.join([row[n] for row in rows])}]") for n in (1, 2))
    heads = _heads(db, {version for versions in (*read, *written) for version in versions})
    unsaid = {version: f"{head}}}}}" for version, head in heads.items()}
    said = _said(db, runs, heads) if dataset_facets else {}
    facets: dict[int, list[str]] = {}
    for run, name, json in db.tuples("runs.facets_of_runs", runs=runs, subject=subject):
        facets.setdefault(run, []).append(_member(name, json))
    jobs = _job_versions(db, {row[-1] for row in rows if row[-1] is not None})
    shown = {}
    for row, read_versions, written_versions in zip(rows, read, written, strict=True):
        run = row[0]
        inputs = _versions(read_versions, said.get(("INPUT", run)), unsaid)
        outputs = _versions(written_versions, said.get(("OUTPUT", run)), unsaid)
        shown[run] = _shape(row, jobs.get(row[-1], "null"), inputs, outputs, ",".join(facets.get(run, ())))
    return [shown[run] for run in run_ids]


class _Version(msgspec.Struct):
    id: Identity = msgspec.field(name="datasetVersionId")


class _Versions(msgspec.Struct):
    inputs: list[_Version] = msgspec.field(name="inputDatasetVersions")
    outputs: list[_Version] = msgspec.field(name="outputDatasetVersions")


def datasets_of(run: msgspec.Raw) -> tuple[list[Identity], list[Identity]]:
    """Read which datasets a run that is shown has read, and which it has written; each once, whatever versions of it."""
    shown = msgspec.json.decode(run, type=_Versions)
    read, written = (list(dict.fromkeys(v.id for v in versions)) for versions in (shown.inputs, shown.outputs))
    return read, written


def _heads(db: Session, versions: Iterable[int]) -> dict[int, str]:
    """Return how dataset versions are shown, up to their facets. Runs read what others wrote, over and over: each is looked up once."""
    rows = db.tuples("versions.names", versions=ids(sorted(versions)))
    return {v: f'{{"datasetVersionId":{_identity(namespace, name, version)},"facets":{{' for v, version, namespace, name in rows}


def _said(db: Session, runs: str, heads: Mapping[int, str]) -> dict[tuple[str, int], dict[int, str]]:
    """Return the dataset versions of which runs said something as they read (INPUT) or wrote (OUTPUT) them."""
    facets: dict[tuple[str, int], dict[int, list[str]]] = {}
    for run, version, io, name, json in db.tuples("runs.dataset_facets", runs=runs):
        facets.setdefault((io, run), {}).setdefault(version, []).append(_member(name, json))
    return {key: {v: f"{heads[v]}{','.join(members)}}}}}" for v, members in versions.items()} for key, versions in facets.items()}


def _versions(versions: list[int], said: Mapping[int, str] | None, unsaid: Mapping[int, str]) -> str:
    return ",".join([said.get(v) or unsaid[v] for v in versions] if said else [unsaid[v] for v in versions])


def _job_versions(db: Session, versions: Iterable[int]) -> dict[int, str]:
    """Return how job versions are shown; most runs of a job have the same."""
    rows = db.tuples("runs.job_versions", versions=ids(versions))
    return {v: _identity(namespace, name, version) for v, namespace, name, version in rows}


def _shape(row: tuple[Any, ...], job_version: str, inputs: str, outputs: str, facets: str) -> msgspec.Raw:
    _, _, _, uuid, created, updated, nominal_start, nominal_end, state, started, ended, args, _ = row
    duration = "null" if started is None or ended is None else (ended - started) // 1000
    return msgspec.Raw(
        f'{{"id":"{uuid}","createdAt":{_when(created)},"updatedAt":{_when(updated)},"nominalStartTime":{_when(nominal_start)},'
        f'"nominalEndTime":{_when(nominal_end)},"state":"{state}","startedAt":{_when(started)},"endedAt":{_when(ended)},'
        f'"durationMs":{duration},"args":{args},"jobVersion":{job_version},"inputDatasetVersions":[{inputs}],'
        f'"outputDatasetVersions":[{outputs}],"facets":{{{facets}}}}}'
    )


def _identity(namespace: str, name: str, version: str) -> str:
    return f'{{"namespace":{_quoted(namespace)},"name":{_quoted(name)},"version":"{version}"}}'


def _member(name: str, kept: bytes) -> str:
    return f"{_quoted(name)}:{unpacked(kept).decode()}"


@lru_cache(512)
def _quoted(text: str) -> str:
    return msgspec.json.encode(text).decode()


@lru_cache(8192)
def _when(at: int | None) -> str:
    return "null" if at is None else f'"{iso(at)}"'
