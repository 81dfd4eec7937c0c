"""Times as events write them: ISO 8601, with or without seconds and time zone, and as Java writes them back."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from functools import lru_cache

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MICROSECOND = timedelta(microseconds=1)
_SECOND = timedelta(seconds=1) // _MICROSECOND
_DAY = timedelta(days=1) // _MICROSECOND
_YEAR_ONE = (_EPOCH - datetime(1, 1, 1, tzinfo=timezone.utc)) // _MICROSECOND
_MINUTES = 24 * 60
_TWO = tuple(f"{number:02}" for number in range(60))
_CLOCK = tuple(f"{hour}:{minute}" for hour in _TWO[:24] for minute in _TWO)
_ISO = re.compile(r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s*(Z|z|[+-]\d\d(?::?\d\d)?)?(?:\[[^\]]*\])?")


@lru_cache(1024)
def instant(text: str) -> int:
    """Read a time as microseconds since 1970, rounded as Marquez rounds it; one without time zone is UTC.

    Raises:
        ValueError: it is no time.
        OverflowError: in UTC it is before the year 1 or after the year 9999.
    """
    match = _ISO.fullmatch(text)
    if match is None:
        raise ValueError(f"expected a time such as 2026-03-02T06:00:00Z, got {text[:50]!r}")
    date, minutes, seconds, fraction, zone = match.groups()
    at = datetime.fromisoformat(f"{date}T{minutes}:{seconds or '00'}{_offset(zone)}").astimezone(timezone.utc)
    nanoseconds = int((fraction or "0").ljust(9, "0"))
    return (at + (nanoseconds + 500) // 1000 * _MICROSECOND - _EPOCH) // _MICROSECOND


def day(at: int) -> int:
    """Return the number of a time's day, in UTC."""
    return (at + _YEAR_ONE) // _DAY


def start_of(number: int) -> int:
    """Return when a day begins."""
    return number * _DAY - _YEAR_ONE


@lru_cache(8192)
def iso(at: int | None) -> str | None:
    """Write microseconds since 1970 as Marquez does, in UTC."""
    return None if at is None else _iso(at)


@lru_cache(8192)
def iso_json(at: int | None) -> str:
    """Write microseconds since 1970 as JSON: text as `iso` writes it, or null."""
    return "null" if at is None else f'"{_iso(at)}"'


def _iso(at: int) -> str:
    seconds, fraction = divmod(at, _SECOND)
    minutes, second = divmod(seconds, 60)
    day, minute = divmod(minutes, _MINUTES)
    return f"{_date(day)}T{_CLOCK[minute]}:{_TWO[second]}{f'.{fraction:06}' if fraction else ''}Z"


@lru_cache(1024)
def _date(number: int) -> str:
    """Write the date that is so many days after 1970 began: an answer has thousands of times, which fall on a few days."""
    return (_EPOCH + timedelta(days=number)).date().isoformat()


def java(text: str) -> str:
    """Write a time as Java's ZonedDateTime does, which stands in the `args` of runs: no seconds where they are zero."""
    match = _ISO.fullmatch(text)
    if match is None:
        return text
    date, minutes, seconds, fraction, zone = match.groups()
    digits = (fraction or "").rstrip("0")
    digits = digits.ljust(-(-len(digits) // 3) * 3, "0")
    offset = _offset(zone)
    clock = minutes if not digits and seconds in {None, "00"} else f"{minutes}:{seconds or '00'}" + (f".{digits}" if digits else "")
    return f"{date}T{clock}{'Z' if offset == '+00:00' else offset}"


def _offset(zone: str | None) -> str:
    if zone is None or zone in "Zz":
        return "+00:00"
    digits = zone[1:].replace(":", "").ljust(4, "0")
    return "+00:00" if digits == "0000" else f"{zone[0]}{digits[:2]}:{digits[2:]}"
