"""Which waiting events may be sent now: those before which nothing must go.

Runs and jobs are in order, children come after their parent's START, and who reads or writes a dataset after who wrote it before.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Place:
    """An event's place in the order: all that decides what must go before it. Runs and jobs that it has not are empty."""

    seq: int
    type: str = ""
    run: str = ""
    job: tuple[str, str] = ("", "")
    parent_run: str = ""
    reads: frozenset[tuple[str, str]] = frozenset()
    writes: frozenset[tuple[str, str]] = frozenset()
    due_at: float = 0.0


class Order:
    """The events that wait, as far as they were read. An event is free once all that must go before it is out."""

    def __init__(self) -> None:
        self._places: dict[int, Place] = {}
        self._waits_for: dict[int, int] = {}
        self._followers: dict[int, list[int]] = defaultdict(list)
        self._last: dict[object, int] = {}
        self._free: list[tuple[float, int]] = []

    def __len__(self) -> int:
        return len(self._places)

    def add(self, place: Place) -> None:
        """Add an event behind all that were added before; `place.seq` must be above theirs."""
        before = {self._last[key] for key in (*_follows(place), *_leads(place)) if key in self._last}
        for seq in before:
            self._followers[seq].append(place.seq)
        for key in _leads(place):
            self._last[key] = place.seq
        self._places[place.seq] = place
        self._waits_for[place.seq] = len(before)
        if not before:
            heapq.heappush(self._free, (place.due_at, place.seq))

    def take(self, now: float) -> Place | None:
        """Take the next event that may be sent at `now`: those never tried first, then the oldest; None where there is none."""
        if not self._free or self._free[0][0] > now:
            return None
        return self._places[heapq.heappop(self._free)[1]]

    def put_back(self, seq: int, due_at: float) -> None:
        """Give back an event that was taken; what follows it goes on waiting."""
        heapq.heappush(self._free, (due_at, seq))

    def out(self, seq: int) -> None:
        """Forget an event that was taken: delivered, refused or dropped. What waited for it alone is free."""
        place = self._places.pop(seq)
        del self._waits_for[seq]
        for key in _leads(place):
            if self._last.get(key) == seq:
                del self._last[key]
        for follower in self._followers.pop(seq, ()):
            self._waits_for[follower] -= 1
            if not self._waits_for[follower]:
                heapq.heappush(self._free, (self._places[follower].due_at, follower))

    def next_due(self) -> float | None:
        """Return when the next free event is due; None where all wait for others."""
        return self._free[0][0] if self._free else None


def _leads(place: Place) -> list[tuple[str, object]]:
    """Name the lines in which others queue up behind this event."""
    lines: list[tuple[str, object]] = [("written", dataset) for dataset in place.writes]
    if place.run:
        lines.append(("run", place.run))
    if place.job[1]:
        lines.append(("job", place.job))
    if place.run and place.type == "START":
        lines.append(("start", place.run))
    return lines


def _follows(place: Place) -> list[tuple[str, object]]:
    """Name the lines that this event waits for without being part of them."""
    lines: list[tuple[str, object]] = [("written", dataset) for dataset in place.reads - place.writes]
    if place.parent_run:
        lines.append(("start", place.parent_run))
    return lines
