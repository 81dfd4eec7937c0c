"""How a run looks in every answer that shows one. Many runs cost as many queries as one.

Runs are written as JSON at once: a page of jobs shows a thousand of them with what they read, wrote and said, and as objects, which
would be made, encoded and thrown away, they cost more than all that is asked of the store. (As structs, which take fewer instructions,
a tenth more than as text, which lies in one piece.)
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Literal

import msgspec

from clew.server.answers.shapes import Identity, ids
from clew.server.store.packing import unpacked
from clew.server.times import iso_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from clew.server.store import Session

Subject = Literal["RUN", "JOB"]


class _Run(msgspec.Struct, array_like=True, gc=False):
    """A run as the store tells of it: what others tell as well goes by ids."""

    read: list[int]
    written: list[int]
    facets: dict[str, int]
    said: list[tuple[str, int, str, int]]
    uuid: str
    created_at: int
    updated_at: int
    nominal_start: int | None
    nominal_end: int | None
    state: str
    started_at: int | None
    ended_at: int | None
    args: str
    version_id: int | None


_run = msgspec.json.Decoder(_Run).decode


def run_shape(db: Session, run_id: int) -> msgspec.Raw:
    """Return a run as the API shows it."""
    return run_shapes(db, [run_id])[0]


def run_shapes(db: Session, run_ids: Sequence[int], *, subject: Subject = "RUN") -> list[msgspec.Raw]:
    """Return runs as the API shows them, in the order of their ids.

    Args:
        db: the session.
        run_ids: which runs; they are there.
        subject: whose facets are shown: a job version shows its job's, and none of datasets.
    """
    told = dict(db.tuples("runs.shown", runs=ids(run_ids), subject=subject))
    shown = {what: shape for what in told.values() if (shape := db.shapes.get(what)) is not None}
    new = [what for what in told.values() if what not in shown]
    for what, text in zip(new, _shapes(db, [_run(what) for what in new]), strict=True):
        shown[what] = msgspec.Raw(text)
        db.shapes.put(what, shown[what], len(what) + len(text))
    return [shown[told[run]] for run in run_ids]


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


def _shapes(db: Session, runs: list[_Run]) -> Iterator[bytes]:
    """Write runs. Runs read what others wrote, and say the same over and over: each is looked up once."""
    heads = _heads(db, set().union(*(run.read for run in runs), *(run.written for run in runs)))
    contents = _contents(db, {c for run in runs for c in run.facets.values()} | {c for run in runs for _, _, _, c in run.said})
    jobs = _job_versions(db, {run.version_id for run in runs if run.version_id is not None})
    return (_shape(run, jobs.get(run.version_id, "null"), heads, contents) for run in runs)


def _heads(db: Session, versions: set[int]) -> dict[int, str]:
    """Return how dataset versions are shown, up to their facets. A dataset has many of them: it is named once."""
    rows = db.tuples("versions.named", versions=ids(sorted(versions)))
    datasets = db.tuples("datasets.names", datasets=ids({dataset_id for _, _, dataset_id in rows}))
    names = {dataset_id: _named(namespace, name) for dataset_id, namespace, name in datasets}
    return {v: f'{{"datasetVersionId":{names[dataset_id]}{version}"}},"facets":{{' for v, version, dataset_id in rows}


def _contents(db: Session, contents: set[int]) -> dict[int, str]:
    return {c: unpacked(json).decode() for c, json in db.tuples("content.many", contents=ids(sorted(contents)))}


def _job_versions(db: Session, versions: set[int]) -> dict[int | None, str]:
    rows = db.tuples("runs.job_versions", versions=ids(versions))
    return {v: f'{_named(namespace, name)}{version}"}}' for v, namespace, name, version in rows}


def _shape(run: _Run, job_version: str, heads: Mapping[int, str], contents: Mapping[int, str]) -> bytes:
    # Marquez counts from one whole millisecond to another.
    duration = "null" if run.started_at is None or run.ended_at is None else run.ended_at // 1000 - run.started_at // 1000
    facets = ",".join([f"{_quoted(name)}:{contents[c]}" for name, c in run.facets.items()])
    said = _said(run, contents)
    return (
        f'{{"id":"{run.uuid}","createdAt":{iso_json(run.created_at)},"updatedAt":{iso_json(run.updated_at)},'
        f'"nominalStartTime":{iso_json(run.nominal_start)},"nominalEndTime":{iso_json(run.nominal_end)},"state":"{run.state}",'
        f'"startedAt":{iso_json(run.started_at)},"endedAt":{iso_json(run.ended_at)},"durationMs":{duration},"args":{run.args},'
        f'"jobVersion":{job_version},"inputDatasetVersions":[{_versions(run.read, said["INPUT"], heads)}],'
        f'"outputDatasetVersions":[{_versions(run.written, said["OUTPUT"], heads)}],"facets":{{{facets}}}}}'
    ).encode()


def _said(run: _Run, contents: Mapping[int, str]) -> dict[str, dict[int, str]]:
    """Write the facets that a run told of the versions that it read, and of those that it wrote."""
    told: dict[str, dict[int, str]] = {"INPUT": {}, "OUTPUT": {}}
    for io, version, name, c in run.said:
        before = told[io].get(version)
        facet = f"{_quoted(name)}:{contents[c]}"
        told[io][version] = f"{before},{facet}" if before else facet
    return told


def _versions(versions: list[int], said: Mapping[int, str], heads: Mapping[int, str]) -> str:
    return ",".join([f"{heads[v]}{said.get(v, '')}}}}}" for v in versions])


@lru_cache(1024)
def _named(namespace: str, name: str) -> str:
    return f'{{"namespace":{_quoted(namespace)},"name":{_quoted(name)},"version":"'


@lru_cache(512)
def _quoted(text: str) -> str:
    return msgspec.json.encode(text).decode()
