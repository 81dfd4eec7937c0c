"""What an Airflow task pays for lineage: each hook and the whole task, by who listens and where its events go, in one run.

    python -m benchmarks.airflow_hooks PYTHON [--tasks 200]

PYTHON is the interpreter of an environment with Airflow 3, its OpenLineage provider and Clew. Each variant has a home of its own
and a real Airflow (LocalExecutor, one task at a time). A hook is timed from outside, by a wrapper around all listeners. Tasks do
nothing; in a second part each copies a table of a real Postgres, where the programs of one are here. The three that are compared
(no lineage, the provider as it comes, Clew) have so many tasks as are asked for, the others and Postgres at most 30; 200 take about
a quarter of an hour on a quiet machine. The tables are Markdown, as docs/airflow.md has them.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import statistics
import subprocess
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import machine
from clew.demo.airflow import Airflow
from clew.outbox import Outbox
from tests.backends import free_port
from tests.postgres import programs, serving

if TYPE_CHECKING:
    from typing_extensions import Self

HERE = Path(__file__).parent / "airflow"
HOOKS = ("on_task_instance_running", "on_task_instance_success")
TASKS, FEWER, TASKS_THAT_WAIT = 200, 30, 2  # a hanging backend costs the provider 13 s for each hook, a dead one 9
IMPORTS = 5
PLUGINS = """
import time, airflow.settings, airflow.jobs.scheduler_job_runner
began = time.process_time()
from airflow.listeners.listener import get_listener_manager
get_listener_manager()
print(time.process_time() - began)
"""


@dataclass(frozen=True, kw_only=True)
class Variant:
    """Who listens, and where its events go."""

    name: str
    environ: dict[str, str] = field(default_factory=dict)
    backend: str = "well"
    waits: bool = False  # for the backend
    compared: bool = False  # with all tasks

    def tasks(self, asked: int) -> int:
        """Return how many tasks it has."""
        return TASKS_THAT_WAIT if self.waits else asked if self.compared else min(asked, FEWER)


def variants(well: str, hanging: str, dead: str) -> list[Variant]:
    """List what is compared."""

    def provider(url: str, *, thread: bool) -> dict[str, str]:
        transport = json.dumps({"type": "http", "url": url})
        return {
            "CLEW_ENABLED": "false",
            "AIRFLOW__OPENLINEAGE__TRANSPORT": transport,
            "AIRFLOW__OPENLINEAGE__EXECUTE_IN_THREAD": str(thread),
        }

    def clew(url: str, *, thread: bool) -> dict[str, str]:
        return {"CLEW_URL": url, "AIRFLOW__OPENLINEAGE__EXECUTE_IN_THREAD": str(thread)}

    return [
        Variant(name="no lineage", environ={"CLEW_ENABLED": "false"}, compared=True),
        Variant(name="provider forks, HTTP", environ=provider(well, thread=False), compared=True),
        Variant(name="provider in a thread, HTTP", environ=provider(well, thread=True)),
        Variant(name="provider forks, Clew", environ=clew(well, thread=False)),
        Variant(name="Clew", environ=clew(well, thread=True), compared=True),
        Variant(name="Clew, nothing watched", environ={**clew(well, thread=True), "CLEW_WATCH": "none"}),
        Variant(name="provider forks, HTTP", environ=provider(dead, thread=False), backend="dead", waits=True),
        Variant(name="Clew", environ=clew(dead, thread=True), backend="dead"),
        Variant(name="provider forks, HTTP", environ=provider(hanging, thread=False), backend="hangs", waits=True),
        Variant(name="Clew", environ=clew(hanging, thread=True), backend="hangs"),
    ]


def main() -> None:
    """Measure and print a table."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("python", type=Path)
    arguments.add_argument("--tasks", type=int, default=TASKS)
    arguments.add_argument("--only", default="", help="only variants whose name matches this regular expression")
    given = arguments.parse_args()
    print(f"{machine.described()}\nmilliseconds: median (10 %-90 %)")
    with Backend() as well, Hanging() as hanging:
        chosen = [v for v in variants(well.url, hanging.url, f"http://127.0.0.1:{free_port()}") if re.search(given.only, v.name)]
        print(f"\nLoading Airflow's plugins in a process that has imported the scheduler, {IMPORTS} times\n")
        table("who listens", "processor")
        for variant in (v for v in chosen if v.backend == "well"):
            print(row(variant.name, spread(imports(variant, given.python))), flush=True)
        compare("Tasks that do nothing", "nothing", chosen, given, well)
        if (server := programs()) is None:
            print("\nNo Postgres on this machine: nothing is said of SQL operators")
            return
        folder = Path(tempfile.mkdtemp(prefix="clew-benchmark-"))
        with serving(folder, server) as postgres:
            here = {"AIRFLOW_CONN_TILLS": postgres.url()}
            on_postgres = [replace(v, environ={**v.environ, **here}, compared=False) for v in chosen if v.backend == "well"]
            compare("Tasks that copy a table of a Postgres", "copies", on_postgres, given, well)
        shutil.rmtree(folder)


def compare(title: str, dag: str, chosen: list[Variant], given: argparse.Namespace, well: Backend) -> None:
    """Measure variants on a DAG and print a table."""
    print(f"\n{title}\n")
    table("who listens", "backend", "tasks", "START", "processor", "END", "processor", "task", "arrived")
    for variant in chosen:
        well.received = 0
        measure(variant, dag, given.python, variant.tasks(given.tasks), well)


def imports(variant: Variant, python: Path) -> list[float]:
    """Measure the processor time of loading all plugins, in milliseconds."""
    with tempfile.TemporaryDirectory(prefix="clew-benchmark-") as home:
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("AIRFLOW", "CLEW_", "OPENLINEAGE"))}
        environ = {**clean, "AIRFLOW_HOME": home, "AIRFLOW__CORE__LOAD_EXAMPLES": "False", **variant.environ}
        runs = [subprocess.run([python, "-c", PLUGINS], env=environ, check=True, capture_output=True, text=True) for _ in range(IMPORTS)]
    return [1000 * float(run.stdout.splitlines()[-1]) for run in runs]


def measure(variant: Variant, dag: str, python: Path, tasks: int, well: Backend) -> None:
    """Run the DAG in an Airflow of its own and print one line."""
    home = Path(tempfile.mkdtemp(prefix="clew-benchmark-"))
    try:
        environ = {
            "BENCHMARK_TASKS": str(tasks),
            "BENCHMARK_TIMES": str(home / "times"),
            "AIRFLOW__CORE__PARALLELISM": "1",
            "AIRFLOW__CORE__PLUGINS_FOLDER": str(HERE / "plugins"),
            **variant.environ,
        }
        (home / "times").mkdir()
        with Airflow(python=python, home=home, dags=HERE / "dags", environ=environ) as airflow:
            run = airflow.run(dag, logical_date=datetime(2026, 1, 1, tzinfo=timezone.utc), timeout=60 + 15 * tasks)
        if run.state != "success":
            raise SystemExit(f"{variant.name}: the DAG run ended as {run.state}; its logs are in {home}")
        if variant.backend == "well" and (home / "clew").exists():
            Outbox(home / "clew").wait_until_empty(60)
        columns = [column for hook in HOOKS for column in hook_times(home / "times" / hook)]
        columns += [spread(durations(home)), str(well.received) if variant.backend == "well" else "-"]
        print(row(variant.name, variant.backend, str(tasks), *columns), flush=True)
    finally:
        stop_relay(home)
        shutil.rmtree(home)


def table(*columns: str) -> None:
    """Begin a table."""
    print(row(*columns))
    print(row(*("---" for _ in columns)), flush=True)


def row(*columns: str) -> str:
    """Set one row of a table."""
    return f"| {' | '.join(columns)} |"


def hook_times(file: Path) -> tuple[str, str]:
    """Give a hook's time with its spread, and the median of its processor time."""
    times = [[1000 * float(t) for t in row.split()] for row in file.read_text().splitlines()]
    return spread([wall for wall, _ in times]), f"{statistics.median(processor for _, processor in times):.1f}"


def durations(home: Path) -> list[float]:
    """Read from Airflow's database how long each task ran, in milliseconds."""
    with sqlite3.connect(home / "airflow.db") as database:
        rows = database.execute("select start_date, end_date from task_instance").fetchall()
    return [(datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds() * 1000 for start, end in rows]


def spread(values: list[float]) -> str:
    """Give the median and the first and last decile."""
    cuts = statistics.quantiles(values, n=10, method="inclusive") if len(values) > 1 else values * 9
    return f"{statistics.median(values):.1f} ({cuts[0]:.1f}-{cuts[-1]:.1f})"


def stop_relay(home: Path) -> None:
    """End the relay that the tasks started; with a backend that hangs it would wait for ever."""
    lock = home / "clew" / "relay.lock"
    holder = json.loads(lock.read_text()) if lock.is_file() else {"ended": True}
    if holder["ended"]:
        return
    with suppress(ProcessLookupError):
        os.kill(holder["pid"], signal.SIGKILL)
        while True:
            os.kill(holder["pid"], 0)
            time.sleep(0.05)


class Backend:
    """A backend on loopback that accepts everything at once."""

    def __enter__(self) -> Self:
        backend = self
        self.received = 0

        class Accept(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                backend.received += 1
                self.send_response(201)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def do_GET(self) -> None:
                self.send_response(404)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Accept)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class Hanging:
    """A backend on loopback that accepts connections and never answers."""

    def __enter__(self) -> Self:
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()


if __name__ == "__main__":
    main()
