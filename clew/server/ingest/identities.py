"""Identities that follow from names, as Marquez computes them, and ours where Marquez draws lots.

Source: marquez/common/Utils.java (newJobVersionFor, newDatasetVersionFor, newDatasetSchemaVersionFor, toNameBasedUuid).
"""

from __future__ import annotations

import re
import uuid
from hashlib import md5, sha1
from typing import TYPE_CHECKING

from clew.uuids import name_based

if TYPE_CHECKING:
    from collections.abc import Iterable

_URL = uuid.UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")
_JAVA_UUID = re.compile(r"[0-9a-fA-F]{1,8}-[0-9a-fA-F]{1,4}-[0-9a-fA-F]{1,4}-[0-9a-fA-F]{1,4}-[0-9a-fA-F]{1,12}")


def run_id(text: str) -> str:
    """Return a run's id as a UUID; what is none is hashed to one."""
    return _as_uuid(text) or _of_bytes(text.encode("utf-8", "surrogatepass"))


def parent_run_id(namespace: str, job: str, run: str) -> str:
    """Return the id of a parent run; one that is no UUID is hashed together with its job's name up to the last dot."""
    return _as_uuid(run) or _in_url_space(namespace, parent_name(job), run)


def other_parent_run_id(namespace: str, job: str, run: str) -> str:
    """Return an id for a parent run whose own id is that of another job's run already."""
    return _in_url_space(namespace, job, run)


def parent_name(name: str) -> str:
    """Return a name up to its last dot."""
    return name.rpartition(".")[0] if "." in name else name


def job_version(
    namespace: str, name: str, inputs: Iterable[tuple[str, str]], outputs: Iterable[tuple[str, str]], location: str | None
) -> str:
    """Return the version of a job: another where its datasets or the place of its code are others."""
    io = [":".join(":".join(d) for d in sorted(set(datasets))) for datasets in (inputs, outputs)]
    return _joined(namespace, name, *io, location)


def dataset_version(
    namespace: str,
    source: str,
    name: str,
    physical_name: str,
    *,
    columns: str,
    lifecycle: str | None,
    run: str | None,
    schema_location: str | None = None,
) -> str:
    """Return the version of a dataset: another for each run that writes it, and where its columns (`described`), state or source are others."""
    return _joined(namespace, source, name, physical_name, schema_location, columns, lifecycle, run)


def schema_version(namespace: str, name: str, columns: str) -> str:
    """Return the version of a schema: another where the columns (`typed`) are others."""
    return _joined(namespace, name, columns)


def described(fields: Iterable[Field]) -> str:
    """Return what tells columns from others: their names, types and descriptions."""
    columns = sorted({(f[0], f[1].upper() if f[1] is not None else None, f[2]) for f in fields}, key=lambda f: tuple((p or "") for p in f))
    return ":".join(":".join(p for p in column if p is not None) for column in columns)


def typed(fields: Iterable[Field]) -> str:
    """Return what tells a schema from others: the names and types of its columns."""
    return ":".join(f"{n}:{t}" if t else n for n, t in sorted((f[0], f[1] or "") for f in fields))


def row_id(kind: str, *names: str) -> str:
    """Return the id of a row: the same whenever the store is derived anew."""
    digest = sha1(_URL.bytes + "\x1f".join(("clew", kind, *names)).encode(), usedforsecurity=False)
    return name_based(digest.hexdigest(), 5)


def _joined(*parts: str | None) -> str:
    return _of_bytes(":".join(p for p in parts if p is not None).encode("utf-8", "surrogatepass"))


def _in_url_space(*parts: str) -> str:
    return _of_bytes(_URL.bytes + ".".join(parts).encode("utf-8", "surrogatepass"))


def _of_bytes(content: bytes) -> str:
    return name_based(md5(content, usedforsecurity=False).hexdigest(), 3)


def _as_uuid(text: str) -> str | None:
    if not _JAVA_UUID.fullmatch(text):
        return None
    if len(text) == 36:  # noqa: PLR2004  nothing is left out
        return text.lower()
    parts = zip(text.lower().split("-"), (8, 4, 4, 4, 12), strict=True)
    return "-".join(part.rjust(width, "0") for part, width in parts)


Field = tuple[str, "str | None", "str | None"]
