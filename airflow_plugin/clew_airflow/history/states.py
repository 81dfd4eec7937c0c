"""Airflow's states → types of events. docs/states.md has the same as a table for people, with who reports what."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from clew_airflow.history.shapes import DagRun, TaskTry

ENDS = {
    "success": "COMPLETE",
    "failed": "FAIL",
    "up_for_retry": "FAIL",  # of the try that ended; the next one is a run of its own
    "skipped": "COMPLETE",  # while it ran, as the provider tells it; else see `end_of`
    "upstream_failed": "ABORT",
}
"""States in which a try, or a DAG run, is over."""

SHOWN = {"COMPLETE": "COMPLETED", "FAIL": "FAILED", "ABORT": "ABORTED"}
"""What Marquez calls the state of a run after its end."""

_CUT_OFF = frozenset({"skipped", "removed"})
"""States that a DAG run leaves its tasks in when it ends before them: by its time-out, or because the task has gone."""
_FAILED = frozenset({"failed", "up_for_retry"})
_NOT_REACHED = frozenset({None, "scheduled", "upstream_failed", "removed"})
"""States in which a task has not been reached, whatever its times say."""


def end_of(one: TaskTry, run: DagRun) -> str | None:
    """Return the type of the event that ends a try; None where it is not over.

    What never ran is aborted: it was skipped by a branch or a trigger rule, or a task before it failed. So is what its DAG run did
    not wait for.
    """
    if ended_at(one, run) is None:
        return None
    if one.state == "removed" or one.end_date is None or (one.state == "skipped" and one.try_number == 0):
        return "ABORT"
    return ENDS.get(one.state or "")


def began_at(one: TaskTry) -> datetime | None:
    """Return when a try began; a try that failed in the queue has no more than an end. None where there is no try."""
    if one.start_date is None and one.state in _FAILED and one.try_number > 0:
        return one.end_date
    return one.start_date


def ended_at(one: TaskTry, run: DagRun) -> datetime | None:
    """Return when a try ended: with its DAG run where that cut it off, which leaves it without an end of its own."""
    if began_at(one) is None:
        return None
    return one.end_date or (run.end_date if one.state in _CUT_OFF and run.is_over else None)


def may_be_of_an_earlier_life(one: TaskTry, run: DagRun) -> bool:
    """Tell whether a task was perhaps not reached since it was cleared, so that number and times are those of a try before.

    Only a look at its tries can tell. A skipped task has mostly skipped itself; it is asked for only where something was cleared.
    """
    if one.try_number == 0 or one.start_date is None:
        return False
    if one.state == "skipped":
        return run.was_cleared_while_it_ran or (run.start_date is not None and one.start_date < run.start_date)
    return one.state in _NOT_REACHED
