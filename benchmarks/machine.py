"""The machine that a benchmark runs on, and how fast it is just then: on one that others share, the same work takes up to half as long again a minute later."""

from __future__ import annotations

import os
import platform
import statistics
import time


def described() -> str:
    """Say what the machine is, what it does besides, and how fast it is now."""
    load = ", ".join(f"{part:.1f}" for part in os.getloadavg())
    taken = [pace() for _ in range(15)]
    return (
        f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}, load {load};"
        f" a fixed loop of Python takes {statistics.median(taken):.1f} ms ({min(taken):.1f}-{max(taken):.1f})"
    )


def pace() -> float:
    """Return the milliseconds that a fixed loop of Python takes: figures of different times are compared by it."""
    started, total = time.perf_counter(), 0
    for number in range(200_000):
        total += number * number % 7
    return (time.perf_counter() - started) * 1000
