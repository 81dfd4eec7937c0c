"""Events come in: one by one, or many in one request."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

from clew.server.calls import Refusal, Reply, unwritten
from clew.server.ingest.arrays import apart
from clew.server.ingest.events import decode
from clew.server.ingest.record import record

if TYPE_CHECKING:
    from clew.server.calls import Request
    from clew.server.store import Session, Store

TOGETHER = 100
"""Events of a batch that share a transaction: about a tenth of a second, for which others who write wait."""


def event(db: Session, request: Request) -> Reply:
    """Record an event; 201 without a body says that it is durable."""
    record(db, decode(request.body), request.body, received=request.now)
    return Reply(status=201, empty=True)


def batch(store: Store, request: Request) -> Reply:
    """Record an array of events and say of each what became of it; a bad one harms no other, and others may write in between."""
    bodies = apart(request.body)
    results: list[dict[str, Any]] = []
    for start in range(0, len(bodies), TOGETHER):
        results += _portion(store, bodies[start : start + TOGETHER], request.now)
    return Reply(value={"results": results})


def _portion(store: Store, bodies: list[bytes], now: int) -> list[dict[str, Any]]:
    """Record events in one transaction; where that cannot be written, none of them is there."""
    try:
        try:
            with store.write() as db:
                return [_one(db, body, now) for body in bodies]
        except Refusal:
            # Not at once: within a savepoint, SQLite copies each page before it is written, which takes longer than to write it.
            with store.write() as db:
                return [_one_apart(db, body, now) for body in bodies]
    except sqlite3.OperationalError as error:
        refusal = unwritten(error)
        if refusal is None:
            raise
        return [_told(refusal)] * len(bodies)


def _one(db: Session, body: bytes, now: int) -> dict[str, Any]:
    """Record an event; what is wrong with it is mostly found before any of it is written."""
    try:
        found = decode(body)
    except Refusal as refusal:
        return _told(refusal)
    record(db, found, body, received=now)
    return {"status": 201}


def _one_apart(db: Session, body: bytes, now: int) -> dict[str, Any]:
    """Record an event that can be refused when some of it is written."""
    try:
        with db.part():
            return _one(db, body, now)
    except Refusal as refusal:
        return _told(refusal)


def _told(refusal: Refusal) -> dict[str, Any]:
    return {"status": refusal.status, "message": str(refusal)}
