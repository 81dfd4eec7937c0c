"""What the backend's answers tell of a job, a run and a dataset of which the outbox knows nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clew import PRODUCER, facets
from clew.events import RUN_EVENT_SCHEMA
from clew.shaping import reading
from clew.shaping.carried import lasting_of_dataset, lasting_of_job
from clew.shaping.known import MOST_DATASETS, KnownDataset, KnownJob, KnownRun, Latest, bounded

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clew.events import Json

_EVENT_TYPES = {"COMPLETED": "COMPLETE", "FAILED": "FAIL", "ABORTED": "ABORT"}


def known_dataset(answer: Any) -> KnownDataset | None:
    """Return what `GET namespaces/NS/datasets/NAME` tells; None where it was None (404)."""
    if not isinstance(answer, dict):
        return None
    return KnownDataset(facets=lasting_of_dataset(_facets_of_dataset(answer)))


def known_job(answer: Any, datasets: Iterable[Any] = ()) -> KnownJob | None:
    """Return what `GET namespaces/NS/jobs/NAME` tells; None where it was None (404).

    Args:
        answer: the job.
        datasets: answers of `GET namespaces/NS/datasets/NAME` for its inputs and outputs. Those that were not asked for are
            known by name alone; without all of the outputs the newest run cannot be sent again, since a write without its
            schema would be another version.
    """
    if not isinstance(answer, dict):
        return None
    asked = {reading.name(d): _facets_of_dataset(d) for d in datasets if isinstance(d, dict)}
    inputs, outputs = (_datasets(answer, side, asked) for side in ("inputs", "outputs"))
    own = lasting_of_job(_facets_of_job(answer))
    whole = all(reading.name(d) in asked for d in outputs)
    return KnownJob(inputs=inputs, outputs=outputs, facets=own, latest=_latest(answer, own, inputs, outputs) if whole else None)


def known_run(answer: Any) -> KnownRun | None:
    """Return what `GET jobs/runs/ID` tells; None where it was None (404)."""
    run_id = reading.text(answer, "id")
    if run_id is None:
        return None
    version = reading.name(reading.at(answer, "jobVersion"))
    ended = _EVENT_TYPES.get(str(answer.get("state")))
    job = {"namespace": version[0], "name": version[1]} if version else {}
    return KnownRun(
        shown=version,
        started=reading.text(answer, "startedAt"),
        ended=ended,
        ended_at=reading.text(answer, "endedAt") if ended else None,
        told=bounded(
            _event(ended or "START", answer, job, *(_datasets_of_run(answer, f"{side}DatasetVersions") for side in ("input", "output")))
        ),
    )


def _latest(answer: Json, own: Json, inputs: tuple[Json, ...], outputs: tuple[Json, ...]) -> Latest | None:
    run, job = reading.at(answer, "latestRun"), reading.name(answer)
    run_id, started = reading.text(run, "id"), reading.text(run, "startedAt")
    if not (run_id and started and job):
        return None
    event = _event(
        _EVENT_TYPES.get(str(run.get("state")), "START"), run, {"namespace": job[0], "name": job[1], "facets": own}, inputs, outputs
    )
    return Latest(run=run_id, started=started, event=bounded(event))


def _event(event_type: str, run: Json, job: Json, inputs: Iterable[Json], outputs: Iterable[Json]) -> Json:
    return {
        "eventType": event_type,
        "eventTime": run.get("startedAt") if event_type == "START" else run.get("endedAt"),
        "run": {"runId": run.get("id"), "facets": reading.at(run, "facets")},
        "job": job,
        "inputs": list(inputs),
        "outputs": list(outputs),
        "producer": PRODUCER,
        "schemaURL": RUN_EVENT_SCHEMA,
    }


def _datasets(answer: Json, side: str, asked: dict[tuple[str, str] | None, Json]) -> tuple[Json, ...]:
    named = (reading.name(d) for d in reading.objects(answer, side)[:MOST_DATASETS])
    found = [{"namespace": n[0], "name": n[1], "facets": lasting_of_dataset(asked.get(n, {}))} for n in named if n]
    kept: list[Json] = bounded({side: found})[side]
    return tuple(kept)


def _datasets_of_run(answer: Json, side: str) -> Iterable[Json]:
    for version in reading.objects(answer, side)[:MOST_DATASETS]:
        named = reading.name(reading.at(version, "datasetVersionId"))
        if named:
            yield {"namespace": named[0], "name": named[1], "facets": {}}


def _facets_of_dataset(answer: Json) -> Json:
    """Return the dataset's facets, and those that Marquez shows as fields of its own."""
    description, fields = reading.text(answer, "description"), reading.objects(answer, "fields")
    shown: Json = {}
    if description:
        shown["documentation"] = facets.dataset_documentation(description)
    if fields:
        shown["schema"] = facets.schema(map(_column, fields))
    return {**shown, **reading.at(answer, "facets")}


def _column(field: Json) -> Json:
    return {"name": field.get("name"), "type": field.get("type") or "", **({"description": d} if (d := field.get("description")) else {})}


def _facets_of_job(answer: Json) -> Json:
    description, location = reading.text(answer, "description"), reading.text(answer, "location")
    shown: Json = {}
    if description:
        shown["documentation"] = facets.job_documentation(description)
    if location:
        shown["sourceCodeLocation"] = facets.source_code_location("git", location)
    return {**shown, **reading.at(answer, "facets")}
