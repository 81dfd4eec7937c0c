"""JSON that others wrote, read without trusting its shape: what is not as expected counts as not there.

Facets come from any producer in any version, so a page must show the rest of a run whose `errorMessage` is a list.
"""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from clew.events import Json


def part(value: Any, *keys: str) -> Any:
    """Follow keys through nested objects; None where the way ends."""
    for key in keys:
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def text(value: Any, *keys: str) -> str | None:
    """Return the text at the end of the keys; None where there is none or it is empty."""
    found = part(value, *keys)
    return found if isinstance(found, str) and found else None


def number(value: Any, *keys: str) -> float | int | None:
    """Return the number at the end of the keys."""
    found = part(value, *keys)
    return found if isinstance(found, (int, float)) and not isinstance(found, bool) else None


def objects(value: Any, *keys: str) -> tuple[Json, ...]:
    """Return the objects of the list at the end of the keys."""
    found = part(value, *keys)
    return tuple(item for item in found if isinstance(item, dict)) if isinstance(found, list) else ()


def instant(value: Any, *keys: str) -> datetime | None:
    """Return the time at the end of the keys, in UTC; a time without a zone is taken for UTC.

    Marquez writes nominal times without seconds (`2026-03-03T06:00Z`), everything else as RFC 3339 has it.
    """
    found = text(value, *keys)
    if found is None:
        return None
    for written in (found, found.replace("Z", ":00Z")):
        try:
            at = msgspec.convert(written, datetime)
        except msgspec.ValidationError:
            continue
        return at.replace(tzinfo=timezone.utc) if at.tzinfo is None else at.astimezone(timezone.utc)
    return None
