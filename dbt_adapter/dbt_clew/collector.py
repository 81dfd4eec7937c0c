"""Python's collector of cyclic garbage, which has nothing to find while artifacts become events."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def paused() -> Iterator[None]:
    """Keep the collector from looking through hundreds of thousands of new objects, none of them in a cycle, now and later.

    It takes most of the time otherwise. Whatever is not in a cycle is freed as ever. The collector is one for the whole process,
    so this is for processes of our own, not for dbt's.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_on:
            gc.enable()
