"""How each ending in Airflow ends in the backend, and what is done where the two disagree. docs/states.md is the table for people."""

from __future__ import annotations

from typing import Any

import pytest

from clew_airflow.history.there import There
from tests.unit.airflow.history.recorded import Has, Recorded, synced

RUN = {"dag_id": "shop", "dag_run_id": "r", "run_after": "2026-03-04T00:00:00Z", "queued_at": "2026-03-04T00:00:01Z"}
BEGAN, ENDED = "2026-03-04T00:01:00Z", "2026-03-04T00:09:00Z"
TRY = {"dag_id": "shop", "dag_run_id": "r", "task_id": "load", "try_number": 1, "start_date": "2026-03-04T00:02:00Z"}
TASK = "shop.load"


class Small(Recorded):
    """An Airflow with one DAG run of one task."""

    def __init__(self, task: dict[str, Any], *tries: dict[str, Any], **run: Any) -> None:
        self.task, self.run = {**TRY, **task}, {**RUN, "state": "success", "start_date": BEGAN, "end_date": ENDED, **run}
        where = "GET /api/v2/dags/shop/dagRuns/r"
        super().__init__(
            {
                "GET /api/v2/version": {"version": "3.3.2"},
                "POST /api/v2/dags/~/dagRuns/list": {"dag_runs": [self.run], "total_entries": 1},
                "POST /api/v2/dags/~/dagRuns/~/taskInstances/list": {"task_instances": [self.task], "total_entries": 1},
                f"{where}/taskInstances/load/tries": {"task_instances": [*({**TRY, **one} for one in tries), self.task]},
                f"{where}/taskInstances/load": self.task,
                where: self.run,
            }
        )


def ends(sent):
    return {(e["job"]["name"], e["eventType"]): e for e in sent if e["eventType"] != "START"}


def kinds(sent):
    return [(e["job"]["name"], e["eventType"]) for e in sent]


def backend_with(airflow, *, began=BEGAN, **states: str):
    """Return a backend that has the runs of an Airflow, and how they ended by the last part of the job's name."""
    sent = synced(airflow)[0]
    ids = {e["job"]["name"].rpartition(".")[2]: e["run"]["runId"] for e in sent}
    return Has({run: There(states[name], began, None if states[name] == "RUNNING" else ENDED) for name, run in ids.items()})


@pytest.mark.parametrize(
    ("task", "end"),
    [
        ({"state": "success", "end_date": "2026-03-04T00:03:00Z"}, "COMPLETE"),
        ({"state": "failed", "end_date": "2026-03-04T00:03:00Z"}, "FAIL"),
        ({"state": "skipped", "end_date": "2026-03-04T00:03:00Z"}, "COMPLETE"),
        ({"state": "skipped", "end_date": "2026-03-04T00:02:00Z", "try_number": 0}, "ABORT"),
        ({"state": "upstream_failed", "end_date": "2026-03-04T00:02:00Z", "try_number": 0}, "ABORT"),
        ({"state": "skipped", "end_date": None}, "ABORT"),
        ({"state": "removed", "end_date": None}, "ABORT"),
    ],
)
def test_a_try_ends_by_the_table(task, end):
    told = ends(synced(Small(task))[0])[TASK, end]
    assert told["run"]["facets"]["clew_airflow"]["state"] == task["state"]


@pytest.mark.parametrize("state", ["running", "deferred", "up_for_reschedule", "queued", "restarting", None])
def test_a_try_that_is_not_over_has_no_end(state):
    assert TASK not in {job for job, _ in kinds(synced(Small({"state": state, "end_date": None}, state="running", end_date=None))[0])}


def test_what_the_time_out_of_its_dag_run_cut_off_ends_with_that():
    told = synced(Small({"state": "skipped", "end_date": None}, state="failed"))[0]
    assert ends(told)[TASK, "ABORT"]["eventTime"] == "2026-03-04T00:09:00+00:00"


def test_a_try_that_failed_in_the_queue_began_when_it_failed():
    told = synced(Small({"state": "failed", "start_date": None, "end_date": "2026-03-04T00:03:00Z"}, state="failed"))[0]
    assert [(e["eventType"], e["eventTime"]) for e in told if e["job"]["name"] == TASK] == [
        ("START", "2026-03-04T00:03:00+00:00"),
        ("FAIL", "2026-03-04T00:03:00+00:00"),
    ]


def test_a_mapped_task_over_nothing_is_no_run():
    assert TASK not in {job for job, _ in kinds(synced(Small({"state": "skipped", "start_date": None, "try_number": 0}))[0])}


@pytest.mark.parametrize(("there", "end"), [("COMPLETED", "FAIL"), ("ABORTED", "FAIL")])
def test_airflow_has_the_last_word_on_how_a_try_ended(there, end):
    airflow = Small({"state": "failed", "end_date": "2026-03-04T00:03:00Z"})
    told, missing = synced(airflow, backend_with(airflow, shop="COMPLETED", load=there))
    assert kinds(told) == [(TASK, end)]
    assert told[0]["eventTime"].startswith("2026-03-04T00:09:00")  # no earlier than the end that it stands against
    assert (missing.counts.corrected, missing.counts.closed, missing.counts.new) == (1, 0, 0)


def test_airflow_has_the_last_word_on_how_a_dag_run_ended():
    airflow = Small({"state": "success", "end_date": "2026-03-04T00:03:00Z"}, state="failed")
    told = synced(airflow, backend_with(airflow, shop="COMPLETED", load="COMPLETED"))[0]
    assert kinds(told) == [("shop", "FAIL")]


def test_what_changed_in_airflow_since_it_was_read_is_left_to_the_next_look():
    airflow = Small({"state": "failed", "end_date": "2026-03-04T00:03:00Z"})
    backend = backend_with(airflow, shop="COMPLETED", load="COMPLETED")
    airflow._answers["GET /api/v2/dags/shop/dagRuns/r/taskInstances/load"] = {**airflow.task, "state": "success"}
    assert synced(airflow, backend)[0] == []


def test_a_removed_task_stays_as_the_backend_saw_it_end():
    airflow = Small({"state": "removed", "end_date": None})
    assert kinds(synced(airflow, backend_with(airflow, shop="COMPLETED", load="COMPLETED"))[0]) == []
    assert kinds(synced(airflow, backend_with(airflow, shop="COMPLETED", load="RUNNING"))[0]) == [(TASK, "ABORT")]


@pytest.mark.parametrize("state", ["upstream_failed", "skipped", None])
def test_a_task_that_was_not_reached_since_it_was_cleared_keeps_the_end_of_its_last_try(state):
    airflow = Small(
        {"state": state, "end_date": "2026-03-04T00:03:00Z"},
        {"state": "success", "end_date": "2026-03-04T00:03:00Z"},
        state="failed",
        start_date="2026-03-04T00:05:00Z",
    )
    assert [kind for job, kind in kinds(synced(airflow)[0]) if job == TASK] == ["START", "COMPLETE"]
    backend = backend_with(airflow, shop="FAILED", load="COMPLETED", began="2026-03-04T00:05:00Z")
    assert synced(airflow, backend)[0] == []


def test_a_task_that_skipped_itself_is_not_asked_for_its_tries():
    airflow = Small({"state": "skipped", "end_date": "2026-03-04T00:03:00Z"})
    synced(airflow)
    assert not any(path.endswith("/tries") for path in airflow.asked)


CLEARED = {"queued_at": "2026-03-04T00:04:00Z"}
"""A DAG run whose tasks are cleared before its end goes on under another number: one id heard its START, the next its end."""


def ids_of_two_lives() -> tuple[str, str]:
    task = {"state": "success", "end_date": "2026-03-04T00:06:00Z"}
    first = synced(Small(task))[0][0]["run"]["runId"]
    cleared_since = Small(task, start_date="2026-03-04T00:05:00Z")
    return first, synced(cleared_since, Has({first: There("FAILED", BEGAN)}))[0][0]["run"]["runId"]


def of_dag_run(sent):
    return [(e["run"]["runId"], e["eventType"], e["eventTime"]) for e in sent if e["job"]["name"] == "shop"]


def test_a_dag_run_that_was_cleared_while_it_ran_is_closed_under_both_of_its_ids():
    first, second = ids_of_two_lives()
    backend = Has({first: There("RUNNING", BEGAN), second: There("RUNNING", None)})
    told = of_dag_run(synced(Small({"state": None, "start_date": None}, **CLEARED), backend)[0])
    assert [(run, kind) for run, kind, _ in told] == [(first, "COMPLETE"), (second, "COMPLETE")]


def test_what_a_dag_run_was_before_it_was_cleared_is_aborted_where_nobody_saw_its_end():
    first, second = ids_of_two_lives()
    backend = Has({first: There("RUNNING", "2026-03-03T00:00:00Z"), second: There("COMPLETED", BEGAN)})
    sent = synced(Small({"state": None, "start_date": None}, **CLEARED), backend)[0]
    assert of_dag_run(sent) == [(first, "ABORT", "2026-03-04T00:01:00+00:00")]
    assert sent[0]["run"]["facets"]["clew_airflow"]["state"] == "cleared"
