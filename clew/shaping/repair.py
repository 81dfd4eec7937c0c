"""Small faults for which Marquez refuses a whole event, put right where it is plain what was meant.

A facet that Marquez knows is refused (422, or 500 for a wrong type) when it lacks `_producer`, `_schemaURL` or a field of its
own. The first two are filled from the event; a facet without its own fields says nothing and is left out, so that the rest
arrives. Times become RFC 3339; one without a zone is UTC, while Marquez would take the zone of its server. A dataset without
namespace or name is left out. What an event itself must have (`eventTime`, `run`, `job`, `producer`) is never made up.
Source: the classes in LineageEvent.java of Marquez 0.51 with their `@NotNull`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from clew import PRODUCER
from clew.shaping import reading

if TYPE_CHECKING:
    from collections.abc import Callable

    from clew.events import Json

    Warn = Callable[[str], None]
    Mend = Callable[[Json], Json | None]

_URI = re.compile(r"(?:[A-Za-z0-9:/?#@!$&'()*+,;=\-._~]|%[0-9A-Fa-f]{2})+")
_NOT_URI = re.compile(r"[^A-Za-z0-9:/?@!$&'()*+,;=\-._~%]|%(?![0-9A-Fa-f]{2})")
"""Stricter than the RFC: what Java's URI class takes for sure."""
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)")


def event(event: Json, warn: Warn) -> Json:
    """Return the event with its facets, times and datasets in order."""
    mended = dict(event)
    _mend_time(mended, "eventTime", warn)
    filler = {"_producer": _uri(event.get("producer")) or PRODUCER, "_schemaURL": _uri(event.get("schemaURL")) or PRODUCER}
    for part, rules in (("run", RUN_FACETS), ("job", JOB_FACETS), ("dataset", DATASET_FACETS)):
        if isinstance(event.get(part), dict):
            mended[part] = _with_facets(event[part], rules, filler, warn)
    for side in ("inputs", "outputs"):
        if side in event:
            mended[side] = _datasets(event, side, filler, warn)
    return mended


def _datasets(event: Json, side: str, filler: Json, warn: Warn) -> list[Json]:
    found = event[side] if isinstance(event[side], list) else []
    kept = [d for d in found if reading.texts(d)]
    if len(kept) < len(found):
        warn(f"{len(found) - len(kept)} {side} without namespace or name are left out")
    return [_with_facets(d, DATASET_FACETS, filler, warn) for d in kept]


def _with_facets(part: Json, rules: dict[str, Mend], filler: Json, warn: Warn) -> Json:
    facets: Json = {}
    for name, facet in reading.at(part, "facets").items():
        mended = _facet(facet, rules[name], filler) if name in rules else facet
        if mended is None:
            warn(f"the facet {name} lacks what it must have and is left out")
        elif len(name) <= 255:  # noqa: PLR2004  Marquez' column
            facets[name] = mended
        else:
            warn(f"the facet {name[:50]}… has too long a name and is left out")
    sides: Json = {s: reading.at(part, s) for s in ("inputFacets", "outputFacets") if s in part}
    return {**part, "facets": facets, **sides}


def _facet(facet: Any, mend: Mend, filler: Json) -> Json | None:
    mended = mend(facet) if isinstance(facet, dict) else None
    if mended is None:
        return None
    return {**mended, **{k: _uri(facet.get(k)) or v for k, v in filler.items()}}


def _uri(value: Any) -> str | None:
    return value if isinstance(value, str) and _URI.fullmatch(value) else None


def _mend_time(within: Json, key: str, warn: Warn | None = None) -> bool:
    """Bring a time into RFC 3339, and tell whether it is one."""
    found = within.get(key)
    moment = reading.instant(found)
    if moment is None:
        return False
    if not _RFC3339.fullmatch(str(found)):
        within[key] = reading.written(moment)
        if warn:
            warn(f"{key} {found!r} is sent as {within[key]}")
    return True


# --- One function per facet: the facet in order, or None where it says nothing ---------------------------------------------


def _needs(*texts: str) -> Mend:
    return lambda facet: facet if all(isinstance(facet.get(t), str) for t in texts) else None


def _texts(facet: Json, **longest: int | None) -> Json:
    """Return the facet without those fields that are no texts, or longer than Marquez' column is."""
    return {k: v for k, v in facet.items() if k not in longest or (isinstance(v, str) and len(v) <= (longest[k] or len(v)))}


def _nominal_time(facet: Json) -> Json | None:
    mended = dict(facet)
    if not _mend_time(mended, "nominalEndTime"):
        mended.pop("nominalEndTime", None)
    return mended if _mend_time(mended, "nominalStartTime") else None


def _parent(facet: Json) -> Json | None:
    return facet if reading.text(facet, "run", "runId") and reading.texts(reading.at(facet, "job")) else None


def _job_type(facet: Json) -> Json | None:
    """`jobType` is optional in the specification and needed by Marquez."""
    known = _texts(facet, processingType=None, integration=None, jobType=None)
    return {"jobType": "JOB", **known} if {"processingType", "integration"} <= known.keys() else None


def _source_code_location(facet: Json) -> Json:
    return {"type": "url", **_texts(facet, type=None, url=None)}


def _schema(facet: Json) -> Json:
    """Marquez shows a column without a type once more with every event; an empty type it shows once."""
    columns = [c for c in reading.objects(facet, "fields") if isinstance(c.get("name"), str)]
    return {**facet, "fields": [{"type": "", **_texts(c, type=None, description=None)} for c in columns]}


def _data_source(facet: Json) -> Json | None:
    """Marquez needs name and URI and refuses a URI that Java cannot read; each can stand for the other."""
    texts = _texts(facet, name=None, uri=None)
    name, uri = texts.get("name"), texts.get("uri")
    if not (name or uri):
        return None
    return {**texts, "name": name or uri, "uri": _NOT_URI.sub("_", uri or name or "")}


def _symlinks(facet: Json) -> Json:
    return {**facet, "identifiers": [_texts(i, type=64) for i in reading.objects(facet, "identifiers") if reading.texts(i)]}


def _column_lineage(facet: Json) -> Json:
    return {**facet, "fields": {c: _column(of) for c, of in reading.at(facet, "fields").items() if isinstance(of, dict)}}


def _column(of: Json) -> Json:
    inputs = [i for i in reading.objects(of, "inputFields") if reading.texts(i) and isinstance(i.get("field"), str)]
    return {**_texts(of, transformationType=255, transformationDescription=None), "inputFields": inputs}


RUN_FACETS: dict[str, Mend] = {"nominalTime": _nominal_time, "parent": _parent}
JOB_FACETS: dict[str, Mend] = {
    "documentation": _needs("description"),
    "sourceCodeLocation": _source_code_location,
    "sql": _needs("query"),
    "jobType": _job_type,
}
DATASET_FACETS: dict[str, Mend] = {
    "documentation": _needs("description"),
    "schema": _schema,
    "lifecycleStateChange": lambda facet: _texts(facet, lifecycleStateChange=63),
    "dataSource": _data_source,
    "columnLineage": _column_lineage,
    "symlinks": _symlinks,
}
