"""The processes of an Airflow: its scheduler, the workers of LocalExecutor, the tasks that those supervise."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path

from tests.waiting import until


def of_session(session: int) -> dict[int, int]:
    """Return the processes of a session, each with its parent."""
    found: dict[int, int] = {}
    for pid in processes():
        with suppress(OSError):
            fields = (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()
            if int(fields[3]) == session:
                found[pid] = int(fields[1])
    return found


def tasks_of(scheduler: int) -> dict[int, int]:
    """Return the processes of tasks, each with the executor's worker that supervises it and is its parent."""
    parents = of_session(scheduler)
    return {pid: parent for pid, parent in sorted(parents.items()) if parents.get(parent) == scheduler}


def wait_for_tasks(scheduler: int) -> None:
    """Wait until every process of a task is gone: its end it tells after Airflow knows of it, and its DAG run may be over before that."""
    until(lambda: not tasks_of(scheduler), 120)


def processes() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def kill_all(session: int) -> None:
    """Kill a scheduler with all that it has started."""
    for pid in of_session(session):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
