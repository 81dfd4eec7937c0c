"""The raw events."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import msgspec

from clew.server.answers.event_shape import event_shape
from clew.server.calls import Refusal, Reply
from clew.server.times import day, instant, start_of

if TYPE_CHECKING:
    from clew.server.calls import Request
    from clew.server.store import Session

_encode = msgspec.json.Encoder().encode
_ORDERS = {"DESC": "events.newest_first", "ASC": "events.oldest_first"}


def page(db: Session, request: Request) -> Reply:
    """Answer a page of run events by time; `totalCount` counts events of jobs and datasets, too."""
    window = {"before": _time(request, "before", "2030-01-01T00:00:00Z"), "after": _time(request, "after", "1970-01-01T00:00:00Z")}
    rows = db.tuples(_ORDERS[request.one_of("sortDirection", _ORDERS, "DESC")], **window, **request.page())
    return Reply(
        value={
            "events": [_shown(body) for (body,) in rows],
            "totalCount": _count(db, **window),
        }
    )


def _shown(body: bytes) -> msgspec.Raw:
    # Written one by one: the dictionaries of a hundred events together do not fit the processor's caches, which doubled the time.
    return msgspec.Raw(_encode(event_shape(msgspec.json.decode(zlib.decompress(body)))))


def _count(db: Session, after: int, before: int) -> int:
    """Count the events from a time on and before another: whole days by what is written of each, the rest one by one."""
    first, last = day(after), day(before)
    if last <= first:
        return int(db.value("events.count", after=after, before=before))
    begins = db.value("events.count", after=after, before=start_of(first + 1))
    ends = db.value("events.count", after=start_of(last), before=before)
    return int(begins + db.value("events.count_of_days", first=first, last=last) + ends)


def _time(request: Request, name: str, default: str) -> int:
    try:
        # A plus that nobody encoded arrives as a space.
        return instant((request.text(name) or default).replace(" ", "+"))
    except (ValueError, OverflowError) as error:
        raise Refusal(400, f"query param {name}: {error}") from None
