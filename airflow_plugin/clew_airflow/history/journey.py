"""How far a sync is: a small file in Clew's home for each Airflow, backend and namespace."""

from __future__ import annotations

import os
from datetime import datetime  # noqa: TC003  msgspec reads the annotations
from hashlib import blake2b
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from pathlib import Path


class Journey(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that started between two moments was sent.

    Attributes:
        since: the first.
        until: the last; what started later is still to be read. A DAG run that was not over keeps it at its start.
    """

    since: datetime
    until: datetime


def file_of(home: Path, *of: str) -> Path:
    """Return the file of a sync, e.g. from one URL to another."""
    return home / "sync" / f"{blake2b(chr(10).join(of).encode(), digest_size=8).hexdigest()}.json"


def read(file: Path) -> Journey | None:
    """Return how far it is; None where nothing is known, or nothing that can be read: then everything is looked at again."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=Journey)
    except (OSError, msgspec.DecodeError):
        return None


def write(file: Path, journey: Journey) -> None:
    """Keep how far it is, at once or not at all."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = file.with_suffix(".new")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.write(msgspec.json.encode(journey))
        out.flush()
        os.fsync(out.fileno())
    new.replace(file)


def begin(known: Journey | None, since: datetime) -> datetime:
    """Return from where to read: where the last sync stopped, unless an earlier moment is asked for than that one began at."""
    return known.until if known is not None and known.since <= since <= known.until else since
