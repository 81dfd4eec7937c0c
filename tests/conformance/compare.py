"""Tells where an answer differs from a recorded one of Marquez 0.51, and what does not count as a difference.

- What is null and what is not there are the same.
- UUIDs that the stream did not send are numbered in order of appearance within one answer.
- Times that the stream did not send are the backend's own clock: all the same. Times are compared as instants.
- Lists in ANY_ORDER are sorted; in lists that a time orders, what has the same time may come in any order.
- Marquez' own crashes (5xx) ask only for an answer that is none; of a refusal (4xx) only the status counts.
- Under a key in RICHER any value will do where Marquez has none; under `updatedAt` any time where Marquez has its own clock's.
- Marquez knows no column lineage of columns that were never written: where it answers nothing, any graph will do.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from itertools import groupby
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)")
RICHER = frozenset({"description", "tags", "lastModifiedAt", "location", "labels", "nominalStartTime", "nominalEndTime"})
ANY_ORDER = frozenset({
    "inputs", "outputs", "graph", "inEdges", "outEdges", "tags", "inputDatasetVersions", "outputDatasetVersions", "namespaces",
    "sources", "inputFields", "columnLineage", "labels", "results",
})  # fmt: skip
BY_TIME = {"jobs": "updatedAt", "events": "eventTime", "versions": "createdAt", "runs": "startedAt"}
CLOCK = "<now>"


@dataclass(frozen=True)
class Sent:
    """What the stream itself named."""

    uuids: frozenset[str]
    times: frozenset[datetime]

    @classmethod
    def by(cls, recording: dict[str, Any]) -> Sent:
        text = json.dumps([[s["path"], s["body"]] for s in recording["sent"]])
        return cls(frozenset(UUID.findall(text)), frozenset(map(instant, TIME.findall(text))))


def differences(recorded: dict[str, Any], status: int, got: Any, sent: Sent) -> Iterator[str]:
    """Give every difference between a recorded answer (`path`, `status`, `answer`) and ours."""
    want_status, want, column_lineage = recorded["status"], recorded["answer"], "/column-lineage" in recorded["path"]
    if want_status >= 500:
        if status >= 500:
            yield f"status {status}, want an answer that is no 5xx"
    elif column_lineage and status == 200 and (want_status == 404 or (want_status == 200 and not want["graph"])):
        return
    elif status != want_status:
        yield f"status {status}, want {want_status}"
    elif want_status < 400:
        yield from _between(_normal(want, sent, {}), _normal(got, sent, {}), "$")


def instant(text: str) -> datetime:
    """Read a time in microseconds, as Marquez' database keeps it."""
    whole, fraction, zone = re.fullmatch(r"([^.]+)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)", text).groups(default="0")
    at = datetime.fromisoformat(f"{whole}{zone.replace('Z', '+00:00')}").astimezone(timezone.utc)
    return at + timedelta(microseconds=(int(fraction.ljust(9, "0")) + 500) // 1000)


def _normal(value: Any, sent: Sent, seen: dict[str, str], key: str = "") -> Any:
    if isinstance(value, dict):
        return {k: _normal(v, sent, seen, k) for k, v in sorted(value.items()) if v is not None}
    if isinstance(value, list) and key in ANY_ORDER:
        return sorted((_normal(v, sent, {}, key) for v in value), key=_key)
    if isinstance(value, list) and key in BY_TIME:
        return _ties_sorted([_normal(v, sent, {}, key) for v in value], BY_TIME[key])
    if isinstance(value, list):
        return [_normal(v, sent, seen, key) for v in value]
    if isinstance(value, str):
        if TIME.fullmatch(value):
            return instant(value).isoformat() if instant(value) in sent.times else CLOCK
        return UUID.sub(lambda m: m[0] if m[0] in sent.uuids else seen.setdefault(m[0], f"<uuid {len(seen) + 1}>"), value)
    return value


def _ties_sorted(items: list[Any], key: str) -> list[Any]:
    groups = groupby(items, key=lambda i: i.get(key) if isinstance(i, dict) else None)
    return [item for _, group in groups for item in sorted(group, key=_text)]


def _between(want: Any, got: Any, place: str) -> Iterator[str]:
    if isinstance(want, dict) and isinstance(got, dict):
        for key in sorted(want.keys() | got.keys()):
            if (key in RICHER and not want.get(key)) or (key == "updatedAt" and want.get(key) == CLOCK and got.get(key)):
                continue
            yield from _between(want.get(key), got.get(key), f"{place}.{key}")
    elif isinstance(want, list) and isinstance(got, list) and len(want) == len(got):
        for n, (w, g) in enumerate(zip(want, got, strict=True)):
            yield from _between(w, g, f"{place}[{n}]")
    elif want != got:
        yield f"{place}: {_short(got)}, want {_short(want)}"


def _key(value: Any) -> tuple[str, str]:
    """Sort by what names a thing first, so that a difference in one of them leaves the others side by side."""
    named = value.get("id") or value.get("nodeId") or value.get("name") if isinstance(value, dict) else None
    return _text(named), _text(value)


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) < 120 else f"{text[:117]}..."
