"""Whose turn it is to write.

SQLite lets one process write, and the others try again now and then: one that writes without a pause would keep them out for long.
So who wants to write first waits for a turn, and keeps it until the file is theirs.
"""

from __future__ import annotations

import fcntl
import os
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SHORTEST, LONGEST = 0.0002, 0.005
"""Seconds between two tries: an append takes a fraction of a millisecond, a large batch up to a second."""


class Turn:
    """The turn of one process, as a lock on the folder itself; the kernel gives it back when the process dies."""

    def __init__(self, folder: Path) -> None:
        self._descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)

    def take(self, try_it: Callable[[], bool], seconds: float) -> bool:
        """Wait for the turn and then until `try_it` succeeds; tell whether it did in time."""
        deadline = time.monotonic() + seconds
        try:
            return _patiently(self._is_ours, deadline) and _patiently(try_it, deadline)
        finally:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def close(self) -> None:
        """Close the folder."""
        os.close(self._descriptor)

    def _is_ours(self) -> bool:
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def _patiently(try_it: Callable[[], bool], deadline: float) -> bool:
    pause = SHORTEST
    while not try_it():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
        pause = min(LONGEST, pause * 1.2)
    return True
