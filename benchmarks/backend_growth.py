"""Make a store of any number of events: two rounds go in through the batch route, the rest is rows like those of the second round.

A million events through the front door take half an hour, and what is measured is the store that they leave. From the second round on
each run leaves the same rows, but for its ids, its times and what it read and wrote; so later rounds are copied in SQL, row by row in
the order in which events would have written them, with run and version ids that are drawn by lot and so spread over the indexes.
"""

from __future__ import annotations

import itertools
import sqlite3
import uuid
from contextlib import closing
from typing import TYPE_CHECKING

from benchmarks import backend_streams as streams
from clew.server.seam import InProcessSeam
from clew.server.store import Store

if TYPE_CHECKING:
    from pathlib import Path

BATCH = 200
_HOUR = 3_600_000_000
_ROUND = """
INSERT INTO event SELECT id + :r * :events, received_at + :r * :hour, event_time + :r * :hour, kind, type, body
FROM event WHERE id > :events AND id <= 2 * :events;
INSERT INTO run SELECT id + :r * :jobs, random_uuid(), job_id, parent_uuid, created_at + :r * :hour, updated_at + :r * :hour, state,
  transitioned_at + :r * :hour, started_at + :r * :hour, start_known, ended_at + :r * :hour, nominal_start + :r * :hour, nominal_end, args,
  version_id, location, inferred FROM run WHERE id > :jobs AND id <= 2 * :jobs;
INSERT INTO dataset_version SELECT id + :r * :jobs, random_uuid(), random_uuid(), dataset_id, run_id + :r * :jobs, created_at + :r * :hour,
  schema_uuid, fields_id, edges_id, schema_location, lifecycle_state FROM dataset_version WHERE id > :versions AND id <= :versions + :jobs;
INSERT INTO run_facet SELECT run_id + :r * :jobs, subject, name, event_time + :r * :hour, content_id
FROM run_facet WHERE run_id > :jobs AND run_id <= 2 * :jobs;
INSERT INTO run_input SELECT run_id + :r * :jobs, version_id + :r * :jobs FROM run_input WHERE run_id > :jobs AND run_id <= 2 * :jobs;
INSERT INTO version_facet SELECT version_id + :r * :jobs, name, event_time + :r * :hour, content_id
FROM version_facet WHERE version_id > :versions AND version_id <= :versions + :jobs;
INSERT INTO run_dataset_facet SELECT run_id + :r * :jobs, version_id + :r * :jobs, io, name, content_id
FROM run_dataset_facet WHERE run_id > :jobs AND run_id <= 2 * :jobs;
"""
_NOW = """
UPDATE dataset SET current_version_id = current_version_id + :r * :jobs, edges_version_id = edges_version_id + :r * :jobs,
  updated_at = updated_at + :r * :hour, last_modified_at = last_modified_at + :r * :hour;
UPDATE job SET latest_run_id = latest_run_id + :r * :jobs, updated_at = updated_at + :r * :hour;
UPDATE job_version SET latest_run_id = latest_run_id + :r * :jobs;
UPDATE job_version_facet SET event_time = event_time + :r * :hour;
DELETE FROM event_day;
INSERT INTO event_day SELECT (event_time + 62135596800000000) / 86400000000, count(*) FROM event GROUP BY 1;
"""


def grow(path: Path, jobs: int, events: int) -> int:
    """Make a store of at least so many events; return the number of the round that comes next."""
    store = Store(path)
    sent = itertools.islice(streams.stream(jobs), 4 * jobs)
    while batch := list(itertools.islice(sent, BATCH)):
        answer = InProcessSeam(store).call("POST", "/api/v1/lineage/batch", b"[" + b",".join(batch) + b"]")
        assert answer.body.count(b'"status":201') == len(batch), answer.body[:500]
    store.close()
    rounds = -(-events // (2 * jobs))
    if rounds > 2:
        _copy(path, jobs, rounds - 2)
    return max(rounds, 2)


def _copy(path: Path, jobs: int, rounds: int) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.create_function("random_uuid", 0, lambda: str(uuid.uuid4()))
        db.executescript("PRAGMA synchronous = OFF; PRAGMA cache_size = -200000; PRAGMA temp_store = MEMORY")
        (versions,) = db.execute("SELECT max(id) FROM dataset_version WHERE run_id <= :jobs", {"jobs": jobs}).fetchone()
        values = {"jobs": jobs, "events": 2 * jobs, "versions": versions, "hour": _HOUR}
        for number in range(1, rounds + 1):
            _run(db, _ROUND, values | {"r": number})
        _run(db, _NOW, values | {"r": rounds})
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _run(db: sqlite3.Connection, script: str, values: dict[str, int]) -> None:
    db.execute("BEGIN")
    for statement in script.split(";")[:-1]:
        db.execute(statement, values)
    db.execute("COMMIT")
