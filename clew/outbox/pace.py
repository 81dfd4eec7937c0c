"""When to try again: for a backend as a whole, and for one event that it cannot digest."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST = 60.0
"""Longest pause in seconds that we choose by ourselves; a backend may ask for more."""
LONGEST_ASKED = 3600.0
"""Longest pause in seconds that a backend may ask for."""
TRIES = 5
"""How often an event may be answered 500, while other events are accepted, before it is put aside."""


def pause(failures: int, chance: float, asked: float | None = None) -> float:
    """Return the seconds to wait after so many failures in a row: doubling from half a second, and never all relays at once.

    Args:
        failures: one or more.
        chance: evenly between 0 and 1.
        asked: what `Retry-After` said.
    """
    own = min(LONGEST, 0.5 * 2.0 ** min(failures - 1, 10)) * (0.5 + chance / 2)
    return own if asked is None else max(own, min(asked, LONGEST_ASKED))


class Pace:
    """How the backend as a whole is doing, and so how many events may be under way."""

    def __init__(self, threads: int, chance: Callable[[], float]) -> None:
        self._threads = threads
        self._chance = chance
        self._failures = 0
        self._troubled: set[int] = set()
        self.accepted_events = 0
        self.paused_until = 0.0

    def may_send(self, now: float, under_way: int) -> bool:
        """Tell whether one more event may be sent: none in a pause, one after it to try, else as many as there are threads."""
        return now >= self.paused_until and under_way < (1 if self._failures else self._threads)

    @property
    def is_down(self) -> bool:
        """Tell whether the backend accepts nothing at the moment."""
        return self._failures > 0

    def accepted(self) -> None:
        """Note that the backend took an event: all is well."""
        self.accepted_events += 1
        self._troubled.clear()
        self.answered()

    def answered(self) -> None:
        """Note that the backend is there, whatever it thinks of the event."""
        self._failures = 0

    def unreachable(self, now: float, asked: float | None) -> None:
        """Note that there was no answer, or one that says: later."""
        if now < self.paused_until and asked is None:
            return  # several were under way when it went down: that is one failure
        self._failures += 1
        self.paused_until = max(self.paused_until, now + pause(self._failures, self._chance(), asked))

    def troubled(self, now: float, seq: int) -> None:
        """Note an answer of 500: one event's fault as long as others are accepted, the backend's where several get it in a row."""
        self._troubled.add(seq)
        if len(self._troubled) > 1:
            self.unreachable(now, None)
