"""What watching adds to a call: each library alone, watched, and watched after the end, in processor time.

Three processes take turns, since a library that was watched once stays so: one in which nobody watches, one that watches, one in which
watching has ended. A row is the median of rounds of many calls each; the spread is that of the added time. `python benchmarks/watching.py`
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import time
from functools import partial
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1]))

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROUNDS, SECONDS = 9, 0.05
WAYS = ("alone", "watched", "ended")


def calls(folder: Path) -> Iterator[tuple[str, Callable[[], object]]]:
    """Give the call of each library that is there, the cheapest that it has: what is added is the same for all."""
    import sqlite3

    lite = sqlite3.connect(folder / "shop.db", isolation_level=None)
    yield "sqlite3, execute", partial(lite.execute, "select 1")

    import duckdb

    duck = duckdb.connect(config={"threads": 1})
    yield "duckdb, execute", partial(duck.execute, "select 1")

    import sqlalchemy

    engine = sqlalchemy.create_engine("sqlite://").connect()
    yield "sqlalchemy, execute", partial(engine.execute, sqlalchemy.text("select 1"))

    yield from postgres_calls(os.environ.get("BENCH_POSTGRES"))
    yield from file_calls(folder)


def postgres_calls(url: str | None) -> Iterator[tuple[str, Callable[[], object]]]:
    if url is None:
        return
    import psycopg
    import psycopg2

    yield "psycopg, execute", partial(psycopg.connect(url, autocommit=True).cursor().execute, "select 1")
    yield "psycopg2, execute", partial(psycopg2.connect(url).cursor().execute, "select 1")


def file_calls(folder: Path) -> Iterator[tuple[str, Callable[[], object]]]:
    import fsspec

    (folder / "in.csv").write_text("id\n1\n")
    local = fsspec.filesystem("file")

    def opened() -> None:
        with local.open(folder / "in.csv", "rb") as file:
            file.read()

    yield "fsspec, open and read", opened
    numbers = count()
    memory = fsspec.filesystem("memory")
    memory.protocol = "s3"  # on this one instance: a store that costs nothing
    yield "fsspec, a new name each time", lambda: memory.open(f"/lake/{next(numbers)}.csv", "wb")
    yield from frame_calls(folder)
    yield from topic_calls()


def frame_calls(folder: Path) -> Iterator[tuple[str, Callable[[], object]]]:
    import pandas as pd
    import polars as pl
    import pyarrow.csv

    columns = [f"c{number}" for number in range(20)]
    (folder / "wide.csv").write_text(f"{','.join(columns)}\n{','.join('1' * 20)}\n")
    yield "pandas, 20 columns of CSV", lambda: pd.read_csv(folder / "wide.csv")
    yield "polars, 20 columns of CSV", lambda: pl.read_csv(folder / "wide.csv")
    yield "pyarrow, 20 columns of CSV", lambda: pyarrow.csv.read_csv(folder / "wide.csv")


def topic_calls() -> Iterator[tuple[str, Callable[[], object]]]:
    import confluent_kafka

    producer = confluent_kafka.Producer({"bootstrap.servers": "127.0.0.1:1", "log_level": 0, "queue.buffering.max.messages": 10_000_000})
    yield "confluent_kafka, produce", partial(producer.produce, "orders", b"1")


def measured(way: str, folder: Path) -> dict[str, float]:
    """Return the microseconds of processor time that each call takes in this process."""
    from clew import watching

    if way != "alone":
        watching.begin()
    found = dict(calls(folder))
    for call in found.values():
        call()
    if way == "ended":
        watching.end()
    return {name: _microseconds(call) for name, call in found.items()}


def _microseconds(call: Callable[[], object]) -> float:
    number, took = 1, 0.0
    while took < SECONDS:
        number *= 2
        began = time.process_time()
        for _ in range(number):
            call()
        took = time.process_time() - began
    return took / number * 1e6


def main() -> None:
    from tests.postgres import programs, serving

    print(
        f"{platform.platform()}, Python {platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {ROUNDS} rounds"
    )
    with TemporaryDirectory() as name:
        folder, servers = Path(name), programs()
        if servers is None:
            rounds(folder, os.environ)
        else:
            with serving(folder, servers) as server:
                rounds(folder, {**os.environ, "BENCH_POSTGRES": server.url()})


def rounds(folder: Path, environ: dict[str, str]) -> None:
    found: dict[str, dict[str, list[float]]] = {}
    for _ in range(ROUNDS):
        for way in WAYS:
            command = [sys.executable, __file__, way, str(folder)]
            for name, took in json.loads(subprocess.run(command, check=True, capture_output=True, env=environ).stdout).items():
                found.setdefault(name, {}).setdefault(way, []).append(took)
    print(f"{'µs of processor time a call':32} {'alone':>8} {'watched':>8} {'added':>8} {'spread':>14} {'ended adds':>10}")
    for name, took in found.items():
        alone, watched, ended = (statistics.median(took[way]) for way in WAYS)
        added = sorted(w - a for w, a in zip(took["watched"], took["alone"], strict=True))
        print(f"{name:32} {alone:8.1f} {watched:8.1f} {watched - alone:8.1f} {f'{added[1]:.1f}–{added[-2]:.1f}':>14} {ended - alone:10.1f}")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(measured(sys.argv[1], Path(sys.argv[2]))))
    else:
        main()
