"""How values are written on a page: times, durations, numbers, long names."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

ELLIPSIS = "…"
_STEPS = (
    (timedelta(days=365), "year"),
    (timedelta(days=30), "month"),
    (timedelta(days=1), "day"),
    (timedelta(hours=1), "hour"),
    (timedelta(minutes=1), "minute"),
)


def ago(at: datetime, now: datetime) -> str:
    """Say how long ago a time was, in its largest unit; what is less than a minute away is `just now`."""
    distance = abs(now - at)
    for unit, name in _STEPS:
        many = distance // unit
        if many:
            span = f"{many} {name}{'s' if many > 1 else ''}"
            return f"{span} ago" if at < now else f"in {span}"
    return "just now"


def utc(at: datetime) -> str:
    """Write a time out, in UTC and saying so."""
    return at.astimezone(timezone.utc).strftime("%Y-%m-%d %H:%M:%S UTC")


def short_utc(at: datetime) -> str:
    """Write a time without what goes without saying: seconds that are zero, and a midnight."""
    there = at.astimezone(timezone.utc)
    if there.time() == datetime.min.time():
        return there.strftime("%Y-%m-%d")
    return there.strftime("%Y-%m-%d %H:%M" if there.second == 0 else "%Y-%m-%d %H:%M:%S")


def duration(seconds: float) -> str:
    """Write a duration with its two largest units."""
    if seconds < 1:
        return f"{round(seconds * 1000)} ms"
    if seconds < 10:  # noqa: PLR2004
        return f"{seconds:.1f} s"
    whole = round(seconds)
    parts = ((whole // 86400, "d"), (whole // 3600 % 24, "h"), (whole // 60 % 60, "min"), (whole % 60, "s"))
    first = next(n for n, (many, _) in enumerate(parts) if many)
    return " ".join(f"{many} {unit}" for many, unit in parts[first : first + 2] if many)


def count(number: float) -> str:
    """Write a number with thousands apart."""
    return f"{number:,.0f}" if number == int(number) else f"{number:,}"


def size(number: float) -> str:
    """Write a number of bytes."""
    for unit in ("B", "kB", "MB", "GB"):
        if abs(number) < 1000:  # noqa: PLR2004
            return f"{number:.0f} B" if unit == "B" else f"{number:.1f} {unit}"
        number /= 1000
    return f"{number:.1f} TB"


def middle(text: str, most: int = 40) -> str:
    """Shorten a name by its middle, since both ends tell more than it does; its last part is kept whole where there is room."""
    if len(text) <= most:
        return text
    last = len(text) - max(text.rfind("."), text.rfind("/")) - 1
    tail = last if most // 2 < last <= most - 2 else most // 2
    return text[: most - 1 - tail] + ELLIPSIS + text[len(text) - tail :]


def brief(run_id: str) -> str:
    """Shorten the id of a run to its end; ids that are made from times (UUIDv7) begin alike."""
    return run_id[-8:]


def plural(number: int, one: str, many: str | None = None) -> str:
    """Write a number with its noun."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
