"""What a task pays for emitting an event: our outbox beside openlineage-python's HTTP transport, in one run.

    python -m benchmarks.emit [--runs 30] [--slow-runs 2] [--json]

Each run is a fresh process, as a task is: it imports the client, then times the emission of a START and of a COMPLETE of about
5 KB. `first` is the START, where the outbox is opened and a relay may have to be started; `second` is the COMPLETE.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import machine
from clew.outbox import Outbox
from tests.backends import ACCEPTS, Backend, Hangs
from tests.relays import end_relay

if TYPE_CHECKING:
    from collections.abc import Iterator

TASK = """
import json, logging, os, sys, time, uuid
from openlineage.client import OpenLineageClient
from openlineage.client.event_v2 import Job, OutputDataset, Run, RunEvent, RunState
from openlineage.client.facet_v2 import schema_dataset, sql_job
from openlineage.client.transport import get_default_factory
logging.disable()

fields = [schema_dataset.SchemaDatasetFacetFields(name=f"column_{n}", type="varchar", description="a column") for n in range(60)]
outputs = [OutputDataset(namespace="postgres://db:5432", name="shop.public.t", facets={"schema": schema_dataset.SchemaDatasetFacet(fields=fields)})]
job = Job(namespace="bench", name="dag.task", facets={"sql": sql_job.SQLJobFacet(query="select 1 " * 60)})
run = Run(runId=str(uuid.uuid4()))
client = OpenLineageClient(transport=get_default_factory().create(json.loads(sys.argv[1])))
times = []
for state in (RunState.START, RunState.COMPLETE):
    event = RunEvent(eventType=state, eventTime="2026-01-01T00:00:00Z", run=run, job=job, outputs=outputs, producer="https://bench")
    started, worked = time.perf_counter(), time.process_time()
    try:
        client.emit(event)
    except Exception:
        pass  # what a failed emission costs is what is measured; the provider swallows it as well
    times.append((time.perf_counter() - started, time.process_time() - worked))
print(json.dumps(times))
sys.stdout.flush()
os._exit(0)
"""
WRITER = """
import sys
from pathlib import Path
from clew.outbox import Outbox
outbox = Outbox(Path(sys.argv[1]))
body = b'{"eventType": "START", "run": {"runId": "w"}, "job": {"namespace": "w", "name": "w"}, "pad": "' + b"x" * 5000 + b'"}'
print("ready", flush=True)
while True:
    outbox.append([body])
"""
OURS = {"type": "clew.transport.ClewTransport"}


def main() -> None:
    options = arguments()
    with tempfile.TemporaryDirectory(prefix="clew-bench-") as folder, Backend() as well, Backend(lambda _: Hangs()) as hanging:
        refusing = Backend()
        homes = {name: Path(folder) / name for name in ("well", "refusing", "hanging", "busy")}
        cases = [
            ("outbox, backend well", OURS, well, homes["well"], options.runs, None),
            ("outbox, backend refuses", OURS, refusing, homes["refusing"], options.runs, None),
            ("outbox, backend hangs", OURS, hanging, homes["hanging"], options.runs, None),
            ("outbox, beside another writer", OURS, well, homes["busy"], options.runs, homes["busy"]),
            ("http, backend well", http(well), well, homes["well"], options.runs, None),
            ("http, backend refuses", http(refusing), refusing, homes["well"], options.slow_runs, None),
            ("http, backend hangs", http(hanging), hanging, homes["well"], options.slow_runs, None),
        ]
        results = {}
        for name, transport, backend, home, runs, busy in cases:
            with another_writer(busy) if busy else nullcontext():
                results[name] = [task(transport, backend, home) for _ in range(runs)]
        delivered = Outbox(homes["well"]).wait_until_empty(60)
        hanging.answers = lambda _: ACCEPTS
        for home in homes.values():
            end_relay(home)
    report(results, options, delivered=delivered)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=30, help="processes per case")
    parser.add_argument("--slow-runs", type=int, default=2, help="processes per case that takes a minute each")
    parser.add_argument("--json", action="store_true", help="print the times in seconds")
    return parser.parse_args()


def http(backend: Backend) -> dict[str, str]:
    return {"type": "http", "url": backend.url}


def task(transport: dict[str, str], backend: Backend, home: Path) -> list[list[float]]:
    """Run a task and return the seconds that its two emissions took, each by the clock and of the processor."""
    environ = {**os.environ, "CLEW_URL": backend.url, "CLEW_HOME": str(home)}
    ended = subprocess.run([sys.executable, "-c", TASK, json.dumps(transport)], env=environ, capture_output=True, text=True, check=True)
    times: list[list[float]] = json.loads(ended.stdout)
    return times


@contextmanager
def another_writer(home: Path) -> Iterator[None]:
    """Append without a pause from another process."""
    home.mkdir()
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(home)], stdout=subprocess.PIPE)
    writer.stdout.readline()
    try:
        yield
    finally:
        writer.kill()
        writer.communicate()


def report(results: dict[str, list[list[list[float]]]], options: argparse.Namespace, *, delivered: bool) -> None:
    if options.json:
        print(json.dumps(results))
        return
    print(machine.described())
    print("milliseconds; cpu: of the processor, which a busy machine changes less")
    print(
        f"{'':30}{'runs':>5} |{'first: median':>14}{'p95':>9}{'cpu':>6} |{'second: median':>15}{'p95':>9}{'cpu':>6} |{'least':>6}{'most':>9}"
    )
    for name, runs in results.items():
        if runs:
            print(line(name, runs))
    print(f"everything emitted to the backend that is well was delivered: {'yes' if delivered else 'NO'}")


def line(name: str, runs: list[list[list[float]]]) -> str:
    columns = []
    for n, width in ((0, 14), (1, 15)):
        clock, cpu = ([run[n][which] * 1000 for run in runs] for which in (0, 1))
        columns.append(f"{statistics.median(clock):>{width}.1f}{p95(clock):>9.1f}{statistics.median(cpu):>6.1f}")
    every = [clock * 1000 for run in runs for clock, _ in run]
    return f"{name:30}{len(runs):>5} |{columns[0]} |{columns[1]} |{min(every):>6.1f}{max(every):>9.1f}"


def p95(times: list[float]) -> float:
    return sorted(times)[int(len(times) * 0.95)]


if __name__ == "__main__":
    main()
