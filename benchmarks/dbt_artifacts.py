"""What it costs to turn dbt's artifacts into events: ours beside msgspec's own decoding of the same files, and beside `dbt-ol`.

    python benchmarks/dbt_artifacts.py ENVIRONMENTS [--models 500 5000 20000] [--peer-models 500] [--runs 5] [--json]

ENVIRONMENTS is the folder of the test environments (`.cache/environments`). A real build of the example project is multiplied: each model is
a copy of one that dbt built, with 20 columns, three times the SQL, and three others that it reads. Each run is a fresh process. Column
lineage is off. `floor` is msgspec decoding manifest and run results into the fields that we read, with the collector off. Events are made, encoded
and appended as they are taken, so the steps are timed event by event.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tests.acceptance import shop as shops

Json = dict[str, Any]

FLOOR = """
import gc, json, sys, time
import msgspec
from dbt_clew.artifacts.shapes import Manifest, RunResults
gc.disable()
files = [(open(f"{sys.argv[1]}/{name}.json", "rb").read(), shape) for name, shape in (("manifest", Manifest), ("run_results", RunResults))]
began, worked = time.perf_counter(), time.process_time()
decoded = [msgspec.json.decode(data, type=shape) for data, shape in files]
print(json.dumps({"clock": time.perf_counter() - began, "cpu": time.process_time() - worked}))
"""

OURS = """
import json, os, sys, time
from pathlib import Path
def memory():
    (line,) = (line for line in open("/proc/self/status") if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024
from clew import events as openlineage, settings
from clew.naming import adapters  # loaded when it is asked for; Python's start is reported apart
from clew.outbox import Outbox
from dbt_clew import events, surroundings
from dbt_clew.artifacts import read_target
base, spent, counted = memory(), {"events": 0.0, "encode": 0.0}, [0, 0]
def timed(step, iterator):
    while True:
        began = time.process_time()
        found = next(iterator, None)
        spent[step] += time.process_time() - began
        if found is None:
            return
        yield found
def counting(bodies):
    for body in bodies:
        counted[0] += 1
        counted[1] += len(body)
        yield body
began = time.process_time()
artifacts = read_target(Path(sys.argv[1]))
context, _ = surroundings.context(surroundings.Asked(project_dir=Path(sys.argv[2])), settings.load(), os.environ, artifacts=artifacts)
read = time.process_time()
told = timed("events", events.of_invocation(artifacts, context))
Outbox(Path(sys.argv[3]), limit=1024**4).append(counting(timed("encode", map(openlineage.encode, told))))
done = time.process_time()
steps = {"read": read - began, "events": spent["events"], "encode": spent["encode"] - spent["events"], "append": done - read - spent["encode"]}
print(json.dumps({"steps": steps, "start": began, "events": counted[0], "bytes": counted[1], "base": base, "rss": memory()}))
"""

PEER = """
import os, resource, subprocess, sys, time
began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
done = subprocess.run([sys.argv[1], "send-events", "--project-dir", sys.argv[2], "--profiles-dir", sys.argv[2]], capture_output=True, text=True)
if done.returncode:
    sys.exit(done.stdout[-1000:] + done.stderr[-1000:])
after = resource.getrusage(resource.RUSAGE_CHILDREN)
print('{"clock": %f, "cpu": %f, "rss": %d}' % (time.perf_counter() - began, after.ru_utime + after.ru_stime, after.ru_maxrss * 1024))
"""


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
    parser.add_argument("--peer-models", type=int, default=500, help="largest project that dbt-ol is asked to tell (it takes long)")
    parser.add_argument("--runs", type=int, default=5, help="processes per size")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    return parser.parse_args()


def measured(built: Path, models: int, peer: Path, folder: Path, options: argparse.Namespace) -> Json:
    """Make a project of a size and measure all ways on it, in turns."""
    project = folder / f"shop-{models}"
    shutil.copytree(built, project)
    multiply(project / "target", models)
    floor, ours = [], []
    for run in range(options.runs):
        floor.append(told(sys.executable, "-c", FLOOR, str(project / "target")))
        ours.append(told(sys.executable, "-c", OURS, str(project / "target"), str(project), str(folder / f"home-{models}-{run}")))
    theirs = []
    if models <= options.peer_models and peer.exists():
        (project / "openlineage.yml").write_text(
            json.dumps({"transport": {"type": "file", "log_file_path": str(project / "ol.ndjson"), "append": True}})
        )
        theirs = [told(sys.executable, "-c", PEER, str(peer), str(project), cwd=project)]
    size = (project / "target" / "manifest.json").stat().st_size
    return {"models": models, "manifest": size, "floor": floor, "ours": ours, "peer": theirs}


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


def told(*command: str, cwd: Path | None = None) -> Json:
    """Run a process and return the figures that it prints."""
    environ = {k: v for k, v in os.environ.items() if not k.startswith(("CLEW_", "OPENLINEAGE_", "DBT_"))}
    environ |= {"CLEW_RELAY": "false", "CLEW_COLUMN_LINEAGE": "false"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environ, cwd=cwd)
    if done.returncode:
        raise SystemExit(done.stderr)
    found: Json = json.loads(done.stdout.splitlines()[-1])
    return found


def report(results: list[Json], options: argparse.Namespace) -> None:
    if options.json:
        print(json.dumps(results))
        return
    print(
        f"{platform.platform()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, Python {platform.python_version()}, {options.runs} runs"
    )
    print("seconds of the processor, median (least–most); MB of memory at the most")
    for result in results:
        print(
            f"\n{result['models']:,} models, manifest of {result['manifest'] / 1e6:.0f} MB, {result['ours'][0]['events']:,} events, {result['ours'][0]['bytes'] / 1e6:.0f} MB"
        )
        floor = [run["cpu"] for run in result["floor"]]
        steps = {name: [run["steps"][name] for run in result["ours"]] for name in result["ours"][0]["steps"]}
        counted = [read + made for read, made in zip(steps["read"], steps["events"], strict=True)]
        print(f"  {'floor: msgspec decodes the files':40}{spread(floor)}")
        for name, times in steps.items():
            print(f"  {name:40}{spread(times)}")
        print(f"  {'read + events, in floors':40}{statistics.median(counted) / statistics.median(floor):.2f}")
        base, most = (max(run[name] for run in result["ours"]) for name in ("base", "rss"))
        print(
            f"  {'memory':40}{most / 1e6:.0f} MB, {most / result['manifest']:.1f} manifests; {base / 1e6:.0f} MB of it before anything is read"
        )
        total = statistics.median(sum(times) for times in zip(*steps.values(), strict=True))
        whole = total + statistics.median(run["start"] for run in result["ours"])
        for peer in result["peer"]:
            print(
                f"  {'dbt-ol send-events':40}{peer['cpu']:.2f}  ({peer['cpu'] / total:.0f} times ours with encode and append, {peer['cpu'] / whole:.0f} times with Python's start), {peer['rss'] / 1e6:.0f} MB"
            )


def spread(times: list[float]) -> str:
    return f"{statistics.median(times):.3f}  ({min(times):.3f}–{max(times):.3f})"


if __name__ == "__main__":
    main()
