"""How much came in and how much there is, by the hours of a day or the days of a week.

Source: marquez/api/StatsResource.java, marquez/db/StatsDao.java.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from clew.server.calls import Refusal, Reply
from clew.server.times import iso

if TYPE_CHECKING:
    from datetime import tzinfo

    from clew.server.calls import Request
    from clew.server.store import Session

_TYPES = ("FAIL", "START", "COMPLETE", "ABORT")
_Interval = tuple[int, int]
"""Start and end, in microseconds since 1970."""


def lineage_events(db: Session, request: Request) -> Reply:
    """Answer how many events of each type there were in each interval."""
    if (request.text("period") or "").upper() == "WEEK" and not request.text("timezone"):
        raise Refusal(400, "Timezone must be specified for period 'WEEK'")
    return Reply(value=[_interval(i) | _events(db, i) for i in _intervals(request)])


def jobs(db: Session, request: Request) -> Reply:
    """Answer how many jobs there were at the end of each interval."""
    return _counts(db, request, "stats.jobs_before")


def datasets(db: Session, request: Request) -> Reply:
    """Answer how many datasets there were at the end of each interval."""
    return _counts(db, request, "stats.datasets_before")


def sources(db: Session, request: Request) -> Reply:
    """Answer how many sources there were at the end of each interval."""
    return _counts(db, request, "stats.sources_before")


def _counts(db: Session, request: Request, sentence: str) -> Reply:
    return Reply(value=[_interval(i) | {"count": db.value(sentence, end=i[1])} for i in _intervals(request)])


def _events(db: Session, interval: _Interval) -> dict[str, int]:
    found = {r["type"]: r["count"] for r in db.all("stats.events_between", start=interval[0], end=interval[1])}
    return {t.lower(): found.get(t, 0) for t in _TYPES}


def _interval(interval: _Interval) -> dict[str, Any]:
    return {"startInterval": iso(interval[0]), "endInterval": iso(interval[1])}


def _intervals(request: Request) -> list[_Interval]:
    now = datetime.fromtimestamp(request.now / 1_000_000, timezone.utc)
    period = (request.text("period") or "").upper()
    if period == "DAY":
        start = now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=23)
        return [_between(start + timedelta(hours=n), start + timedelta(hours=n + 1)) for n in range(24)]
    if period == "WEEK":
        start = now.astimezone(_zone(request)).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=6)
        return [_between(start + timedelta(days=n), start + timedelta(days=n + 1)) for n in range(7)]
    raise Refusal(400, "Invalid period")


def _between(start: datetime, end: datetime) -> _Interval:
    return int(start.timestamp()) * 1_000_000, int(end.timestamp()) * 1_000_000


def _zone(request: Request) -> tzinfo:
    name = request.text("timezone") or "UTC"
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Refusal(400, f"query param timezone: no such time zone {name!r}") from None
