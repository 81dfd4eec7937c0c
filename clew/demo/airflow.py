"""A throwaway Airflow 3: its processes on this machine's loopback, driven through its REST API.

Only the standard library, since the Airflow is another environment's and this runs in ours.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote
from urllib.request import ProxyHandler, Request, build_opener

from clew.errors import ClewError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from pathlib import Path

    from typing_extensions import Self

_PAUSE = 0.2  # seconds between two looks at something that another process brings about
_STARTUP = 180.0  # seconds that a process, or an answer, may take on a machine that does much else
_NOT_INHERITED = ("AIRFLOW_", "CLEW_", "OPENLINEAGE_")  # what configures another Airflow of this user
_open = build_opener(ProxyHandler({})).open  # loopback is never behind a proxy


class AirflowFailed(ClewError):
    """Airflow did not start, or did not do what was asked in time."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """A DAG run as Airflow's API shows it; `state` is queued, running, success or failed."""

    dag_id: str
    run_id: str
    state: str

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self.state in {"success", "failed"}


class Airflow:
    """An Airflow in a home of its own: API server, scheduler with LocalExecutor, and a DAG processor that reads the DAGs once.

    `with Airflow(python=…, home=…, dags=…, environ={"CLEW_URL": …}) as airflow: airflow.run("load_shop", logical_date=…)`
    """

    def __init__(self, *, python: Path, home: Path, dags: Path, environ: Mapping[str, str] | None = None, triggerer: bool = False) -> None:
        """Prepare; nothing is started yet.

        Args:
            python: the interpreter of an environment with Airflow 3.
            home: AIRFLOW_HOME; is made when it does not exist. Databases and logs are in it.
            dags: the folder of the DAGs.
            environ: what the processes see besides what they need, e.g. CLEW_URL.
            triggerer: whether tasks may be deferred; it is one more process.
        """
        self.home = home
        self._python, self._triggerer = python, triggerer
        self._port = _free_port()
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(_NOT_INHERITED)}
        self._environ = {**inherited, **_configuration(home, dags, self._port), **(environ or {})}
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._token: str | None = None

    def __enter__(self) -> Self:
        """Make the database and start the processes; return when DAGs can be run."""
        self.home.mkdir(parents=True, exist_ok=True)
        try:
            self.command("db", "migrate", timeout=_STARTUP)
            self._start("api-server", "--host", "127.0.0.1", "--port", str(self._port), "--workers", "1")
            self.start_scheduler()
            self._start("dag-processor", "--num-runs", "1")
            if self._triggerer:
                self._start("triggerer", "--skip-serve-logs")
            self._until(self._is_well, "its API server does not answer", _STARTUP)
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Stop all processes."""
        self.stop()

    @property
    def url(self) -> str:
        """Where its API server listens."""
        return f"http://127.0.0.1:{self._port}"

    def command(self, *words: str, timeout: float = 120.0) -> int:
        """Run a command of Airflow's and return its status; what it says is in the log that is named for its first word."""
        return self._start(*words).wait(timeout)

    @property
    def scheduler(self) -> int:
        """Its scheduler's process, the leader of a session with all that it starts."""
        return self._processes["scheduler"].pid

    def start_scheduler(self) -> int:
        """Start the scheduler, or another one where the last has died, and return its process."""
        if (last := self._processes.get("scheduler")) is not None:
            last.wait(_STARTUP)
        return self._start("scheduler", "--skip-serve-logs").pid

    def stop(self) -> None:
        """Stop every process that was started, with what it started itself."""
        running = [p for p in self._processes.values() if p.poll() is None]
        for asked, grace in ((signal.SIGTERM, 10.0), (signal.SIGKILL, 10.0)):
            for process in running:
                with contextlib.suppress(ProcessLookupError):  # a server's worker may outlive it, so its group is asked even then
                    os.killpg(process.pid, asked)
            for process in running:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(grace)
        self._processes.clear()

    def run(
        self,
        dag_id: str,
        *,
        logical_date: datetime | None,
        conf: Mapping[str, Any] | None = None,
        timeout: float = 120.0,
        heard: Callable[[str, str], None] | None = None,
    ) -> Run:
        """Trigger a DAG and wait for its end.

        Args:
            dag_id: the DAG; it may not be parsed yet.
            logical_date: of the run, aware of its time zone.
            conf: what the run is given.
            timeout: seconds.
            heard: is called with task id and state whenever a task's state changes.
        """
        return self.wait(self.trigger(dag_id, logical_date=logical_date, conf=conf), timeout=timeout, heard=heard)

    def trigger(self, dag_id: str, *, logical_date: datetime | None, conf: Mapping[str, Any] | None = None) -> Run:
        """Start a DAG run and return it as it is then."""
        self._until(lambda: self._is_parsed(dag_id), f"it has not read a DAG {dag_id}; is there an import error?", _STARTUP)
        body = {"logical_date": logical_date and logical_date.isoformat(), "conf": dict(conf or {})}
        return _run(self.ask("POST", f"/api/v2/dags/{quote(dag_id)}/dagRuns", body))

    def runs(self, dag_id: str) -> list[Run]:
        """Return the runs of a DAG, oldest first."""
        answer = self.ask("GET", f"/api/v2/dags/{quote(dag_id)}/dagRuns?order_by=run_after&limit=100")
        return [_run(r) for r in answer["dag_runs"]]

    def started_run(self, dag_id: str, seen: int) -> Run:
        """Wait for a run that Airflow starts by itself, after so many that were seen already."""
        self._until(lambda: len(self.runs(dag_id)) > seen, f"it has not started {dag_id} by itself", _STARTUP)
        return self.runs(dag_id)[seen]

    def wait(self, run: Run, *, timeout: float = 120.0, heard: Callable[[str, str], None] | None = None) -> Run:
        """Wait until a DAG run is over and return it as it is then."""
        where = f"/api/v2/dags/{quote(run.dag_id)}/dagRuns/{quote(run.run_id)}"
        seen: dict[str, str] = {}
        now = run

        def is_over() -> bool:
            nonlocal now
            now = _run(self.ask("GET", where))
            if heard is not None:
                for task, state in self.tasks(run).items():
                    if state and seen.get(task) != state:
                        seen[task] = state
                        heard(task, state)
            return now.is_over

        self._until(is_over, f"{run.dag_id} is not over", timeout)
        return now

    def tasks(self, run: Run) -> dict[str, str | None]:
        """Return the state of each task instance of a run by its task id (with `[map index]` where it is mapped)."""
        answer = self.ask("GET", f"/api/v2/dags/{quote(run.dag_id)}/dagRuns/{quote(run.run_id)}/taskInstances?limit=1000")
        return {t["task_id"] + (f"[{t['map_index']}]" if t["map_index"] >= 0 else ""): t["state"] for t in answer["task_instances"]}

    def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Make a request to Airflow's REST API and return its answer."""
        if self._token is None:
            self._token = str(self._call("GET", "/auth/token", None, {})["access_token"])
        return self._call(method, path, body, {"Authorization": f"Bearer {self._token}"})

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None, headers: Mapping[str, str]) -> Any:
        request = Request(
            f"http://127.0.0.1:{self._port}{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={**headers, "Content-Type": "application/json"},
            method=method,
        )
        try:
            with _open(request, timeout=_STARTUP) as answer:
                return json.load(answer)
        except HTTPError as error:
            text = error.read()[:500].decode("utf-8", "replace")
            raise AirflowFailed(f"Airflow: {method} {path}: {error.code} {text}") from None

    def _is_well(self) -> bool:
        self._check_processes()
        with contextlib.suppress(URLError, OSError):
            return bool(self._call("GET", "/api/v2/monitor/health", None, {})["scheduler"]["status"] == "healthy")
        return False

    def _is_parsed(self, dag_id: str) -> bool:
        try:
            return not self.ask("GET", f"/api/v2/dags/{quote(dag_id)}")["is_stale"]
        except AirflowFailed:
            return False

    def _until(self, done: Callable[[], bool], trouble: str, timeout: float) -> None:
        deadline = time.monotonic() + timeout
        while not done():
            if time.monotonic() > deadline:
                raise AirflowFailed(f"Airflow: {trouble} after {timeout:.0f} seconds. Its logs are in {self.home / 'logs'}.")
            time.sleep(_PAUSE)

    def _check_processes(self) -> None:
        for name, process in self._processes.items():
            if process.poll() not in {None, 0}:
                log = self._log(name)
                last = "\n".join(log.read_text(errors="replace").splitlines()[-5:])
                raise AirflowFailed(f"Airflow: `airflow {name}` ended with status {process.returncode} (all of it in {log}):\n{last}")

    def _start(self, *command: str) -> subprocess.Popen[bytes]:
        log = self._log(command[0])
        log.parent.mkdir(exist_ok=True)
        with log.open("ab") as out:
            process = subprocess.Popen(
                [self._python, "-m", "airflow", *command],
                env=self._environ,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        self._processes[command[0]] = process
        return process

    def _log(self, name: str) -> Path:
        return self.home / "logs" / f"{name}.log"


def _configuration(home: Path, dags: Path, port: int) -> dict[str, str]:
    """Return Airflow's configuration as environment variables: a file would hold what an earlier run has chosen."""
    options: dict[str, dict[str, object]] = {
        "core": {
            "dags_folder": dags,
            "executor": "LocalExecutor",
            "execution_api_server_url": f"http://127.0.0.1:{port}/execution/",
            "dags_are_paused_at_creation": False,
            "load_examples": False,
            "parallelism": 4,
            "simple_auth_manager_all_admins": True,
        },
        "api": {"base_url": f"http://127.0.0.1:{port}", "secret_key": secrets.token_hex(16)},
        "api_auth": {"jwt_secret": secrets.token_hex(32)},
        "database": {"sql_alchemy_conn": f"sqlite:///{home / 'airflow.db'}"},
        "dag_processor": {"refresh_interval": 3600},
        "scheduler": {"scheduler_idle_sleep_time": 0.2},
        "usage_data_collection": {"enabled": False},
        "workers": {
            "min_heartbeat_interval": 1,  # a supervisor looks this often whether its task's process is gone
            "execution_api_timeout": _STARTUP,  # after 5 seconds without an answer it would have a task fail that never began
        },
    }
    return {"AIRFLOW_HOME": str(home)} | {
        f"AIRFLOW__{section}__{key}".upper(): str(value) for section, keys in options.items() for key, value in keys.items()
    }


def _run(answer: Mapping[str, Any]) -> Run:
    return Run(dag_id=answer["dag_id"], run_id=answer["dag_run_id"], state=answer["state"])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
