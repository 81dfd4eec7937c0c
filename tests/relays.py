"""Ending the relays that tests have started, or caused to start by themselves."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

from clew.outbox import lock
from tests.waiting import until

if TYPE_CHECKING:
    from pathlib import Path


def relay_of(home: Path) -> int:
    """Return the process of an outbox' relay; 0 where none runs, or it is starting."""
    holder = lock.current(home)
    return holder.pid if holder else 0


def end_relay(home: Path) -> None:
    """End the relay of an outbox, if one runs, and wait until it is gone."""
    until(lambda: lock.current(home) is None or relay_of(home))
    pid = relay_of(home)
    if pid:
        os.kill(pid, signal.SIGTERM)
    until(lambda: lock.current(home) is None)
