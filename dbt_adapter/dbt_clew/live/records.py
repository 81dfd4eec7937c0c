"""What dbt's process tells the teller: one record a line, as JSON."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003  msgspec reads the annotations
from functools import cache
from typing import Any

import msgspec

from dbt_clew.artifacts.shapes import Result  # noqa: TC001  msgspec reads the annotations
from dbt_clew.connection import Connection  # noqa: TC001  msgspec reads the annotations


class Record(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """One thing that happened."""


class Begun(Record, frozen=True):
    """dbt knows its project and what it is connected to."""

    invocation_id: str
    started_at: datetime
    dbt_version: str
    command: str
    """dbt's own name of it (`flags.WHICH`)."""
    args: dict[str, Any]
    """As run results have them."""
    project: str
    project_dir: str
    target_path: str
    profile: str
    target: str
    connection: Connection
    adapter_version: str | None = None


class Parsed(Record, frozen=True):
    """There is a manifest of this invocation."""

    manifest: str
    """Path of the file."""
    ours: bool = False
    """We wrote it, since dbt did not: whoever has read it removes it."""


class NodeBegun(Record, frozen=True):
    """A node's execution has begun."""

    unique_id: str
    at: datetime


class NodeCompiled(Record, frozen=True):
    """A node's code is ready, and what it does to the database begins."""

    unique_id: str
    code: str | None


class NodeEnded(Record, frozen=True):
    """A node's execution is over."""

    result: Result
    tentative: bool = False
    """Run results have the last word: dbt says so of each batch and of the whole, with one unique_id, and of what ends while it cancels."""


class Ended(Record, frozen=True):
    """The invocation is over."""

    at: datetime
    exit_code: int
    signal: str | None = None
    """Name of the signal that interrupted it."""
    message: str | None = None
    """What dbt says went wrong."""


AnyRecord = Begun | Parsed | NodeBegun | NodeCompiled | NodeEnded | Ended

encode = msgspec.json.Encoder(enc_hook=str).encode


@cache
def _decoder() -> msgspec.json.Decoder[AnyRecord]:
    """Make what the teller alone needs: dbt's process has to pay for nothing but telling."""
    return msgspec.json.Decoder(AnyRecord)


def decode(line: bytes) -> AnyRecord:
    """Read a line.

    Raises:
        msgspec.MsgspecError: it is no record of this version.
    """
    return _decoder().decode(line)
