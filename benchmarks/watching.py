"""What watching adds to a call of each library, in processor time, beside what any wrapper adds.

Blocks of calls are made alone, through a function that does nothing but call, and watched, in an order that changes at random from round to
round, over and over within one process, and in several processes. What counts is *watching adds*: the difference of the medians of watched calls and
of those alone, with what is looked at later, for that is what a program pays. Its interval of 95 % is found by drawing processes and rounds again
(bootstrap), and a call takes more than is asked only where all of the interval does, less only where all of it does. *Within* is what a clock
around all that watched calls tell says: it does not depend on how long the call takes alone, so it tells of a change of the code where the
interval is wide, but it leaves out the wrapper and what a call takes longer since ours has been in the processor's caches.
`python -m benchmarks.watching [--quick] [part of a name …]`
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import time
from contextlib import ExitStack
from functools import cache, partial, wraps
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks import machine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    Calls = Iterator[tuple[str, Callable[[], object]]]

PROCESSES, SECONDS, ROUNDS = 5, 0.8, 800
"""Processes, and seconds of processor time for each call in one of them, or rounds where these take longer."""
WARM_UP = 20
"""Calls that only find out how long one takes, and how many watched calls it is."""
SHORTEST, MOST = 50e-6, 4_000
"""Seconds that are measured at once, which shorter calls are repeated for; and rounds at most."""
DRAWN = 1_000
"""Times that processes and rounds are drawn again."""
ASKED = 20.0
"""Microseconds of a call that is watched; some calls of a library are more than one."""
MEMORY = Path("/dev/shm")
"""Where files take the same time at any time, if it is there: a disk's differ by more than what is measured."""
ONE_THREAD = {"POLARS_MAX_THREADS": "1", "OMP_NUM_THREADS": "1", "RAYON_NUM_THREADS": "1", "TOKIO_WORKER_THREADS": "1"}


def calls(folder: Path) -> Calls:
    """Give calls of all libraries; what they call is looked up here, so that those made before watching stay as they were."""
    yield from database_calls(folder)
    yield from postgres_calls(os.environ.get("BENCH_POSTGRES"))
    yield from file_calls(folder)
    yield from frame_calls(folder)
    yield from lake_calls(folder)
    yield from topic_calls(os.environ.get("BENCH_KAFKA"))


def database_calls(folder: Path) -> Calls:
    import sqlite3

    import duckdb
    import sqlalchemy

    yield "sqlite3, execute", partial(sqlite3.connect(folder / "shop.db", isolation_level=None).execute, "select 1")
    duck = duckdb.connect(config={"threads": 1})
    yield "duckdb, execute", partial(duck.execute, "select 1")
    yield "duckdb, sql with a variable", partial(asks_for_a_variable, duck.sql)
    engine = sqlalchemy.create_engine("sqlite://").connect()
    yield "sqlalchemy, execute", partial(engine.execute, sqlalchemy.text("select 1"))


def asks_for_a_variable(sql: Callable[[str], Any]) -> None:
    orders = sql("select 1 as id")
    sql("select id from orders")
    del orders


def postgres_calls(url: str | None) -> Calls:
    if url is None:
        return
    import psycopg2

    yield "psycopg, execute", partial(psycopg_connection(url).cursor().execute, "select 1")
    cursors = type(psycopg2.connect(url).cursor())
    yield "psycopg2, execute", partial(psycopg2_connection(url).cursor(cursor_factory=cursors).execute, "select 1")


@cache
def psycopg_connection(url: str) -> Any:
    """Return one connection for all ways: servers' processes differ by more than what is measured."""
    import psycopg

    return psycopg.connect(url, autocommit=True)


@cache
def psycopg2_connection(url: str) -> Any:
    """Return one connection for all ways, of a class that can hold what watching notes of it."""
    import psycopg2
    from psycopg2 import extensions

    return psycopg2.connect(url, connection_factory=type("Connection", (extensions.connection,), {}))


def file_calls(folder: Path) -> Calls:
    import fsspec
    from upath import UPath

    (folder / "in.csv").write_text("id\n1\n")
    local = fsspec.filesystem("file")
    yield "fsspec, open", partial(closed, local.open, folder / "in.csv", "rb")
    numbers = count()
    memory = fsspec.filesystem("memory")
    memory.protocol = "s3"  # on this one instance: a store that costs nothing
    create = memory.open
    yield "fsspec, a new name each time", lambda: create(f"/lake/{next(numbers)}.csv", "wb")
    yield "upath, read_text", UPath(f"file://{folder}/in.csv").read_text
    yield "boto3, put_object", bucket_call()
    yield "shutil, os.replace", partial(os.replace, folder / "in.csv", folder / "in.csv")


def closed(opened: Callable[..., Any], *args: object) -> None:
    opened(*args).close()


def bucket_call() -> Callable[[], object]:
    """Return a call that S3 answers without a network."""
    import boto3
    from botocore.awsrequest import AWSResponse

    client = boto3.client("s3", region_name="us-east-1", aws_access_key_id="AKIA", aws_secret_access_key="none")
    client.meta.events.register("before-call.s3", lambda **_: (AWSResponse("", 200, {}, None), {}))
    return partial(client.put_object, Bucket="lake", Key="orders.csv", Body=b"id\n")


def frame_calls(folder: Path) -> Calls:
    import pandas as pd
    import polars as pl
    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.parquet as pq

    pa.set_cpu_count(1)
    columns = [f"c{number}" for number in range(20)]
    wide, parquet = folder / "wide.csv", str(folder / "wide.parquet")
    wide.write_text(f"{','.join(columns)}\n{','.join('1' * 20)}\n")
    frame, polar, table = pd.read_csv(wide), pl.read_csv(wide), pyarrow.csv.read_csv(wide)
    pq.write_table(table, parquet)
    yield "pandas, read_csv, 20 columns", partial(pd.read_csv, wide)
    yield "pandas, to_csv, 20 columns", partial(frame.to_csv, folder / "out.csv")
    yield "pandas, read_parquet, 20 columns", partial(pd.read_parquet, parquet)
    yield "polars, read_csv, 20 columns", partial(pl.read_csv, wide)
    yield "polars, write_csv, 20 columns", partial(polar.write_csv, folder / "out.csv")
    yield "polars, scan_csv", partial(pl.scan_csv, wide)
    yield "pyarrow, read_csv, 20 columns", partial(pyarrow.csv.read_csv, wide)
    yield "pyarrow, write_table, 20 columns", partial(pq.write_table, table, str(folder / "out.parquet"))


def lake_calls(folder: Path) -> Calls:
    import pyarrow as pa
    from deltalake import DeltaTable, write_deltalake
    from pyiceberg.catalog.sql import SqlCatalog

    table = pa.table({f"c{number}": [1] for number in range(20)})
    delta = str(folder / f"delta-{time.monotonic_ns()}")
    write_deltalake(delta, table)
    yield "deltalake, file_uris, 20 columns", DeltaTable(delta).file_uris
    catalog = SqlCatalog("shop", uri="sqlite://", warehouse=f"file://{folder}/lake-{time.monotonic_ns()}")
    catalog.create_namespace("sales")
    scan = catalog.create_table("sales.orders", schema=table.schema).scan()
    yield "pyiceberg, scan to Arrow, 20 columns", scan.to_arrow  # without rows, which take ten times as long


def topic_calls(broker: str | None) -> Calls:
    import confluent_kafka
    import kafka

    nowhere = {"bootstrap.servers": "127.0.0.1:1", "log_level": 0, "queue.buffering.max.messages": 10_000_000}
    yield "confluent_kafka, produce", partial(confluent_kafka.Producer(nowhere).produce, "orders", b"1")
    if broker is not None:
        yield "kafka, send", partial(kafka.KafkaProducer(bootstrap_servers=broker).send, "orders", b"1")


def measured(folder: Path, names: list[str]) -> dict[str, dict[str, Any]]:
    """Return the microseconds of processor time that each call took, way by way, round by round."""
    from clew import watching

    alone = {name: call for name, call in calls(folder) if not names or any(part in name for part in names)}
    watching.begin()
    watched = {name: call for name, call in calls(folder) if name in alone}
    return {name: in_turns(call, watched[name]) for name, call in alone.items()}


class Within:
    """Times what is noted of watched calls, and counts them, from within: a clock stands around what each of them tells."""

    def __init__(self) -> None:
        from clew.watching import process

        self._told = process.told
        self._modules = [module for module in list(sys.modules.values()) if getattr(module, "told", None) is process.told]
        self.calls = 0
        self._nanoseconds = 0

    def took(self, call: Callable[[], object], times: int) -> float:
        """Return the seconds that were spent within what watched calls tell."""
        self.calls = self._nanoseconds = 0
        self._replace(self._timed)
        for _ in range(times):
            call()
        self._replace(self._told)
        self.calls //= times
        return self._nanoseconds / 1e9

    def _replace(self, told: Callable[..., None]) -> None:
        for module in self._modules:
            module.told = told  # type: ignore[attr-defined]

    def _timed(self, *args: Any) -> None:
        began = time.perf_counter_ns()
        self._told(*args)
        self._nanoseconds += time.perf_counter_ns() - began
        self.calls += 1


def in_turns(alone: Callable[[], object], watched: Callable[[], object]) -> dict[str, Any]:
    from clew.watching import process
    from clew.watching.recorder import FEW, Recorder

    recorder, within = Recorder(), Within()
    ways: dict[str, tuple[Callable[[], object], Callable[..., float], Recorder | None]] = {
        "alone": (alone, took, None),
        "wrapped": (wrapped(alone), took, None),
        "watched": (watched, took, recorder),
        "within": (watched, within.took, Recorder()),
    }
    process._recorder = recorder  # noqa: SLF001  to begin and end in the usual way would make what was seen into events
    within.took(watched, WARM_UP)
    recorder.look()
    times = max(1, round(SHORTEST / statistics.median(took(alone, 1) for _ in range(WARM_UP))))
    waiting = 0
    found: dict[str, list[float]] = {way: [] for way in (*ways, "later")}
    until = time.process_time() + SECONDS
    while (done := len(found["alone"])) < ROUNDS or (time.process_time() < until and done < MOST):
        for way in random.sample(list(ways), len(ways)):
            call, clock, process._recorder = ways[way]  # noqa: SLF001
            found[way].append(clock(call, times) / times * 1e6)
        waiting += times * within.calls
        if waiting + times * within.calls >= FEW:  # else the next block would look at them
            found["later"].append(took(recorder.look, 1) / waiting * within.calls * 1e6)
            waiting = 0
    return {**found, "calls": within.calls}


def wrapped(call: Callable[[], object]) -> Callable[[], object]:
    """Put a function that does nothing but call it before the one that a call is made of."""
    inner = call.func if isinstance(call, partial) else call

    @wraps(inner)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return inner(*args, **kwargs)

    return partial(wrapper, *call.args, **call.keywords) if isinstance(call, partial) else wrapper


def took(call: Callable[[], object], times: int) -> float:
    began = time.process_time()
    for _ in range(times):
        call()
    return time.process_time() - began


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("names", nargs="*", help="measure only calls whose names have one of these parts")
    asked.add_argument("--quick", action="store_true", help="one process, no Kafka broker")
    given = asked.parse_args()
    print(machine.described())
    with TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as name, ExitStack() as stack:
        folder = Path(name)
        show(processes(folder, {**os.environ, **dict(servers(folder, stack, quick=given.quick))}, given))


def servers(folder: Path, stack: ExitStack, *, quick: bool) -> Iterator[tuple[str, str]]:
    """Start the servers whose programs are here, and give the variables that lead to them."""
    from tests import kafka, postgres
    from tests.acceptance.conftest import ENVIRONMENTS

    if (programs := postgres.programs()) is not None:
        yield "BENCH_POSTGRES", stack.enter_context(postgres.serving(folder, programs)).url()
    if not quick and shutil.which("java") and shutil.which("mvn"):
        yield "BENCH_KAFKA", stack.enter_context(kafka.serving(folder, kafka.jars(ENVIRONMENTS))).address


def processes(folder: Path, environ: Mapping[str, str], given: argparse.Namespace) -> list[dict[str, dict[str, Any]]]:
    command = [sys.executable, "-m", "benchmarks.watching", "--within", str(folder), *given.names]
    alone = {**environ, **ONE_THREAD}
    return [
        json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, env=alone).stdout)
        for _ in range(1 if given.quick else PROCESSES)
    ]


def show(found: list[dict[str, dict[str, Any]]]) -> None:
    print(
        "µs of processor time. What watching adds is the difference of medians with what is done later, and its interval of 95 %; then the difference\n"
        "of the least fifths. Within is the least fifth, and the median, by a clock inside the watched calls. A call may be several that are watched."
    )
    print(
        f"{'':34} {'alone':>8} {'empty wrapper adds':>20} {'watching adds':>21} {'least':>6} {'within':>12} {'later':>6} {'calls':>5}  under {ASKED:.0f} each"
    )
    for name in found[0]:
        ran = [one[name] for one in found]
        number = ran[0]["calls"]
        later = mean_of(ran, "later", np.median)
        added = [value + later for value in added_by("watched", ran)]
        least = mean_of(ran, "watched", least_fifth) - mean_of(ran, "alone", least_fifth) + later
        within = f"{mean_of(ran, 'within', least_fifth):.1f} {mean_of(ran, 'within', np.median):.1f}"
        print(
            f"{name:34} {mean_of(ran, 'alone', np.median):8,.1f} {interval(added_by('wrapped', ran)):>20} {interval(added):>21}"
            f" {least:6.1f} {within:>12} {later:6.1f} {number:5}  {verdict(added, ASKED * max(1, number))}"
        )


def added_by(way: str, ran: list[dict[str, Any]]) -> list[float]:
    """Return the difference of medians to the call alone, and the ends of its interval; rounds are drawn whole, for the machine's pace is theirs."""
    chance = np.random.default_rng(1)
    sides = [np.array([one[way], one["alone"]]) for one in ran]

    def difference(drawn: Iterable[Any]) -> float:
        return float(np.mean([np.subtract(*np.median(side, axis=1)) for side in drawn]))

    def drawn_again() -> Iterator[Any]:
        for number in chance.integers(len(sides), size=len(sides)):
            rounds = sides[number].shape[1]
            yield sides[number][:, chance.integers(rounds, size=rounds)]

    low, high = np.quantile([difference(drawn_again()) for _ in range(DRAWN)], [0.025, 0.975])
    return [difference(sides), float(low), float(high)]


def mean_of(ran: list[dict[str, Any]], way: str, of: Callable[[Any], Any]) -> float:
    """Return the mean of what a function makes of each process' rounds."""
    return float(np.mean([of(one[way]) for one in ran if one[way]] or [0.0]))


def least_fifth(values: list[float]) -> float:
    """Return the mean of the least fifth: what else runs on the machine only makes a call slower."""
    return statistics.mean(sorted(values)[: max(1, len(values) // 5)])


def interval(added: list[float]) -> str:
    middle, low, high = added
    return f"{middle:.1f} ({low:.1f}–{high:.1f})"


def verdict(added: list[float], asked: float) -> str:
    _, low, high = added
    return "no" if low > asked else "yes" if high <= asked else "not told apart"


if __name__ == "__main__":
    if sys.argv[1:2] == ["--within"]:
        print(json.dumps(measured(Path(sys.argv[2]), sys.argv[3:])))
    else:
        main()
