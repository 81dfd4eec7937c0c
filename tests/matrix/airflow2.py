"""A throwaway Airflow 2: its scheduler alone, which runs one task after the other."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
from contextlib import closing, suppress
from typing import TYPE_CHECKING

from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from pathlib import Path

_NOT_INHERITED = ("AIRFLOW", "CLEW_", "OPENLINEAGE_")


def run(
    dag_id: str, *, at: datetime, conf: str, python: Path, home: Path, dags: Path, environ: Mapping[str, str], over: Callable[[], bool]
) -> dict[str, str]:
    """Trigger a DAG, wait until `over` says so, and return the state of each DAG's run."""
    everything = {**_inherited(python), **_configuration(home, dags), **environ}

    def airflow(*command: str) -> subprocess.Popen[bytes]:
        with (home / "airflow.log").open("ab") as log:
            return subprocess.Popen(
                [python, "-W", "ignore", "-m", "airflow", *command],
                env=everything,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    home.mkdir(parents=True, exist_ok=True)
    trigger = ("dags", "trigger", dag_id, "--run-id", "by_hand", "--exec-date", at.isoformat(), "--conf", conf)
    for command in (("db", "migrate"), ("dags", "reserialize"), trigger):
        assert airflow(*command).wait(120) == 0, (home / "airflow.log").read_text()[-2000:]
    scheduler = airflow("scheduler", "--skip-serve-logs")
    try:
        until(lambda: scheduler.poll() is not None or over(), 300)
    finally:
        _stop(scheduler)
    with closing(sqlite3.connect(f"file:{home / 'airflow.db'}?mode=ro", uri=True)) as database:
        return dict(database.execute("select dag_id, state from dag_run").fetchall())


def _configuration(home: Path, dags: Path) -> dict[str, str]:
    return {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__EXECUTOR": "SequentialExecutor",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / 'airflow.db'}?timeout=60",
        "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.2",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
    }


def _inherited(python: Path) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(_NOT_INHERITED)}
    return {**kept, "PATH": f"{python.parent}:{os.environ['PATH']}"}  # its executor starts `airflow`


def _stop(scheduler: subprocess.Popen[bytes]) -> None:
    """Ask it to end, and its children if it does not."""
    scheduler.terminate()
    with suppress(subprocess.TimeoutExpired):
        scheduler.wait(10)
    with suppress(ProcessLookupError):
        os.killpg(scheduler.pid, signal.SIGKILL)
    scheduler.wait()


def doctor(programs: Path, environ: Mapping[str, str]) -> str:
    """Return what `clew doctor` says in an environment."""
    asked = [programs / "python", "-W", "ignore", programs / "clew", "doctor"]
    return subprocess.run(asked, env=dict(environ), check=False, capture_output=True, text=True, timeout=120).stdout
