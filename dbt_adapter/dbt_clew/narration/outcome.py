"""What dbt's word for the end of a node means for its run."""

from __future__ import annotations

COMPLETE, FAIL, ABORT = "COMPLETE", "FAIL", "ABORT"

NOT_RUN = frozenset({"no-op"})
"""Nothing was executed (exposures, for one): there is no run."""

_ENDS = {
    "success": COMPLETE,
    "pass": COMPLETE,
    "warn": COMPLETE,  # the test found something and the project said that this may be; the facets tell
    "error": FAIL,
    "fail": FAIL,
    "runtime error": FAIL,
    "partial success": FAIL,  # some batches failed: what reads the table cannot rely on it, and dbt itself exits with 1
    "skipped": ABORT,  # it never ran; COMPLETE would be a false success, FAIL would blame it for what failed upstream
}


def event_type(status: str) -> str:
    """Return the event type for dbt's status; a word that we do not know is no success."""
    return _ENDS.get(status, ABORT)


def has_run(unique_id: str, status: str) -> bool:
    """Tell whether there is a run: what is skipped would have had one, but dbt itself exports no saved query."""
    return status not in NOT_RUN and not (status == "skipped" and unique_id.startswith("saved_query."))


def is_known(status: str) -> bool:
    """Tell whether we know dbt's word."""
    return status in _ENDS or status in NOT_RUN
