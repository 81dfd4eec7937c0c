"""The version gate: which artifacts we read at all."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from clew.errors import BadArtifact

if TYPE_CHECKING:
    from pathlib import Path

_SCHEMA = re.compile(rb'"dbt_schema_version"\s*:\s*"([^"]*)"')
_URL = re.compile(r".*/dbt/(?P<kind>[a-z-]+)/v(?P<version>\d+)\.json")
_HEAD_SIZE = 4096

NO_JSON = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What msgspec raises for bytes that are no JSON, or that are nested deeper than any artifact."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of artifact and the schema versions of it that we know."""

    name: str
    oldest: int
    newest: int
    oldest_dbt: str


MANIFEST = Kind(name="manifest", oldest=4, newest=12, oldest_dbt="1.0")
RUN_RESULTS = Kind(name="run-results", oldest=2, newest=6, oldest_dbt="0.20")
SOURCES = Kind(name="sources", oldest=1, newest=3, oldest_dbt="0.19")
CATALOG = Kind(name="catalog", oldest=1, newest=1, oldest_dbt="0.19")


def version(data: bytes, kind: Kind, file: Path) -> tuple[int, str | None]:
    """Return the schema version of an artifact, and a warning where it is newer than we know.

    Raises:
        BadArtifact: the file is another kind of file, or too old.
    """
    schema = _schema_version(data, file)
    match = _URL.fullmatch(schema)
    if match is None or match["kind"] != kind.name:
        raise BadArtifact(f"{file}: expected dbt's {kind.name} artifact, its schema is {schema!r}. Is this dbt's target directory?")
    found = int(match["version"])
    if found < kind.oldest:
        raise BadArtifact(
            f"{file}: schema v{found} is older than v{kind.oldest}, the oldest that Clew reads. Run dbt {kind.oldest_dbt} or later."
        )
    if found > kind.newest:
        return found, f"{file}: schema v{found} is newer than v{kind.newest}, the newest that this Clew knows; is there a newer Clew?"
    return found, None


class _Metadata(msgspec.Struct):
    dbt_schema_version: str


class _Head(msgspec.Struct):
    metadata: _Metadata


def _schema_version(data: bytes, file: Path) -> str:
    """Find the schema version without decoding the whole file: dbt writes it first."""
    match = _SCHEMA.search(data, 0, _HEAD_SIZE)
    if match is not None:
        return match[1].decode("utf-8", "replace")
    try:
        return msgspec.json.decode(data, type=_Head).metadata.dbt_schema_version
    except msgspec.ValidationError:
        raise BadArtifact(f"{file}: no artifact of dbt, it has no metadata.dbt_schema_version. Is this dbt's target directory?") from None
    except NO_JSON as error:
        raise BadArtifact(f"{file}: no JSON: {error}. Was dbt stopped while it wrote? Run dbt again.") from None
