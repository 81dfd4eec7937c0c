"""Starting a relay by itself: detached from the host that happened to append, and one only."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import time
from dataclasses import fields
from pathlib import Path
from typing import IO, TYPE_CHECKING

from clew.errors import OutboxError
from clew.outbox.lock import Holder, acquire
from clew.process import python
from clew.settings import Settings

if TYPE_CHECKING:
    from clew.outbox.lock import RelayLock

log = logging.getLogger("clew")

CRASHED = 30.0
"""Seconds for which no new relay is started after one that died young: one that cannot live must not cost every append a process."""
GAVE_UP = 30.0
"""Seconds for which an append starts no new relay after one that found no backend."""
LOCK_VARIABLE = "CLEW_RELAY_LOCK_DESCRIPTOR"
SHELL = "/bin/sh"
LOG = "relay.log"
LOG_BYTES = 1024**2


def start(settings: Settings, home: Path, *, eager: bool = False) -> bool:
    """Start a relay unless one runs; tell whether it was started.

    The lock is taken here and handed down, so no second relay can come between.

    Args:
        settings: what the relay works with; `url` must be set.
        home: folder of the outbox.
        eager: start one even if the last found no backend a moment ago.
    """
    lock = acquire(home)
    if lock is None:
        return False
    if _too_soon(lock.holder(), time.time(), eager=eager):
        lock.release()
        return False
    try:
        lock.write(Holder(owner=lock.holder().owner, since=time.time()))
        _spawn(settings, home, lock)
    except (OSError, OutboxError, subprocess.SubprocessError) as error:
        log.error("clew could not start a relay: %s. Events wait in %s; `clew relay` delivers them.", error, home)  # noqa: TRY400
        lock.release()
        return False
    lock.leave_to_child()
    return True


def environment(settings: Settings, home: Path) -> dict[str, str]:
    """Return the variables that give a child the settings in force. Not arguments: those are for every user to see."""
    values = {f.metadata["variable"]: getattr(settings, f.name) for f in fields(Settings) if f.name not in {"home", "enabled", "relay"}}
    return {"CLEW_HOME": str(home), **{variable: _text(value) for variable, value in values.items() if value is not None}}


def _text(value: object) -> str:
    """Write a value as a setting reads it."""
    return ",".join(value) if isinstance(value, tuple) else str(value)


def _too_soon(last: Holder, now: float, *, eager: bool) -> bool:
    if last.ended == "unreachable":
        return not eager and now - last.since < GAVE_UP
    return not last.ended and now - last.since < CRASHED


def _spawn(settings: Settings, home: Path, lock: RelayLock) -> None:
    """Start the relay as nobody's child, in a session of its own.

    The shell leaves at once, so the host has no child to wait for, to reap or to find among its children when it cleans up.
    """
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("CLEW_", "OPENLINEAGE_"))}
    inherited["PYTHONPATH"] = os.pathsep.join(str(Path(entry).absolute()) for entry in sys.path)
    inherited[LOCK_VARIABLE] = str(lock.descriptor)
    with _log_file(home) as output:
        subprocess.run(
            [SHELL, "-c", '"$@" &', "clew-relay", python(), "-m", "clew.outbox"],
            env={**inherited, **environment(settings, home)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd="/",
            start_new_session=True,
            pass_fds=(lock.descriptor,),
            check=True,
        )


def _log_file(home: Path) -> IO[bytes]:
    """Open the relay's log, private and of bounded size."""
    file = home / LOG
    if file.exists() and file.stat().st_size > LOG_BYTES:
        file.replace(home / f"{LOG}.1")
    return os.fdopen(os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600), "ab")
