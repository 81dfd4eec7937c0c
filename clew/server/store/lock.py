"""Who has a store open: any number of those who leave the file in its place, or one alone who puts another there.

The kernel gives a lock back however its holder dies. The lock is on a file beside the store: SQLite's own locks on the store would
be lost with the first descriptor that is closed, and say nothing of a file that is replaced.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from clew.errors import StoreInUse, StoreUnwritable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def share(path: Path) -> int:
    """Take a store together with others; close the descriptor to give it back.

    Raises:
        StoreInUse: somebody is replacing the file.
        StoreUnwritable: there is no place for the lock.
    """
    return _locked(path, fcntl.LOCK_SH, f"{path} is just being made anew by another command. Try again when that has ended.")


@contextmanager
def upgraded(path: Path, descriptor: int) -> Iterator[None]:
    """Have a store that is shared alone for a while.

    Raises:
        StoreInUse: others share it.
    """
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise StoreInUse(f"{path} must be brought up to date, and another Clew, an older one, has it open. Stop that first.") from None
    yield
    fcntl.flock(descriptor, fcntl.LOCK_SH)


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Have a store alone.

    Raises:
        StoreInUse: a server, or another command, has it open.
        StoreUnwritable: there is no place for the lock.
    """
    descriptor = _locked(path, fcntl.LOCK_EX, f"{path} is in use, by `clew up` or another command. Stop that first.")
    try:
        yield
    finally:
        os.close(descriptor)


def _locked(path: Path, kind: int, in_use: str) -> int:
    file = path.with_name(f"{path.name}.lock")
    try:
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StoreUnwritable(f"{file} cannot be written: {error.strerror}. Choose another place with --store FILE.") from error
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise StoreInUse(in_use) from None
    return descriptor
