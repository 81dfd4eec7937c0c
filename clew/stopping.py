"""Being told to stop."""

from __future__ import annotations

import signal
import threading


def on_signals() -> threading.Event:
    """Return what is set when this process is told to stop (SIGTERM, SIGINT).

    A thread sets it: the handler interrupts the main thread, which may hold the event's own lock at that moment, and would wait for
    itself.
    """
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=stop.set).start())
    return stop
