"""The lock that decides which relay an outbox has. The kernel gives it back when its holder dies, however that happens."""

from __future__ import annotations

import fcntl
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from clew.outbox import database

if TYPE_CHECKING:
    from pathlib import Path

FILE = "relay.lock"
_BYTES = 512


class Holder(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in the lock's file: who has the lock, or had it last.

    Attributes:
        pid: process of the relay; 0 while it starts.
        owner: name under which it holds the lease.
        since: when it was started, seconds since the epoch.
        ended: how it ended by itself; empty while it runs, and after a crash.
    """

    pid: int = 0
    owner: str = ""
    since: float = 0.0
    ended: str = ""


@dataclass(frozen=True)
class RelayLock:
    """A lock that this process holds.

    Attributes:
        home: of the outbox.
        descriptor: of the lock's file, which a child may inherit.
    """

    home: Path
    descriptor: int

    def holder(self) -> Holder:
        """Read what the file says."""
        return _decoded(os.pread(self.descriptor, _BYTES, 0))

    def write(self, holder: Holder) -> None:
        """Say who holds the lock, or how its holder ended; in one write of a fixed length, so that nobody reads half of it.

        Raises:
            OutboxUnwritable: the file cannot be written.
        """
        with database.translated(self.home / FILE):
            os.pwrite(self.descriptor, msgspec.json.encode(holder).ljust(_BYTES), 0)

    def is_in_place(self) -> bool:
        """Tell whether the file is still the one that others find; somebody may have removed it."""
        try:
            found = (self.home / FILE).stat()
        except FileNotFoundError:
            return False
        mine = os.fstat(self.descriptor)
        return (found.st_dev, found.st_ino) == (mine.st_dev, mine.st_ino)

    def release(self) -> None:
        """Give the lock back, whoever else has inherited its descriptor."""
        fcntl.flock(self.descriptor, fcntl.LOCK_UN)
        os.close(self.descriptor)

    def leave_to_child(self) -> None:
        """Close our end; a child that inherited the descriptor goes on holding the lock."""
        os.close(self.descriptor)


def acquire(home: Path) -> RelayLock | None:
    """Take the lock of an outbox; None when another process holds it.

    Raises:
        OutboxUnwritable: the file cannot be made.
    """
    with database.translated(home / FILE):
        descriptor = os.open(home / FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
    return RelayLock(home, descriptor)


def current(home: Path) -> Holder | None:
    """Return who holds the lock; None when nobody does."""
    try:
        descriptor = os.open(home / FILE, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        said = _decoded(os.pread(descriptor, _BYTES, 0))
        if said.ended:
            return None  # do not even try the lock: for that moment, somebody who wants it would not get it
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return said
    finally:
        os.close(descriptor)
    return None


def _decoded(text: bytes) -> Holder:
    try:
        return msgspec.json.decode(text, type=Holder)
    except msgspec.MsgspecError:
        return Holder()
