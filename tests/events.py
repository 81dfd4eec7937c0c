"""Small events for tests of the outbox."""

from __future__ import annotations

import uuid
from datetime import datetime, timezone

from clew import events, facets

AT = datetime(2026, 1, 1, tzinfo=timezone.utc)


def run_id(number: int) -> str:
    return str(uuid.UUID(int=number))


def event(kind: str = "START", *, run: int = 1, job: str = "job", parent: int | None = None, note: str = "") -> bytes:
    """Encode an event of run number `run`, maybe with the run number `parent` above it."""
    above = {} if parent is None else {"parent": facets.parent("test", "parent", run_id(parent))}
    noted = {"note": facets.facet("note.json", text=note)} if note else {}
    return events.encode(events.run_event(kind, at=AT, run_id=run_id(run), job=events.job("test", job), run_facets={**above, **noted}))
