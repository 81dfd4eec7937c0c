"""Reading many queries on all cores."""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import TYPE_CHECKING

from clew.guard import guard

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from typing_extensions import Self

    from dbt_clew.column_lineage.lineage import Lineage, Table

MANY = 1000
"""From how many queries on it pays to start processes: each needs a third of a second, as much as 300 queries of ordinary size."""
_MOST = 8
_CHUNK = 16

Query = tuple[str, str, "tuple[Table, ...]"]


def read(asked: Query) -> Lineage | str:
    """Return the lineage of a query, or why there is none."""
    from dbt_clew.column_lineage import read as reader

    with guard("read column lineage"):
        try:
            return reader.read(*asked)
        except reader.Unreadable as error:
            return str(error)
    return "Clew failed to read its SQL"


class Workers:
    """Processes that read queries; where none can be started, this one does it.

    Processes are spawned: what runs here may have threads, which a fork does not survive.
    """

    def __init__(self, expected: int) -> None:
        """Make them.

        Args:
            expected: how many queries there may be in all; those that were read before never get here.
        """
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        self._processes = min(cores, _MOST) if expected >= MANY else 1
        self._pool: ProcessPoolExecutor | None = None

    def read(self, asked: list[Query]) -> Iterable[Lineage | str]:
        """Read queries, none of which needs what another gives."""
        return self._in_pool(asked) if self._processes > 1 and len(asked) >= _CHUNK else map(read, asked)

    def _in_pool(self, asked: list[Query]) -> Iterator[Lineage | str]:
        done = 0
        try:
            self._pool = self._pool or ProcessPoolExecutor(self._processes, get_context("spawn"))
            for found in self._pool.map(read, asked, chunksize=_CHUNK):
                done += 1
                yield found
        except (BrokenProcessPool, OSError):
            self._processes = 1
            yield from map(read, asked[done:])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown()
