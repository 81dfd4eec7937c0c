"""What `clew sync airflow` costs per task instance, and how much memory it takes, against an Airflow that gives out generated pages.

    python -m benchmarks.airflow_sync [TASK INSTANCES]

The Airflow is a process of its own on loopback, so that only sync's processor time is counted; the backend has nothing. Events go into
an outbox without a relay (`outbox`), or nowhere (`nowhere`), which shows what reading and making them costs alone.
"""

from __future__ import annotations

import json
import multiprocessing
import resource
import sys
import tempfile
import time
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median

from benchmarks import machine
from clew import outbox
from clew.settings import Settings
from clew_airflow.history import sync
from clew_airflow.history.events import Place
from clew_airflow.history.missing import Missing
from clew_airflow.history.read import Reader
from clew_airflow.history.rest import Credentials, Rest
from clew_airflow.history.there import Nothing

TASKS = 20
BEGIN = datetime(2026, 1, 1, tzinfo=timezone.utc)
VERSION = {"id": "01a204a2-a7a7-7b18-b346-0a4caa177881", "version_number": 1, "bundle_name": "dags", "bundle_version": "c0ffee"}


def at(number: int, more: float = 0.0) -> str:
    return (BEGIN + timedelta(seconds=20 * number + more)).isoformat()


def dag_run(number: int) -> dict:
    return {
        "dag_id": f"dag_{number % 10}",
        "dag_run_id": f"scheduled__{number}",
        "logical_date": at(number),
        "run_after": at(number),
        "start_date": at(number),
        "end_date": at(number, 15),
        "data_interval_start": at(number),
        "data_interval_end": at(number),
        "run_type": "scheduled",
        "state": "success",
        "triggered_by": "timetable",
        "conf": {"day": "2026-01-01"},
        "dag_versions": [VERSION],
        "dag_display_name": "d",
    }


def instance(number: int, task: int) -> dict:
    return {
        "id": f"{number:08}-{task:04}",
        "dag_id": f"dag_{number % 10}",
        "dag_run_id": f"scheduled__{number}",
        "task_id": f"task_{task}",
        "map_index": -1,
        "logical_date": at(number),
        "start_date": at(number, 1),
        "end_date": at(number, 2),
        "duration": 1.0,
        "state": "success",
        "try_number": 1,
        "operator": "BashOperator",
        "pool": "default_pool",
        "queue": "default",
        "hostname": "worker",
        "executor_config": "{}",
        "rendered_fields": {"bash_command": "echo 2026-01-01", "env": None, "cwd": None},
        "dag_version": VERSION,
    }


class Airflow(BaseHTTPRequestHandler):
    """Answers as Airflow 3 does, from numbers."""

    protocol_version = "HTTP/1.1"
    runs = 0

    def do_GET(self) -> None:
        answers = {
            "version": {"version": "3.3.2"},
            "token": {"access_token": "t"},
            "details": {"dag_id": "d", "fileloc": "/dags/d.py", "owners": ["me"], "tags": [{"name": "t"}], "params": {"day": {"value": 1}}},
            "tasks": {"tasks": [{"task_id": f"task_{n}", "owner": "me", "downstream_task_ids": []} for n in range(TASKS)]},
        }
        last = self.path.partition("?")[0].rpartition("/")[2]
        self.answer(
            answers.get(last, {"content": "code"} if "dagSources" in self.path else {"assets": [], "asset_aliases": [], "total_entries": 0})
        )

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        first, most = asked["page_offset"], asked["page_limit"]
        if "taskInstances" in self.path:
            pairs = [(int(r.rpartition("_")[2]), task) for r in asked["dag_run_ids"] for task in range(TASKS)]
            self.answer({"task_instances": [instance(*pair) for pair in pairs[first : first + most]], "total_entries": len(pairs)})
        else:
            begin = (
                max(0, int((datetime.fromisoformat(asked["start_date_gte"].replace("Z", "+00:00")) - BEGIN).total_seconds() // 20)) + first
            )
            self.answer({"dag_runs": [dag_run(n) for n in range(begin, min(begin + most, self.runs))], "total_entries": self.runs})

    def answer(self, value: dict) -> None:
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def serve(runs: int, port: multiprocessing.Queue) -> None:
    Airflow.runs = runs
    server = ThreadingHTTPServer(("127.0.0.1", 0), Airflow)
    port.put(server.server_port)
    server.serve_forever()


def measure(url: str, sink: str, folder: Path) -> tuple[float, int, int]:
    """Return processor seconds, task instances and requests of one pass."""
    settings = Settings(home=folder, relay=False, outbox_limit=1024**4)
    send = (lambda bodies: outbox.emit(settings, bodies)) if sink == "outbox" else (lambda _bodies: None)
    began = time.process_time()
    rest = Rest(url, Credentials(), per_second=1e6)
    reader = Reader(rest)
    missing = Missing(reader, Nothing(), Place(namespace="airflow", url=url, version=rest.version), reader.assets())
    sync.sync(reader, missing, since=BEGIN, send=send, remember=lambda _journey: None, tell=lambda _run: None)
    return time.process_time() - began, missing.counts.tries.total(), rest.requests


def main() -> None:
    asked = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    port: multiprocessing.Queue = multiprocessing.Queue()
    server = multiprocessing.Process(target=serve, args=(asked // TASKS, port), daemon=True)
    server.start()
    url = f"http://127.0.0.1:{port.get()}"
    print(machine.described())
    for sink in ("nowhere", "outbox"):
        costs = []
        for _ in range(3 if asked <= 20_000 else 1):
            with tempfile.TemporaryDirectory() as folder:
                seconds, tries, requests = measure(url, sink, Path(folder))
            costs.append(1000 * seconds / tries)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        spread = f"{min(costs):.3f}–{max(costs):.3f}"
        print(
            f"{sink:8} {tries:,} task instances, {requests:,} requests: {median(costs):.3f} ms of processor each ({spread}); peak {peak:.0f} MB"
        )
    server.terminate()


if __name__ == "__main__":
    main()
