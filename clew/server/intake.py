"""Events come in: one by one, or many in one request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from clew.server import limits
from clew.server.calls import Refusal, Reply
from clew.server.ingest.events import decode
from clew.server.ingest.record import record

if TYPE_CHECKING:
    from clew.server.calls import Request
    from clew.server.store import Session


def event(db: Session, request: Request) -> Reply:
    """Record an event; 201 without a body says that it is durable."""
    limits.check(request.body)
    record(db, decode(request.body), request.body, received=request.now)
    return Reply(status=201, empty=True)


def batch(db: Session, request: Request) -> Reply:
    """Record an array of events in one transaction and say of each what became of it; a bad one harms no other."""
    try:
        bodies = msgspec.json.decode(request.body, type=list[msgspec.Raw])
    except (msgspec.DecodeError, RecursionError) as error:
        raise Refusal(400, f"expected an array of events: {error}") from None
    return Reply(value={"results": [_one(db, bytes(body), request.now) for body in bodies]})


def _one(db: Session, body: bytes, now: int) -> dict[str, Any]:
    try:
        limits.check(body)
        with db.part():
            record(db, decode(body), body, received=now)
    except Refusal as refusal:
        return {"status": refusal.status, "message": str(refusal)}
    return {"status": 201}
