"""What Clew adds to `dbt run`: plain, with the plugin, by `dbt-clew`; the backend well, dead and hanging; beside `dbt-ol` where there is one.

    python -m benchmarks.dbt_overhead DBT [--models 500] [--rounds 5] [--only PATTERN] [--dbt-ol PROGRAM]

DBT is a `dbt` in whose environment Clew and dbt-duckdb are installed. Ways take turns, so that what else runs on the machine is shared,
and each begins with an empty database. Processor seconds are told apart by process, as far as ten looks a second see them; the backend's
are those until all was delivered. Last comes what Clew's plugin does within dbt's own process, measured there.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import multiprocessing
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import machine
from clew.outbox import Outbox, lock

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PROFILE = "load: {target: x, outputs: {x: {type: duckdb, path: load.duckdb, threads: 2}}}"
DEAD = "http://127.0.0.1:9"
ALONE = "dbt alone"
PROCESSES = ("dbt", "dbt-clew", "teller", "relay", "backend")
INSIDE = """
import json, sys, time
from dbt.cli.main import dbtRunner
import dbt.adapters.duckdb, dbt.plugins.manager, dbt.task.run
began = time.process_time()
from dbt_clew import plugin
seconds = {"import": time.process_time() - began}
calls = dict.fromkeys(["hear", "nothing"], 0)
ignored = []

def measured(owner, name, clock, matters=lambda *_: True):
    method = getattr(owner, name)
    def timed(*given):
        if not matters(*given):
            ignored.append(given)
            return method(*given)
        calls[name] = calls.get(name, 0) + 1
        began = clock()
        try:
            return method(*given)
        finally:
            seconds[name] = seconds.get(name, 0.0) + clock() - began
    setattr(owner, name, timed)
    return method

class Empty:
    def nothing(self, event):
        pass

measured(plugin.ClewPlugin, "initialize", time.thread_time)
hear = measured(plugin._Listener, "hear", time.thread_time, lambda listener, event: type(event).__name__ in listener._heard)
measured(plugin._Listener, "manifest_was_written", time.thread_time)
measured(plugin.Pipe, "finish", time.monotonic)
measured(Empty, "nothing", time.thread_time)
assert dbtRunner().invoke(["--quiet", "run"]).success
for _ in range(10_000):
    Empty().nothing(None)
clock = seconds["nothing"] / calls["nothing"]
began = time.thread_time()
for listener, event in ignored:
    hear(listener, event)
seconds["ignored"] = time.thread_time() - began
seconds["clock"] = clock * calls["hear"]
seconds["hear"] -= seconds["clock"]
json.dump(seconds | {"events": calls["hear"], "ignored events": len(ignored)}, sys.stderr)
"""
"""What our plugin takes within dbt. No clock stands around events of which we ask only their class, forty for each node: it would take
longer than we do; they are heard once more when dbt has ended. What the clock takes around the others is taken off."""


class Well(BaseHTTPRequestHandler):
    """A backend that accepts everything and knows nothing."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.answer(201)

    def do_GET(self) -> None:
        self.answer(404)

    def answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@dataclass(frozen=True, kw_only=True)
class Way:
    """A command to compare, what is in its environment beside the rest, and the backend's process."""

    command: list[str]
    environ: dict[str, str] = field(default_factory=dict)
    backend: int = 0
    delivers: bool = False


@dataclass(frozen=True, kw_only=True)
class Round:
    """Seconds that a command took, until all was delivered, and that each process took of the processor."""

    wall: float
    delivered: float
    processor: Mapping[str, float]


def project(folder: Path, models: int) -> None:
    """Write a project of tables, each but the first reading the one at half its number."""
    (folder / "models").mkdir(parents=True)
    (folder / "dbt_project.yml").write_text("name: load\nprofile: load\nmodels: {load: {+materialized: table}}\n")
    (folder / "profiles.yml").write_text(PROFILE)
    for number in range(models):
        code = f"select one from {{{{ ref('m{number // 2}') }}}}" if number else "select 1 as one"
        (folder / "models" / f"m{number}.sql").write_text(code)


class Descendants(threading.Thread):
    """Adds up what all processes below ours take of the processor."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self._seen: dict[int, tuple[str, float]] = {}
        self._over = threading.Event()

    def run(self) -> None:
        while not self._over.wait(0.1):
            self.look()

    def look(self) -> None:
        for pid in below(os.getpid()):
            with suppress(OSError):  # it is gone
                said = name(pid) or self._seen.get(pid, ("", 0.0))[0]
                self._seen[pid] = said, processor(pid)

    def end(self) -> dict[str, float]:
        self._over.set()
        self.join()
        totals: dict[str, float] = defaultdict(float)
        for said, took in self._seen.values():
            totals[said] += took
        return totals


def below(pid: int) -> Iterator[int]:
    """Give the processes that a process has started, and those that they have."""
    with suppress(OSError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            for child in (thread / "children").read_text().split():
                yield int(child)
                yield from below(int(child))


def name(pid: int) -> str:
    """Name a process by what it runs; a process that has ended has no name any more."""
    words = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
    known = {"dbt_clew.live.teller": "teller", "clew.outbox": "relay", "up": "backend", "dbt-clew": "dbt-clew", "dbt-ol": "dbt"}
    return next((known[Path(word).name] for word in words if Path(word).name in known), "dbt" if any(words) else "")


def processor(pid: int) -> float:
    """Return the seconds that a process has taken of the processor. Source: proc(5)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def take(way: Way, folder: Path, environ: Mapping[str, str]) -> Round:
    """Run a command on an empty database, and wait until its events are delivered where somebody takes them."""
    home = Path(environ["CLEW_HOME"])
    for file in folder.glob("load.duckdb*"):  # to replace a table takes dbt half as long again as to make it
        file.unlink()
    before = processor(way.backend) if way.backend else 0.0
    watch, began = Descendants(), time.monotonic()
    child = subprocess.Popen(
        way.command,
        cwd=folder,
        env={**environ, **way.environ},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    watch.start()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # and keep it for a last look
    wall = time.monotonic() - began
    watch.look()
    if child.wait():
        raise SystemExit(f"{' '.join(way.command)} ended with {child.returncode}")
    if way.delivers and not Outbox(home).wait_until_empty(600):
        raise SystemExit("not everything was delivered within ten minutes")
    delivered = time.monotonic() - began
    watch.look()
    processors = watch.end()
    end_orphans(home)
    return Round(
        wall=wall, delivered=delivered, processor={**processors, "backend": processor(way.backend) - before if way.backend else 0.0}
    )


def end_orphans(home: Path) -> None:
    """End the relay, and wait for it and for tellers that dbt has left behind."""
    holder = lock.current(home)
    if holder is not None and holder.pid:
        os.kill(holder.pid, signal.SIGTERM)
    known = {child.pid for child in multiprocessing.active_children()} | {server.pid for server in SERVERS}
    while left := {int(pid) for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()} - known:
        os.waitpid(left.pop(), 0)


SERVERS: list[subprocess.Popen[str]] = []


@contextmanager
def stub() -> Iterator[tuple[str, int]]:
    """Run a backend that accepts everything, in a process of its own; give its URL and process."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Well)
    process = multiprocessing.get_context("fork").Process(target=server.serve_forever, daemon=True)
    process.start()
    server.socket.close()
    try:
        yield f"http://127.0.0.1:{server.server_port}", process.pid or 0
    finally:
        process.terminate()
        process.join()


@contextmanager
def clew_up(home: Path) -> Iterator[tuple[str, int]]:
    """Run `clew up`; give its URL and process."""
    command = [sys.executable, "-m", "clew", "up", "--port", "0"]
    server = subprocess.Popen(
        command, env={**os.environ, "CLEW_HOME": str(home)}, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    SERVERS.append(server)
    try:
        said = ""
        assert server.stdout is not None
        while not (found := re.search(r"http://127\.0\.0\.1:\d+", said)):
            said = server.stdout.readline()
        yield found[0], server.pid
    finally:
        server.terminate()
        server.communicate()


def ways(asked: argparse.Namespace, well: tuple[str, int], up: tuple[str, int], hanging: str) -> dict[str, Way]:
    """Return the commands to compare."""
    run, beside = [str(asked.dbt), "run"], [str(asked.dbt.parent / "dbt-clew"), "run"]
    found = {
        ALONE: Way(command=run),
        "plugin, no relay": Way(command=run, environ={"CLEW_URL": well[0], "CLEW_RELAY": "false"}),
        "plugin, backend dead": Way(command=run, environ={"CLEW_URL": DEAD}),
        "plugin, backend hanging": Way(command=run, environ={"CLEW_URL": hanging}),
        "plugin, backend well": Way(command=run, environ={"CLEW_URL": well[0]}, backend=well[1], delivers=True),
        "plugin, clew up": Way(command=run, environ={"CLEW_URL": up[0]}, backend=up[1], delivers=True),
        "dbt-clew, backend well": Way(command=beside, environ={"CLEW_URL": well[0]}, backend=well[1], delivers=True),
    }
    if asked.dbt_ol:
        found["dbt-ol, backend well"] = Way(
            command=[str(asked.dbt_ol), "run"], environ={"OPENLINEAGE_URL": well[0], "CLEW_ENABLED": "false"}
        )
    return {way: what for way, what in found.items() if way == ALONE or re.search(asked.only, way)}


def inside(dbt: Path, folder: Path, environ: Mapping[str, str]) -> dict[str, float]:
    """Measure what the plugin does within dbt's own process."""
    ended = subprocess.run(
        [dbt.parent / "python", "-c", INSIDE],
        cwd=folder,
        env={**environ, "CLEW_URL": DEAD, "CLEW_RELAY": "false"},
        capture_output=True,
        check=False,
        text=True,
    )
    if ended.returncode:
        raise SystemExit(ended.stderr)
    seconds: dict[str, float] = json.loads(ended.stderr.splitlines()[-1])
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dbt", type=lambda text: Path(text).absolute())
    parser.add_argument("--models", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="", help="measure only the ways whose name has this pattern, beside dbt alone")
    parser.add_argument("--dbt-ol", type=lambda text: Path(text).absolute())
    asked = parser.parse_args()
    adopt_orphans()
    silent = socket.create_server(("127.0.0.1", 0), backlog=64)
    folder = Path(tempfile.mkdtemp(prefix="dbt-overhead-"))
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("CLEW_", "DBT_", "OPENLINEAGE_"))}
    environ = {
        **kept,
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "CLEW_HOME": str(folder / "home"),
        "PATH": f"{asked.dbt.parent}:{kept['PATH']}",
    }
    try:
        project(folder / "load", asked.models)
        with stub() as well, clew_up(folder / "server") as up:
            compared = ways(asked, well, up, f"http://127.0.0.1:{silent.getsockname()[1]}")
            took: dict[str, list[Round]] = {way: [] for way in compared}
            take(Way(command=[str(asked.dbt), "parse"]), folder / "load", environ)
            for _ in range(asked.rounds):
                for way, what in compared.items():
                    shutil.rmtree(folder / "home", ignore_errors=True)
                    took[way].append(take(what, folder / "load", environ))
                    print(f"{way}: {took[way][-1].wall:.1f} s, load {os.getloadavg()[0]:.1f}", file=sys.stderr)
        show(took, asked.models)
        within = [inside(asked.dbt, folder / "load", environ) for _ in range(asked.rounds)]
        show_inside(within, asked.models)
    finally:
        silent.close()
        shutil.rmtree(folder, ignore_errors=True)


def adopt_orphans() -> None:
    """Become the parent of what outlives its own: the relay, and tellers that dbt leaves behind. Source: prctl(2), PR_SET_CHILD_SUBREAPER."""
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)


def show(took: dict[str, list[Round]], models: int) -> None:
    print(f"{models} models; {machine.described()}")
    print(f"{len(took[ALONE])} rounds in turns; seconds, median (least to most); more: than dbt alone; delivered: when the last event was")
    print(f"{'':25}{'wall':>22}{'more':>8}{'delivered':>11} | processor: {'sum':>8}" + "".join(f"{process:>10}" for process in PROCESSES))
    alone = statistics.median(one.wall for one in took[ALONE])
    for way, rounds in took.items():
        walls = [one.wall for one in rounds]
        wall = statistics.median(walls)
        spread = f"{wall:.2f} ({min(walls):.2f}-{max(walls):.2f})"
        parts = {process: statistics.median(one.processor.get(process, 0.0) for one in rounds) for process in PROCESSES}
        print(
            f"{way:25}{spread:>22}{wall - alone:>+8.2f}{statistics.median(one.delivered for one in rounds):>11.2f} | "
            f"           {sum(parts.values()):>8.2f}" + "".join(f"{took:>10.2f}" for took in parts.values())
        )


def show_inside(rounds: list[dict[str, float]], models: int) -> None:
    middle = {what: statistics.median(one[what] for one in rounds) for what in rounds[0]}
    print(
        f"within dbt's process: import {middle['import'] * 1000:.0f} ms, start {(middle['initialize'] + middle['manifest_was_written']) * 1000:.1f} ms, "
        f"{(middle['hear'] + middle['ignored']) / models * 1e6:.0f} µs a model; at the end it waited {middle['finish']:.2f} s for the teller"
    )
    print(
        f"of a model: {middle['events'] / models:.1f} events that we tell {middle['hear'] / models * 1e6:.0f} µs, {middle['ignored events'] / models:.1f}"
        f" others {middle['ignored'] / models * 1e6:.1f} µs; the clock, taken off, {middle['clock'] / models * 1e6:.1f} µs"
    )


if __name__ == "__main__":
    main()
