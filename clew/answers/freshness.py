"""How fresh a dataset is: the event time of the last run that wrote it.

Marquez' own `updatedAt` is no freshness: it is the backend's clock, and merely reading a dataset in a run moves it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from clew.answers.runs import Run, State

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class Freshness:
    """When a dataset was last written and by which run; `troubled` is a later run that was to write it and did not succeed."""

    at: datetime
    run: Run
    troubled: Run | None = None


def freshness(writers: Iterable[Run]) -> Freshness | None:
    """Find the last run that wrote; only a completed run counts, since what a failed one left behind is anybody's guess.

    Args:
        writers: runs that had the dataset as an output, in any order.
    """
    timed = sorted(((at, w) for w in writers if (at := w.ended or w.started)), key=lambda pair: pair[0])
    wrote = [(at, w) for at, w in timed if w.state is State.COMPLETED]
    if not wrote:
        return None
    at, last = wrote[-1]
    later = [w for when, w in timed if when > at and w.state in {State.FAILED, State.ABORTED}]
    return Freshness(at=at, run=last, troubled=later[-1] if later else None)
