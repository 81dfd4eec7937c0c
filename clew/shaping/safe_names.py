"""Names that would poison Marquez, made safe on the way out, and back.

A dataset namespace with another character than these, an empty one, one over 1,024 characters, or an empty name of a job, dataset,
column or source is stored before it is refused, and from then on every list that holds it answers 500. NUL is a 500 anywhere.
Source: NamespaceName, DatasetName, JobName, FieldName of Marquez 0.51; Postgres' limit for an indexed value (2,704 bytes).

A character that must not be becomes `_xHEX_` with its code point in capitals (`my db` → `my_x20_db`), an empty text `_x_`. What
reads like such a mark already is left alone, so that making safe twice is making safe once.
Marquez itself turns `;` and `=` of a *job's* namespace into `_` and then finds no parent by it, so they are marked there.
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec

from clew import facets, naming
from clew.shaping import credentials, reading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from clew.events import Json

    Warn = Callable[[str], None]

LONGEST_NAMESPACE = 1024
LONGEST_NAME = 1000
"""Bytes of UTF-8: a job's shown name has its parent's before it, and both together must fit into an index."""
LONGEST_COLUMN = 255
"""Characters of a column's or a facet's name, and of a transformation's type."""

LONGEST_SHOWN = 100
"""Characters of a name in a warning."""

ORIGINAL = "clew_originalName"
DEEPEST = 100
_NUL_SHOWN = "\N{SYMBOL FOR NULL}"
_EMPTY = "_x_"
_UNSAFE_IN_DATASETS = re.compile(r"[^a-zA-Z:;=/0-9_\-.@+]")
_UNSAFE_IN_JOBS = re.compile(r"[^a-zA-Z:/0-9_\-.@+]")
_remembered = lru_cache(maxsize=4096)
"""The same few names stand in every event, once per column of its lineage."""

_MARK = re.compile(r"_x([0-9A-F]{2,6})_")


def dataset_namespace(text: str) -> str:
    """Return a dataset's namespace that Marquez can store."""
    return _short(_UNSAFE_IN_DATASETS.sub(_marked, _plain(text)) or _EMPTY, LONGEST_NAMESPACE)


def job_namespace(text: str) -> str:
    """Return a job's namespace that Marquez stores as it is."""
    return _short(_UNSAFE_IN_JOBS.sub(_marked, _plain(text)) or _EMPTY, LONGEST_NAMESPACE)


def name(text: str, longest: int = LONGEST_NAME) -> str:
    """Return a name that is not blank and fits into so many bytes; any character may be in it."""
    return _short(_plain(text) if text.strip() else re.sub(r"\s", _marked, text) or _EMPTY, longest)


def original(text: str) -> str:
    """Return what was made safe, unless it was shortened: the facet `clew_originalName` has that."""
    return "" if text == _EMPTY else _MARK.sub(lambda m: chr(int(m[1], 16)) if int(m[1], 16) <= 0x10FFFF else m[0], text)  # noqa: PLR2004


def _marked(match: re.Match[str]) -> str:
    return f"_x{ord(match[0]):02X}_"


def _plain(text: str) -> str:
    """Return a text without NUL and half characters (surrogates), which no backend stores."""
    return text.replace("\0", _NUL_SHOWN).encode(errors="replace").decode()


def _short(text: str, longest: int) -> str:
    encoded = text.encode()
    if len(encoded) <= longest:
        return text
    digest = hashlib.sha256(encoded).hexdigest()[:16]
    return f"{encoded[: longest - len(digest) - 1].decode(errors='ignore')}_{digest}"


# --- Whole events -----------------------------------------------------------------------------------------------------------


def plain_copy(event: Json, warn: Warn) -> Json:
    """Return a copy that is plain JSON: without NUL, half characters (surrogates) and endless nesting."""
    try:
        encoded = msgspec.json.encode(event)
    except (UnicodeEncodeError, RecursionError):
        warn("half characters or nesting over 100 levels were taken out")
        encoded = msgspec.json.encode(_scrubbed(event))
    copy: Json = msgspec.json.decode(encoded)
    if b"\\u0000" not in encoded:
        return copy
    warn(f"NUL characters were replaced by {_NUL_SHOWN}")
    scrubbed: Json = _scrubbed(copy)
    return scrubbed


def _scrubbed(value: Any, depth: int = 0) -> Any:
    if isinstance(value, str):
        return _plain(value)
    if depth == DEEPEST and isinstance(value, (dict, list)):
        return "…"
    if isinstance(value, dict):
        return {_scrubbed(str(k)): _scrubbed(v, depth + 1) for k, v in value.items()}
    return [_scrubbed(v, depth + 1) for v in value] if isinstance(value, list) else value


def event(event: Json, warn: Warn) -> Json:
    """Return the event with the one, safe name of its job, its parent and its datasets."""
    safe = dict(event)
    if isinstance(event.get("job"), dict):
        safe["job"] = _job(event["job"], warn, where="job")
    for side in ("inputs", "outputs"):
        if side in safe:
            safe[side] = [dataset(d, warn) for d in reading.objects(event, side)]
    if isinstance(event.get("dataset"), dict):
        safe["dataset"] = dataset(event["dataset"], warn)
    return _with_parent(safe, warn)


def _with_parent(event: Json, warn: Warn) -> Json:
    parent = reading.parent(event)
    if not parent:
        return event
    safe = {**parent, "job": _job(reading.at(parent, "job"), warn, where="parent")}
    root = reading.at(parent, "root")
    if root:
        safe["root"] = {**root, "job": _job(reading.at(root, "job"), warn, where="root")}
    return {**event, "run": {**event["run"], "facets": {**event["run"]["facets"], "parent": safe}}}


def _job(job: Json, warn: Warn, *, where: str) -> Json:
    texts = reading.texts(job)
    if texts is None:
        return job
    found, safe = (credentials.without(texts[0]), credentials.without(texts[1])), safe_job(*texts)
    renamed = {**job, "namespace": safe[0], "name": safe[1]}
    if safe == found:
        return renamed
    warn(_renamed(where, found, safe))
    return _with_original(renamed, found) if where == "job" else renamed


def dataset(dataset: Json, warn: Warn) -> Json:
    """Return the dataset with its one, safe name; the one that it came with stands in a facet.

    Not in a symlink: a symlink's namespace poisons like any other, and Marquez lists no versions of any dataset, wherever it
    is, that has the name of a symlink.
    """
    found = reading.texts(dataset)
    if found is None:
        return dataset
    one = one_name(*found)
    named = {**dataset, "namespace": one[0], "name": one[1], "facets": _safe_facets(reading.at(dataset, "facets"))}
    if one == found:
        return named
    if one != naming.canonical(*found):
        warn(_renamed("dataset", found, one))
    return _with_original(named, found)


@_remembered
def one_name(namespace: str, own: str) -> tuple[str, str]:
    """Return the one name of a dataset, whichever tool named it, without credentials and safe."""
    return safe_dataset(*naming.canonical(credentials.without(namespace), credentials.without(own)))


@_remembered
def safe_dataset(namespace: str, own: str) -> tuple[str, str]:
    """Return namespace and name of a dataset that Marquez can store."""
    return dataset_namespace(namespace), name(own)


@_remembered
def safe_job(namespace: str, own: str) -> tuple[str, str]:
    """Return namespace and name of a job, without credentials, that Marquez can store."""
    return job_namespace(credentials.without(namespace)), name(credentials.without(own))


def _renamed(what: str, found: tuple[str, str], safe: tuple[str, str]) -> str:
    namespace, own, safe_namespace, safe_own = (
        repr(text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…") for text in (*found, *safe)
    )
    return f"the {what} {own} in {namespace} is sent as {safe_own} in {safe_namespace}, which Marquez can store"


def _with_original(named: Json, found: tuple[str, str]) -> Json:
    facet = facets.ours("originalName", namespace=found[0], name=found[1])
    return {**named, "facets": {ORIGINAL: facet, **reading.at(named, "facets")}}


def _safe_facets(found: Json) -> Json:
    """Return a dataset's facets with the names in them made safe in the same way."""
    safe = dict(found)
    if reading.objects(found, "symlinks", "identifiers"):
        safe["symlinks"] = {**found["symlinks"], "identifiers": [_identifier(i) for i in reading.objects(found, "symlinks", "identifiers")]}
    if reading.objects(found, "schema", "fields"):
        safe["schema"] = {**found["schema"], "fields": _columns(reading.objects(found, "schema", "fields"))}
    if reading.at(found, "columnLineage", "fields"):
        safe["columnLineage"] = {**found["columnLineage"], "fields": _column_lineage(reading.at(found, "columnLineage", "fields"))}
    source = reading.at(found, "dataSource").get("name")
    if isinstance(source, str):
        safe["dataSource"] = {**found["dataSource"], "name": name(source)}
    return safe


def _identifier(found: Json) -> Json:
    texts = reading.texts(found)
    return {**found, **dict(zip(("namespace", "name"), safe_dataset(*texts), strict=True))} if texts else found


def _columns(found: Iterable[Json]) -> list[Json]:
    return [{**c, "name": column(c["name"])} if isinstance(c.get("name"), str) else c for c in found]


@_remembered
def column(text: str) -> str:
    """Return a column's name that Marquez can store."""
    return name(text, LONGEST_COLUMN)


def _column_lineage(found: Json) -> Json:
    return {column(c): {**of, "inputFields": [_input_field(i) for i in reading.objects(of, "inputFields")]} for c, of in found.items()}


def _input_field(found: Json) -> Json:
    texts, field = reading.texts(found), found.get("field")
    if texts is None or not isinstance(field, str):
        return found
    namespace, own = one_name(*texts)
    return {**found, "namespace": namespace, "name": own, "field": column(field)}
