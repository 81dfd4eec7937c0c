"""The backend as pages within Airflow ask it: each page in bounded time, whatever the backend does."""

from __future__ import annotations

import time
from functools import lru_cache
from typing import TYPE_CHECKING

from clew.errors import Unreachable
from clew.marquez import HttpSeam, Marquez
from clew.settings import load

if TYPE_CHECKING:
    from collections.abc import Callable

    from clew.marquez import Answer, Seam

ANSWER = 15.0
"""Seconds that one answer of the backend may take."""
PAGE = 20.0
"""Seconds after which a page asks no more."""


def marquez() -> Marquez:
    """Return the backend for the reading of one page."""
    return Marquez(InTime(_seam(), PAGE))


class InTime:
    """A seam that asks no more once its time is over: a page is drawn from many answers."""

    def __init__(self, seam: Seam, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seam, self._clock = seam, clock
        self._end = clock() + seconds

    def call(self, method: str, path: str, body: bytes | None = None) -> Answer:
        """Make one request, unless it is too late for it."""
        if self._clock() > self._end:
            raise Unreachable("the backend answers too slowly for this page")
        return self._seam.call(method, path, body)


@lru_cache(maxsize=1)
def _seam() -> Seam:
    """Make the one seam of this process; its connections are used again."""
    settings = load()
    return HttpSeam(settings.url or "", api_key=settings.api_key, timeout=ANSWER)
