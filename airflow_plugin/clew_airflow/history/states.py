"""Airflow's states → types of events. docs/states.md has the same as a table for people, with who reports what."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clew_airflow.history.shapes import TaskTry

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


def end_of(one: TaskTry) -> str | None:
    """Return the type of the event that ends a try; None where it is not over.

    What never ran is aborted: it was skipped by a branch or a trigger rule, or a task before it failed.
    """
    if one.start_date is None or one.end_date is None:
        return None
    if one.state == "skipped" and one.try_number == 0:
        return "ABORT"
    return ENDS.get(one.state or "")
