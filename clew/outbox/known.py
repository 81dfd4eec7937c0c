"""What the outbox remembers of jobs, runs and datasets, for the shaping of later events."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import msgspec

from clew.outbox.sql import sql
from clew.shaping import Keys, Known, KnownDataset, KnownJob, KnownRun

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

DAY = 86400.0
ENDED_RUN, OPEN_RUN, REST = 2 * DAY, 14 * DAY, 120 * DAY
"""Seconds for which an ended run, an open run, and a job or dataset are remembered after something was heard of them."""
SHARE = 0.1
"""Share of the outbox' limit that may be remembered."""

K = TypeVar("K", bound="KnownJob | KnownRun | KnownDataset")


def read(connection: sqlite3.Connection, keys: Keys) -> Known:
    """Return what is known under an event's keys."""
    datasets = {name: _read(connection, "dataset", name, KnownDataset) for name in keys.datasets}
    return Known(
        job=_read(connection, "job", keys.job, KnownJob),
        run=_read(connection, "run", _run(keys.run), KnownRun),
        parent_run=_read(connection, "run", _run(keys.parent_run), KnownRun),
        parent_job=_read(connection, "job", keys.parent_job, KnownJob),
        datasets={name: value for name, value in datasets.items() if value is not None},
    )


def store(connection: sqlite3.Connection, keys: Keys, before: Known, after: Known, now: float) -> None:
    """Store what is now known under an event's keys, as far as it differs from what was read.

    An event has its run and its job for itself, but parents and datasets are shared by events that are under way at the same time:
    where another one has changed what was read, that one's word stands.
    """
    was = {(kind, name): value for kind, name, value in _entries(keys, before)}
    for kind, name, value in _entries(keys, after):
        read_before = was.get((kind, name))
        if value != read_before and _read(connection, kind, name, type(value)) == read_before:
            over = isinstance(value, KnownRun) and value.ended is not None
            row = {"kind": kind, "namespace": name[0], "name": name[1], "over": over, "now": now}
            connection.execute(sql("know"), {**row, "value": msgspec.json.encode(value)})


def forget(connection: sqlite3.Connection, limit: int, now: float) -> None:
    """Forget what was not heard of for long, and the oldest of what takes more than its share of the limit."""
    connection.execute(sql("forget"), {"ended_before": now - ENDED_RUN, "run_before": now - OPEN_RUN, "before": now - REST})
    while connection.execute(sql("known_bytes")).fetchone()[0] > limit * SHARE:
        connection.execute(sql("forget_oldest"))


def _entries(keys: Keys, known: Known) -> Iterator[tuple[str, tuple[str, str], KnownJob | KnownRun | KnownDataset]]:
    found: list[tuple[str, tuple[str, str] | None, KnownJob | KnownRun | KnownDataset | None]] = [
        ("job", keys.parent_job, known.parent_job),
        ("run", _run(keys.parent_run), known.parent_run),
        ("job", keys.job, known.job),
        ("run", _run(keys.run), known.run),
        *(("dataset", name, value) for name, value in known.datasets.items()),
    ]
    for kind, name, value in found:
        if name is not None and value is not None:
            yield kind, name, value


def _run(run: str | None) -> tuple[str, str] | None:
    return None if run is None else ("", run)


def _read(connection: sqlite3.Connection, kind: str, name: tuple[str, str] | None, type_: type[K]) -> K | None:
    if name is None:
        return None
    row = connection.execute(sql("known"), {"kind": kind, "namespace": name[0], "name": name[1]}).fetchone()
    return msgspec.json.decode(row[0], type=type_) if row else None
