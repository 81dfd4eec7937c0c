from __future__ import annotations

from datetime import datetime, timezone

from clew.answers.freshness import freshness
from clew.answers.runs import Run, State


def at(hour: int) -> datetime:
    return datetime(2026, 3, 2, hour, tzinfo=timezone.utc)


def a_run(run_id: str, hour: int, state: State = State.COMPLETED) -> Run:
    return Run(id=run_id, state=state, started=at(hour), ended=at(hour + 1))


def test_a_dataset_is_as_fresh_as_the_end_of_the_last_run_that_wrote_it():
    found = freshness([a_run("late", 8), a_run("early", 6)])
    assert found is not None
    assert (found.at, found.run.id, found.troubled) == (at(9), "late", None)


def test_a_failed_run_does_not_freshen_but_is_told_of():
    found = freshness([a_run("failed", 8, State.FAILED), a_run("good", 6)])
    assert found is not None
    assert (found.at, found.run.id, found.troubled and found.troubled.id) == (at(7), "good", "failed")


def test_a_failure_that_was_made_good_is_history():
    found = freshness([a_run("good", 8), a_run("failed", 6, State.FAILED)])
    assert found is not None
    assert found.troubled is None


def test_a_run_that_goes_on_has_not_written_yet():
    assert freshness([Run(id="r", state=State.RUNNING, started=at(6))]) is None


def test_what_nothing_wrote_has_no_freshness():
    assert freshness([]) is None
