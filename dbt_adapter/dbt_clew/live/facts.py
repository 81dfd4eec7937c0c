"""What the teller leaves for `dbt-clew`: which invocation it was, what dbt was connected to, and whether all of it has been told.

`dbt-clew` names the file in `CLEW_DBT_FACTS`. The teller holds a lock on it as long as it works, since it may outlive dbt.
"""

from __future__ import annotations

import logging
import os
import time
from typing import TYPE_CHECKING

import msgspec

from dbt_clew.connection import Connection  # noqa: TC001  msgspec reads the annotations

if TYPE_CHECKING:
    from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

log = logging.getLogger("clew")

_PAUSE = 0.01


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of an invocation from within dbt."""

    invocation_id: str
    command: str
    project: str
    project_dir: str
    target_path: str
    profile: str
    target: str
    connection: Connection
    adapter_version: str | None = None
    told: bool = False
    """Every event of the invocation, its end included, is in the outbox: nothing is left to tell."""


def take(file: Path) -> int | None:
    """Open and lock the file for a teller; None where it cannot be had."""
    try:
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        return None
    try:
        if fcntl is not None:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # another teller has it
        os.close(descriptor)
        return None
    return descriptor


def write(descriptor: int, facts: Facts) -> None:
    """Replace what stands in the file."""
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, msgspec.json.encode(facts), 0)


def read(file: Path, seconds: float = 0.0) -> Facts | None:
    """Read what the teller left; None where there was none (dbt 1.5, another environment), or dbt ended before it had a connection.

    Args:
        file: the file that `CLEW_DBT_FACTS` named.
        seconds: how long to wait for a teller that is still at work.
    """
    _wait(file, seconds)
    content = file.read_bytes() if file.is_file() else b""
    if not content:
        return None
    try:
        return msgspec.json.decode(content, type=Facts)
    except msgspec.MsgspecError as error:
        log.warning("clew's plugin in dbt is of another version, what it says is not used (%s)", error)
        return None


def _wait(file: Path, seconds: float) -> None:
    """Wait until no teller holds the file; its kernel lock ends with it, however it ends."""
    deadline = time.monotonic() + seconds
    descriptor = None
    while descriptor is None and file.exists():
        descriptor = take(file)
        if descriptor is not None:
            os.close(descriptor)
        elif time.monotonic() > deadline:
            return
        else:
            time.sleep(_PAUSE)
