"""What Clew adds to `dbt run`: plain, with the plugin, by `dbt-clew`; the backend well, dead and hanging; beside `dbt-ol` where there is one.

    python benchmarks/dbt_overhead.py DBT [--models 500] [--rounds 5] [--dbt-ol PROGRAM]

DBT is a `dbt` in whose environment Clew and dbt-duckdb are installed. Ways take turns, so that what else runs on the machine is shared.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

PROFILE = "load: {target: x, outputs: {x: {type: duckdb, path: load.duckdb, threads: 2}}}"
DEAD = "http://127.0.0.1:9"


class Well(BaseHTTPRequestHandler):
    """A backend that accepts everything."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(201)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def project(folder: Path, models: int) -> None:
    """Write a project of tables, each but the first reading the one at half its number."""
    (folder / "models").mkdir(parents=True)
    (folder / "dbt_project.yml").write_text("name: load\nprofile: load\nmodels: {load: {+materialized: table}}\n")
    (folder / "profiles.yml").write_text(PROFILE)
    for number in range(models):
        code = f"select one from {{{{ ref('m{number // 2}') }}}}" if number else "select 1 as one"
        (folder / "models" / f"m{number}.sql").write_text(code)


def seconds(command: list[str], folder: Path, environ: Mapping[str, str]) -> tuple[float, float]:
    """Run a command; return its wall time and the processor time of it and its children."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    subprocess.run(command, cwd=folder, env=dict(environ), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    took, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return took, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def ways(asked: argparse.Namespace, well: str, hanging: str) -> dict[str, tuple[list[str], dict[str, str]]]:
    """Return the commands to compare, and what each has in its environment beside the rest."""
    beside = str(asked.dbt.parent / "dbt-clew")
    found = {
        "dbt alone": ([str(asked.dbt), "run"], {"CLEW_ENABLED": "false"}),
        "plugin, backend well": ([str(asked.dbt), "run"], {"CLEW_URL": well}),
        "plugin, backend dead": ([str(asked.dbt), "run"], {"CLEW_URL": DEAD}),
        "plugin, backend hanging": ([str(asked.dbt), "run"], {"CLEW_URL": hanging}),
        "dbt-clew, backend well": ([beside, "run"], {"CLEW_URL": well}),
    }
    if asked.dbt_ol:
        found["dbt-ol, backend well"] = ([str(asked.dbt_ol), "run"], {"OPENLINEAGE_URL": well, "CLEW_ENABLED": "false"})
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dbt", type=lambda text: Path(text).absolute())
    parser.add_argument("--models", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--dbt-ol", type=lambda text: Path(text).absolute())
    asked = parser.parse_args()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Well)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    silent = socket.create_server(("127.0.0.1", 0), backlog=64)
    folder = Path(tempfile.mkdtemp(prefix="dbt-overhead-"))
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("CLEW_", "DBT_", "OPENLINEAGE_"))}
    environ = {**kept, "DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "CLEW_HOME": str(folder / "home")}
    try:
        project(folder / "load", asked.models)
        compared = ways(asked, f"http://127.0.0.1:{server.server_port}", f"http://127.0.0.1:{silent.getsockname()[1]}")
        took: dict[str, list[tuple[float, float]]] = {way: [] for way in compared}
        seconds([str(asked.dbt), "run"], folder / "load", {**environ, "CLEW_ENABLED": "false"})  # parses the project
        for _ in range(asked.rounds):
            for way, (command, more) in compared.items():
                shutil.rmtree(folder / "home", ignore_errors=True)
                took[way].append(seconds(command, folder / "load", {**environ, **more, "PATH": f"{asked.dbt.parent}:{kept['PATH']}"}))
    finally:
        server.shutdown()
        silent.close()
        shutil.rmtree(folder, ignore_errors=True)
    show(took, asked.models)


def show(took: dict[str, list[tuple[float, float]]], models: int) -> None:
    load = ", ".join(f"{part:.1f}" for part in os.getloadavg())
    print(f"{models} models; Python {platform.python_version()}, {os.cpu_count()} cores, load {load}; seconds, median (least to most)")
    alone = statistics.median(wall for wall, _ in took["dbt alone"])
    for way, rounds in took.items():
        walls, works = [wall for wall, _ in rounds], [work for _, work in rounds]
        wall = statistics.median(walls)
        print(
            f"{way:26} wall {wall:6.2f} ({min(walls):.2f} to {max(walls):.2f}) {wall - alone:+6.2f}   processor {statistics.median(works):6.2f}"
        )


if __name__ == "__main__":
    sys.exit(main())
