"""Reading JSON that may be anything: each function answers nothing where the place is not what it should be."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clew.events import Json

_TIME = re.compile(
    r"(?P<date>\d{4}-\d\d-\d\d)[Tt ](?P<time>\d\d:\d\d)(?::(?P<seconds>\d\d)(?:[.,](?P<fraction>\d{1,9}))?)?"
    r"(?:\s?(?P<zone>[Zz]|[+-]\d\d(?::?\d\d)?))?(?:\[[^\]]*\])?"
)


def at(value: Any, *path: str) -> Json:
    """Return the object at a path, or an empty one."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def text(value: Any, *path: str) -> str | None:
    """Return the text at a path that is not empty, or None."""
    found = at(value, *path[:-1]).get(path[-1])
    return found if isinstance(found, str) and found else None


def objects(value: Any, *path: str) -> list[Json]:
    """Return the objects in the list at a path; what is no object is left out."""
    found = at(value, *path[:-1]).get(path[-1])
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def name(value: Any) -> tuple[str, str] | None:
    """Return namespace and name of a job or dataset, or None."""
    namespace, own = text(value, "namespace"), text(value, "name")
    return (namespace, own) if namespace and own else None


def texts(value: Any) -> tuple[str, str] | None:
    """Return namespace and name where both are texts, empty or not, or None."""
    namespace, own = (value.get("namespace"), value.get("name")) if isinstance(value, dict) else (None, None)
    return (namespace, own) if isinstance(namespace, str) and isinstance(own, str) else None


def parent(event: Json) -> Json:
    """Return the parent facet of an event, or an empty one."""
    return at(event, "run", "facets", "parent")


def names_of_datasets(event: Json) -> Iterable[tuple[str, str]]:
    """Yield the names of an event's datasets, also those that its column lineage comes from."""
    for dataset in (*objects(event, "inputs"), *objects(event, "outputs"), at(event, "dataset")):
        columns = at(dataset, "facets", "columnLineage", "fields").values()
        for named in (dataset, *(source for column in columns for source in objects(column, "inputFields"))):
            found = texts(named)
            if found:
                yield found


def instant(value: Any) -> datetime | None:
    """Read a time as OpenLineage's producers write it; without a zone it is UTC; None where it is none.

    Beyond `datetime.fromisoformat` of Python 3.10 it reads `Z`, nanoseconds (cut to microseconds), a blank for the `T`,
    offsets without a colon and Java's `[Europe/Paris]`.
    """
    match = _TIME.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        return None
    zone = (match["zone"] or "Z").upper()
    offset = "+00:00" if zone == "Z" else f"{zone[:3]}:{zone[3:].lstrip(':') or '00'}"
    fraction = (match["fraction"] or "0")[:6].ljust(6, "0")
    try:
        return datetime.fromisoformat(f"{match['date']}T{match['time']}:{match['seconds'] or '00'}.{fraction}{offset}")
    except ValueError:
        return None


def earlier(one: str, other: str) -> bool:
    """Tell whether one time is before another; False where either is none."""
    first, second = instant(one), instant(other)
    return first is not None and second is not None and first < second


def written(moment: datetime) -> str:
    """Write a time as events have it: UTC, with as many digits as it needs."""
    return moment.astimezone(timezone.utc).isoformat().replace("+00:00", "Z")
