"""What it costs to turn dbt's artifacts into events: ours beside msgspec's own decoding of the same files, and beside `dbt-ol`.

    python -m benchmarks.dbt_artifacts ENVIRONMENTS [--models 500 5000 20000] [--peer-models 5000] [--runs 5] [--json]

ENVIRONMENTS is the folder of the test environments (`.cache/environments`). A real build of the example project is multiplied: each model is
a copy of one that dbt built, with 20 columns, three times the SQL, and three others that it reads. Each run is a fresh process. Column
lineage is off; `dbt-ol` has no switch for it, but finds none here, since the SQL is three statements in a row.

`floor` is msgspec decoding manifest and run results into the fields that we read, with the collector off and the files in memory. Each of
our steps is timed in a process that ends with it, so that no clock stands within; what a step costs is the difference from the one before.
Whole processes are compared apart: `dbt-ol` with its file transport, which appends a line an event and does not wait for the disk, and
`clew send` into a file in the same way, and into the outbox, which is durable (SQLite, synced).
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import machine
from tests.acceptance import shop as shops

if TYPE_CHECKING:
    from collections.abc import Callable

Json = dict[str, Any]

FLOOR = """
import gc, json, sys, time
import msgspec
from dbt_clew.artifacts.shapes import Manifest, RunResults
gc.disable()
files = [(open(f"{sys.argv[1]}/{name}.json", "rb").read(), shape) for name, shape in (("manifest", Manifest), ("run_results", RunResults))]
began = time.process_time()
decoded = [msgspec.json.decode(data, type=shape) for data, shape in files]
print(json.dumps({"cpu": time.process_time() - began}))
"""

OURS = """
import json, os, sys, time
from collections import deque
from pathlib import Path
def memory():
    (line,) = (line for line in open("/proc/self/status") if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024
from clew import events as openlineage, settings
from clew.naming import adapters  # loaded when it is asked for; Python's start is reported apart
from clew.outbox import Outbox
from dbt_clew import events, surroundings
from dbt_clew.artifacts.read import read_target
target, project, home, last = Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4]
base, began = memory(), time.process_time()
artifacts = read_target(target)
context, _ = surroundings.context(surroundings.Asked(project_dir=project), settings.load(), os.environ, artifacts=artifacts)
told = events.of_invocation(artifacts, context)
if last == "events":
    deque(told, maxlen=0)
elif last == "encode":
    deque(map(openlineage.Encoder().encode, told), maxlen=0)
elif last == "append":
    Outbox(home, limit=1024**4).append(map(openlineage.Encoder().encode, told))
print(json.dumps({"cpu": time.process_time() - began, "base": base, "rss": memory()}))
"""
STEPS = ("read", "events", "encode", "append")
"""What `OURS` does, up to a last step; what one costs is the difference from the step before."""

WHOLE = """
import os, resource, subprocess, sys
done = subprocess.run(sys.argv[1:], capture_output=True, text=True)
if done.returncode:
    sys.exit(done.stdout[-1000:] + done.stderr[-1000:])
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print('{"cpu": %f, "rss": %d}' % (used.ru_utime + used.ru_stime, used.ru_maxrss * 1024))
"""
"""Run a command and tell what its process used, from Python's start to its end."""


def main() -> None:
    options = arguments()
    dbt = options.environments.absolute() / "dbt" / "bin" / "dbt"
    peer = options.environments.absolute() / "openlineage-dbt" / "bin" / "dbt-ol"
    with tempfile.TemporaryDirectory(prefix="clew-bench-") as folder:
        built = shops.prepare(Path(folder) / "built", dbt)
        subprocess.run([dbt, "build"], cwd=built.folder, env=built.environ(CLEW_ENABLED="false"), check=True, capture_output=True)
        results = [measured(built.folder, models, peer, Path(folder), options) for models in options.models]
    report(results, options)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("environments", type=Path, help="folder of the test environments")
    parser.add_argument("--models", type=int, nargs="+", default=[500, 5000, 20000], help="sizes of the project")
    parser.add_argument("--peer-models", type=int, default=5000, help="largest project that dbt-ol is asked to tell (it takes long)")
    parser.add_argument("--runs", type=int, default=5, help="processes per size and step")
    parser.add_argument("--peer-runs", type=int, default=3, help="processes per size of each whole command")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    return parser.parse_args()


def measured(built: Path, models: int, peer: Path, folder: Path, options: argparse.Namespace) -> Json:
    """Make a project of a size and measure all ways on it, in turns."""
    project = folder / f"shop-{models}"
    shutil.copytree(built, project)
    multiply(project / "target", models)
    found: Json = {"models": models, "manifest": (project / "target" / "manifest.json").stat().st_size}
    commands = whole_commands(project, peer if models <= options.peer_models and peer.exists() else None)
    for _ in range(options.runs):
        found.setdefault("floor", []).append(told(sys.executable, "-c", FLOOR, str(project / "target")))
        for step in STEPS:
            with tempfile.TemporaryDirectory(dir=folder) as home:
                ours = told(sys.executable, "-c", OURS, str(project / "target"), str(project), home, step)
            found.setdefault(step, []).append(ours)
    for _ in range(min(options.runs, options.peer_runs)):
        for name, command in commands.items():
            (project / name).unlink(missing_ok=True)
            with tempfile.TemporaryDirectory(dir=folder) as home:
                found.setdefault(name, []).append(told(sys.executable, "-c", WHOLE, *command, cwd=project, CLEW_HOME=home))
    found["written"] = {name: lines_and_bytes(project / name) for name in commands if (project / name).exists()}
    shutil.rmtree(project)
    return found


def whole_commands(project: Path, peer: Path | None) -> dict[str, list[str]]:
    """Return the commands to compare, by the file that they append events to, one a line; and ours into the outbox, which is durable."""
    send = [str(Path(sys.executable).with_name("clew")), "send", str(project / "target"), "--project-dir", str(project)]
    commands = {OURS_TO_FILE: [*send, "--output", str(project / OURS_TO_FILE)], OURS_TO_OUTBOX: send}
    if peer is not None:
        transport = {"type": "file", "log_file_path": str(project / PEERS_TO_FILE), "append": True}
        (project / "openlineage.yml").write_text(json.dumps({"transport": transport}))
        commands[PEERS_TO_FILE] = [str(peer), "send-events", "--project-dir", str(project), "--profiles-dir", str(project)]
    return commands


OURS_TO_FILE, OURS_TO_OUTBOX, PEERS_TO_FILE = "clew.ndjson", "outbox", "dbt-ol.ndjson"


def lines_and_bytes(file: Path) -> tuple[int, int]:
    """Count events and bytes of a file."""
    with file.open("rb") as lines:
        sizes = [len(line) for line in lines]
    return len(sizes), sum(sizes)


def multiply(target: Path, models: int) -> None:
    """Replace the models of a build by so many copies of one of them."""
    manifest, results = (json.loads((target / f"{name}.json").read_bytes()) for name in ("manifest", "run_results"))
    model = manifest["nodes"]["model.shop.customer_value"]
    result = next(r for r in results["results"] if r["unique_id"] == model["unique_id"])
    columns = {f"c{n}": {**model["columns"]["revenue"], "name": f"c{n}"} for n in range(20)}
    code = {"raw_code": model["raw_code"] * 3, "compiled_code": model["compiled_code"] * 3}
    manifest["nodes"], results["results"] = {}, []
    for n in range(models):
        name = {"unique_id": f"model.shop.m{n}", "name": f"m{n}", "alias": f"m{n}"}
        above = {**model["depends_on"], "nodes": [f"model.shop.m{m}" for m in range(max(0, n - 3), n)]}
        manifest["nodes"][name["unique_id"]] = {**model, **name, **code, "columns": columns, "depends_on": above}
        manifest["parent_map"][name["unique_id"]] = above["nodes"]
        ran = {"unique_id": name["unique_id"], "compiled_code": code["compiled_code"], "timing": later(result["timing"], n)}
        results["results"].append({**result, **ran})
    (target / "manifest.json").write_text(json.dumps(manifest))
    (target / "run_results.json").write_text(json.dumps(results))


def later(timing: list[Json], n: int) -> list[Json]:
    """Return the phases of a result as the n-th has them: one begins 10 ms after the other, so that some overlap, as in real runs."""

    def moved(at: str) -> str:
        return (datetime.fromisoformat(at) + n * timedelta(milliseconds=10)).isoformat()

    return [{key: value if key == "name" else moved(value) for key, value in phase.items()} for phase in timing]


def told(*command: str, cwd: Path | None = None, **more: str) -> Json:
    """Run a process and return the figures that it prints."""
    environ = {k: v for k, v in os.environ.items() if not k.startswith(("CLEW_", "OPENLINEAGE_", "DBT_"))}
    environ |= {"CLEW_RELAY": "false", "CLEW_COLUMN_LINEAGE": "false", **more}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environ, cwd=cwd)
    if done.returncode:
        raise SystemExit(done.stderr)
    found: Json = json.loads(done.stdout.splitlines()[-1])
    return found


def report(results: list[Json], options: argparse.Namespace) -> None:
    if options.json:
        print(json.dumps(results))
        return
    print(f"{machine.described()}; {options.runs} runs")
    print("seconds of the processor, median (least–most); MB of memory at the most")
    for result in results:
        models, manifest = result["models"], result["manifest"]
        count, size = result["written"].get(OURS_TO_FILE, (0, 0))
        print(f"\n{models:,} models, manifest of {manifest / 1e6:.0f} MB, {count:,} events, {size / 1e6:.0f} MB")
        line("floor: msgspec decodes the files", spread(cpu(result["floor"])))
        before = [0.0] * options.runs
        for step in STEPS:
            until = cpu(result[step])
            line(step, spread([now - then for now, then in zip(until, before, strict=True)]))
            before = until
        in_floors = [ours / floor for ours, floor in zip(cpu(result["events"]), cpu(result["floor"]), strict=True)]
        line("read + events, in floors of the same run", f"{spread(in_floors)}, of the least {ratio(result, 'events', 'floor', min):.2f}")
        line("all four", spread(cpu(result["append"])))
        base, most = (max(run[name] for run in result["append"]) for name in ("base", "rss"))
        growth = (most - base) / manifest
        line(
            "memory",
            f"{most / 1e6:.0f} MB, {most / manifest:.1f} manifests; {base / 1e6:.0f} MB before anything is read, {growth:.1f} manifests more",
        )
        whole(result)


def whole(result: Json) -> None:
    """Print whole processes side by side: each reads the same artifacts, without column lineage, and writes what it tells."""
    print("  whole processes, from Python's start to their end")
    for name, what in (
        (OURS_TO_FILE, "clew send --output FILE"),
        (OURS_TO_OUTBOX, "clew send, into the outbox"),
        (PEERS_TO_FILE, "dbt-ol send-events, file transport"),
    ):
        if name in result:
            events, size = result["written"].get(name, (0, 0))
            written = f"; {events:,} events, {size / 1e6:.0f} MB" if events else ""
            line(what, f"{spread(cpu(result[name]))}; {max(run['rss'] for run in result[name]) / 1e6:.0f} MB of memory{written}")
    if PEERS_TO_FILE in result:
        for ours, what in (
            (OURS_TO_FILE, "both to a file"),
            (OURS_TO_OUTBOX, "ours durably, in the outbox"),
            ("append", "ours without Python's start"),
            ("events", "the same, read + events alone"),
        ):
            line(f"dbt-ol takes, {what}", f"{ratio(result, PEERS_TO_FILE, ours, statistics.median):.1f} times as long")


def cpu(runs: list[Json]) -> list[float]:
    return [run["cpu"] for run in runs]


def ratio(result: Json, above: str, below: str, of: Callable[[list[float]], float]) -> float:
    return of(cpu(result[above])) / of(cpu(result[below]))


def line(what: str, said: str) -> None:
    print(f"  {what:52}{said}")


def spread(times: list[float]) -> str:
    return f"{statistics.median(times):.3f}  ({min(times):.3f}–{max(times):.3f})"


if __name__ == "__main__":
    main()
