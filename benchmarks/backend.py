"""How fast the embedded backend takes events and answers, beside a real Marquez.

    python -m benchmarks.backend [--runs 5] [--seconds 5] [--cache FOLDER] [--large 1000000] [--marquez URL]

A real `clew up` per store, spoken to over HTTP. Stores: 500 and 5,000 jobs with 10,000 events, 5,000 jobs with as many as `--large`
says; that one is made once and kept in `--cache`. A Marquez whose URL is given is measured in the same run (it gets events of 500 jobs);
without one the figures beside ours are those that were measured once on Marquez 0.51 with Postgres 15 on two shared cores.
"""

from __future__ import annotations

import argparse
import itertools
import os
import shutil
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from benchmarks import backend_streams as streams
from benchmarks import machine
from benchmarks.backend_growth import BATCH, grow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SMALL = 10_000
MOST = 2_500
"""Events a second that are made beforehand: making one costs more than sending it."""
MARQUEZ = {
    "start": "9-21 s",
    "one client": "4.6-7.2 /s",
    "four clients": "4.4-16.7 /s",
    "lineage, depth 20": "19-21 s",
    "lineage, depth 1": "0.8-1.1 s",
    "page of 100 jobs": "28-47 s",
    "column lineage": "9.5 s",
    "search": "< 40 ms",
    "memory": "2.5 GB",
    "disk per event": "28 KB",
}
"""What was measured once on a real Marquez 0.51, at 5,000 jobs (memory and disk at 11,000 events); quoted, not of this run."""


def main() -> None:
    options = arguments()
    print(f"{machine.described()}; SQLite {sqlite3.sqlite_version}")
    print(f"events of {' and '.join(sizes())} bytes; {options.runs} runs, {options.seconds} s each")
    print(f"fsync of 32 KiB here: median {fsync(options.cache):.2f} ms\n")
    for jobs, events in ((500, SMALL), (5_000, SMALL), (5_000, options.large)):
        with a_store(options.cache, jobs, events) as (file, number):
            report(f"{jobs} jobs, {events} events", Measured(file, jobs, number, options).everything())
    report("the large store's rate, as a part of that with 5000 jobs and 10000 events", in_turns(options))
    if options.marquez:
        report(f"Marquez at {options.marquez}, 500 jobs", marquez(options))
    print(f"load {os.getloadavg()[0]:.1f} at the end")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5, help="of each measurement")
    parser.add_argument("--seconds", type=float, default=5, help="that each run of taking events lasts")
    parser.add_argument("--large", type=int, default=1_000_000, help="events of the large store")
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "clew-bench-stores", help="where stores are kept")
    parser.add_argument("--marquez", help="URL of a Marquez to measure as well")
    return parser.parse_args()


def sizes() -> list[str]:
    return [str(len(event)) for event in streams.run(100, 1)]


def fsync(folder: Path) -> float:
    """Return the median of milliseconds that the disk takes for what a commit writes."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder) as file:
        return statistics.median(timed(lambda: (os.pwrite(file.fileno(), b"x" * 32768, 0), os.fsync(file.fileno()))) for _ in range(100))


def timed(work: Callable[[], Any]) -> float:
    """Return the milliseconds that something takes."""
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


@contextmanager
def a_store(cache: Path, jobs: int, events: int) -> Iterator[tuple[Path, int]]:
    """Give a copy of a store and the number of its next round; the original stays in the cache."""
    kept = cache / f"{jobs}-{events}.db"
    if not kept.exists():
        making = kept.with_suffix(".making")
        making.unlink(missing_ok=True)
        grow(making, jobs, events)
        making.rename(kept)
    with tempfile.TemporaryDirectory(dir=cache) as folder:
        copy = Path(shutil.copy(kept, folder))
        os.sync()  # or the kernel writes the copy out while events are timed
        yield copy, max(-(-events // (2 * jobs)), 2)


class Measured:
    """Measures one store: each result is a name, its unit and the values of all runs."""

    def __init__(self, file: Path, jobs: int, number: int, options: argparse.Namespace) -> None:
        self._file, self._jobs, self._options = file, jobs, options
        self._events = streams.stream(jobs, first_round=number)
        self._taking = threading.Lock()

    def everything(self) -> Iterator[tuple[str, str, list[float]]]:
        runs, middle = range(self._options.runs), self._jobs // 2
        yield "the fixed loop", "ms", [machine.pace() for _ in runs]
        yield "disk per event", "KB", [self._file.stat().st_size / events_in(self._file) / 1000]
        yield "start", "ms", [self._start() for _ in runs]
        with server(self._file) as (url, pid):
            for name, path in questions(middle).items():
                client = Client(url)
                client.get(path)
                yield name, "ms", [timed(lambda path=path, client=client: client.get(path)) for _ in range(3 * len(runs))]
            unseen = [f"/api/v1/jobs?limit=100&offset={first}" for first in range(100, self._jobs, 100)][: 3 * len(runs)]
            client = Client(url)
            yield "  of jobs not shown before", "ms", [timed(lambda path=path: client.get(path)) for path in unseen]
            for name, clients in (("one client", 1), ("four clients", 4)):
                results = [self.take(url, pid, clients) for _ in runs]
                yield name, "/s", [rate for rate, _, _ in results]
                yield f"  {name}, processor of the server", "ms", [cpu for _, cpu, _ in results]
                yield "  … of who sends them", "ms", [own for _, _, own in results]
            results = [self.take(url, pid, 1, batch=BATCH) for _ in runs]
            yield f"in batches of {BATCH}", "/s", [rate for rate, _, _ in results]
            yield "  in batches, processor of the server", "ms", [cpu for _, cpu, _ in results]
            yield "memory", "MB", [resident(pid)]
        yield "the fixed loop, afterwards", "ms", [machine.pace() for _ in runs]

    def _start(self) -> float:
        def start() -> None:
            with server(self._file):
                ready.append(time.perf_counter())

        ready: list[float] = []
        started = time.perf_counter()
        start()
        return (ready[0] - started) * 1000

    def take(self, url: str, pid: int, clients: int, *, batch: int = 0) -> tuple[float, float, float]:
        """Let clients send for a while; return events a second, and milliseconds of the server's and of the clients' processor for each."""
        ready = iter(list(itertools.islice(self._events, int(self._options.seconds * MOST))))
        end = time.perf_counter() + self._options.seconds
        worked, own, started = processor(pid), time.process_time(), time.perf_counter()
        with ThreadPoolExecutor(clients) as pool:
            total = sum(pool.map(lambda _: self._send(url, ready, end, batch), range(clients)))
        elapsed = time.perf_counter() - started
        return total / elapsed, (processor(pid) - worked) * 1000 / total, (time.process_time() - own) * 1000 / total

    def _send(self, url: str, ready: Iterator[bytes], end: float, batch: int) -> int:
        """Send until the time is over; return how many events were taken."""
        sender, count = Sender(url), 0
        while time.perf_counter() < end:
            with self._taking:
                # START and COMPLETE of a run go out by the same client, one after the other, as a producer's do.
                events = list(itertools.islice(ready, batch or 2))
            if not events:
                break
            if batch:
                sender.post("/api/v1/lineage/batch", b"[" + b",".join(events) + b"]", 200)
            else:
                for event in events:
                    sender.post("/api/v1/lineage", event, 201)
            count += len(events)
        return count


def in_turns(options: argparse.Namespace) -> Iterator[tuple[str, str, list[float]]]:
    """Compare both stores of 5,000 jobs round by round: minutes apart, the machine's pace differs by more than they do."""
    with (
        a_store(options.cache, 5_000, SMALL) as (small, first),
        a_store(options.cache, 5_000, options.large) as (large, later),
        server(small) as of_small,
        server(large) as of_large,
    ):
        stores = [(Measured(small, 5_000, first, options), of_small), (Measured(large, 5_000, later, options), of_large)]
        for name, batch in (("one client", 0), (f"in batches of {BATCH}", BATCH)):
            parts = []
            for number in range(2 * options.runs):
                order = stores if number % 2 else stores[::-1]
                rates = {url: store.take(url, pid, 1, batch=batch)[0] for store, (url, pid) in order}
                parts.append(100 * rates[of_large[0]] / rates[of_small[0]])
            yield f"{name}, in turns", "%", parts


def questions(job: int) -> dict[str, str]:
    node, dataset = (
        f"job:{streams.JOBS_NAMESPACE}:{streams.job_name(job)}",
        f"dataset:{streams.DATASETS_NAMESPACE}:{streams.dataset_name(job)}",
    )
    return {
        "lineage, depth 20": f"/api/v1/lineage?nodeId={quote(node)}&depth=20",
        "lineage, depth 1": f"/api/v1/lineage?nodeId={quote(node)}&depth=1",
        "page of 10 jobs": "/api/v1/jobs?limit=10",
        "column lineage": f"/api/v1/column-lineage?nodeId={quote(dataset)}&depth=2",
        "page of 100 datasets": f"/api/v1/namespaces/{quote(streams.DATASETS_NAMESPACE, safe='')}/datasets?limit=100",
        "runs of a job": f"/api/v1/namespaces/{streams.JOBS_NAMESPACE}/jobs/{streams.job_name(job)}/runs?limit=10",
        "search": "/api/v1/search?q=load_77",
        "page of 100 events": "/api/v1/events/lineage?limit=100",
        "page of 100 jobs": "/api/v1/jobs?limit=100",
    }


class Client:
    """A connection that is kept open, as producers keep theirs."""

    def __init__(self, url: str) -> None:
        self._connection = HTTPConnection(urlsplit(url).netloc, timeout=600)

    def get(self, path: str) -> bytes:
        return self._call("GET", path, None, 200)

    def post(self, path: str, body: bytes) -> bytes:
        return self._call("POST", path, body, 201 if path.endswith("/lineage") else 200)

    def _call(self, method: str, path: str, body: bytes | None, wanted: int) -> bytes:
        self._connection.request(method, path, body, {"Content-Type": "application/json"})
        answer = self._connection.getresponse()
        read = answer.read()
        assert answer.status == wanted, (path, answer.status, read[:500])
        return read


class Sender:
    """A connection that costs next to nothing (0.07 ms a request), so that the server is measured: it reads answers of a stated length alone."""

    def __init__(self, url: str) -> None:
        address = urlsplit(url)
        self._host = address.netloc.encode()
        self._socket = socket.create_connection((address.hostname or "", address.port or 80), timeout=600)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def post(self, path: str, body: bytes, wanted: int) -> None:
        head = b"POST %b HTTP/1.1\r\nHost: %b\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
        self._socket.sendall(head % (path.encode(), self._host, len(body)) + body)
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self._received()
        head, _, rest = answer.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"\r\ncontent-length:")[2].split(b"\r\n")[0])
        while len(rest) < length:
            rest += self._received()
        assert int(head[9:12]) == wanted, (path, head, rest[:500])

    def _received(self) -> bytes:
        received = self._socket.recv(65536)
        assert received, "the server has closed the connection"
        return received


@contextmanager
def server(file: Path) -> Iterator[tuple[str, int]]:
    """Run `clew up` on a store; give its URL and process id once it answers."""
    command = [str(Path(sys.executable).with_name("clew")), "up", "--port", "0", "--store", str(file)]
    with tempfile.TemporaryDirectory() as home:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "CLEW_HOME": home})
        try:
            url = process.stdout.readline().split()[-1]
            Client(url).get("/ping")
            yield url, process.pid
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate()


def events_in(file: Path) -> int:
    with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as db:
        (count,) = db.execute("SELECT count(*) FROM event").fetchone()
    return int(count)


def processor(pid: int) -> float:
    """Return the seconds of processor that a process has used."""
    used = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(used[11]) + int(used[12])) / os.sysconf("SC_CLK_TCK")


def resident(pid: int) -> float:
    """Return the megabytes of memory that a process has used at most."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))) / 1000


def marquez(options: argparse.Namespace) -> Iterator[tuple[str, str, list[float]]]:
    """Measure a Marquez that runs elsewhere: three rounds of 500 jobs go in, then it is asked the same."""
    client, events = Client(options.marquez), streams.stream(500)
    taken = [timed(lambda: client.post("/api/v1/lineage", next(events))) for _ in range(3_000)]
    yield "one client", "/s", [1000 / t for t in taken]
    for name, path in questions(250).items():
        yield name, "ms", [timed(lambda path=path: client.get(path)) for _ in range(options.runs)]


def report(title: str, results: Iterator[tuple[str, str, list[float]]]) -> None:
    print(f"{title}\n{'':42}{'median':>10}{'least':>10}{'most':>10}       Marquez (quoted)", flush=True)
    for name, unit, values in results:
        figures = "".join(f"{v:>10.{1 if v < 100 else 0}f}" for v in (statistics.median(values), min(values), max(values)))
        print(f"{name:42}{figures} {unit:5} {MARQUEZ.get(name, '')}", flush=True)
    print()


if __name__ == "__main__":
    main()
