"""What an event does to the state and times of a run.

A run that is over stays over, whatever arrives late; it started when START says. Marquez lets what arrives last win.
"""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

OVER = frozenset({"COMPLETED", "FAILED", "ABORTED"})


class Progress(Struct, frozen=True, kw_only=True):
    """State and times of a run, in microseconds since 1970.

    Attributes:
        start_known: started_at is the time of a START; else it is the earliest sign of life.
        inferred: nothing but the events of its children told of the run so far.
    """

    state: str = "NEW"
    updated_at: int
    transitioned_at: int | None = None
    started_at: int | None = None
    start_known: bool = False
    ended_at: int | None = None
    inferred: bool = False


def after(known: Progress, state: str | None, at: int, *, starts: bool, inferred: bool = False) -> Progress:
    """Return the progress of a run after an event of its own, or one of a child (`inferred`)."""
    if known.inferred and not inferred:
        # What a child's event made us guess of its parent counts for nothing once the parent speaks for itself.
        known = replace(known, state="NEW", ended_at=None, transitioned_at=at, inferred=False)
    known = replace(known, updated_at=max(known.updated_at, at))
    if state is None:
        return known
    if state in OVER:
        return _ended(known, state, at)
    return _running(known, at, starts=starts)


def _ended(known: Progress, state: str, at: int) -> Progress:
    if known.state in OVER and known.ended_at is not None and at < known.ended_at:
        return known
    return replace(known, state=state, ended_at=at, transitioned_at=at)


def _running(known: Progress, at: int, *, starts: bool) -> Progress:
    if starts:
        started = min(at, known.started_at) if known.start_known and known.started_at is not None else at
        known = replace(known, started_at=started, start_known=True)
    elif known.started_at is None and known.state not in OVER:
        known = replace(known, started_at=at)
    if known.state in OVER:
        return known
    return replace(known, state="RUNNING", transitioned_at=max(known.transitioned_at or at, at))
