"""Generated streams of events: each run a START of 5 KB and a COMPLETE of 16 KB, 3 inputs, 1 output, 20 columns with column lineage.

Deterministic, so that every backend and every run gets the same. Job `n` reads what jobs 1, 12 and 25 places before it write, so each
step through the graph leads 25 jobs further up and down, and 20 steps from the middle reach 1,000 jobs with their datasets.
"""

from __future__ import annotations

import json
import uuid
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

JOBS_NAMESPACE = "bench"
DATASETS_NAMESPACE = "postgres://db:5432"
COLUMNS = 20
READS = (1, 12, 25)
_FACET = {"_producer": "https://example.com/bench", "_schemaURL": "https://openlineage.io/spec/facets/1-0-0/Facet.json"}
_FIRST_RUN = datetime(2026, 1, 1, tzinfo=timezone.utc)
_SQL = "SELECT " + ", ".join(f"a.column_{n}" for n in range(COLUMNS)) + " FROM a JOIN b USING (id) -- {}"


def dataset_name(number: int) -> str:
    return f"shop.public.table_{number}"


def job_name(number: int) -> str:
    return f"daily.load_{number}"


def stream(jobs: int, *, first_round: int = 0) -> Iterator[bytes]:
    """Give events without end: in each round every job runs once, an hour after its run before."""
    number = first_round
    while True:
        for job in range(jobs):
            yield from run(job, number)
        number += 1


def run(job: int, number: int) -> tuple[bytes, bytes]:
    """Make START and COMPLETE of the run that has this number."""
    started = _FIRST_RUN + timedelta(hours=number, seconds=job % 1800)
    return _event("START", job, number, started), _event("COMPLETE", job, number, started + timedelta(minutes=5))


def run_id(job: int, number: int) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{job}/{number}"))


def _event(kind: str, job: int, number: int, at: datetime) -> bytes:
    inputs = [job - back for back in READS if job >= back]
    due = _FIRST_RUN + timedelta(hours=number)
    event = {
        "eventType": kind,
        "eventTime": at.isoformat(),
        "producer": "https://example.com/bench",
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
        "run": {"runId": run_id(job, number), "facets": {"nominalTime": {**_FACET, "nominalStartTime": due.isoformat()}}},
        "job": {"namespace": JOBS_NAMESPACE, "name": job_name(job), "facets": {"sql": {**_FACET, "query": _SQL.format(job)}}},
        "inputs": [_dataset(n) for n in inputs],
        "outputs": [_dataset(job) if kind == "START" else _written(job, inputs, number)],
    }
    return json.dumps(event, separators=(",", ":")).encode()


def _dataset(number: int) -> dict[str, Any]:
    fields = [{"name": f"column_{n}", "type": "BIGINT"} for n in range(COLUMNS)]
    source = {**_FACET, "name": DATASETS_NAMESPACE, "uri": f"{DATASETS_NAMESPACE}/shop"}
    facets = {"schema": {**_FACET, "fields": fields}, "dataSource": source}
    return {"namespace": DATASETS_NAMESPACE, "name": dataset_name(number), "facets": facets}


def _written(number: int, inputs: list[int], rows: int) -> dict[str, Any]:
    made_of = {f"column_{n}": {"inputFields": [_column(i, n) for i in inputs], "transformationType": "IDENTITY"} for n in range(COLUMNS)}
    written = _dataset(number)
    written["facets"]["columnLineage"] = {**_FACET, "fields": made_of}
    written["outputFacets"] = {"outputStatistics": {**_FACET, "rowCount": rows, "size": rows * 100}}
    return written


def _column(dataset: int, number: int) -> dict[str, Any]:
    how = [{"type": "DIRECT", "subtype": "TRANSFORMATION"}]
    return {"namespace": DATASETS_NAMESPACE, "name": dataset_name(dataset), "field": f"column_{number}", "transformations": how}
