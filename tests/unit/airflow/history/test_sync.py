"""How far a sync is, and that it goes on from there."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone

import pytest

from clew.errors import AirflowAnswers
from clew.marquez import Answer
from clew_airflow.history import journey
from clew_airflow.history.journey import Journey
from clew_airflow.history.read import HELD, TOGETHER, Reader
from tests.unit.airflow.history.recorded import Recorded, rest, synced

FIRST = datetime(2026, 3, 1, tzinfo=timezone.utc)


class Many(Recorded):
    """An Airflow with many DAG runs, one a minute, whose page of task instances is as large as it likes."""

    def __init__(self, runs: int, tasks: int = 1, *, together: int = 1, **states: str) -> None:
        super().__init__({"GET /api/v2/version": {"version": "3.3.2"}})
        self.tasks = tasks
        self.runs = [
            {
                "dag_id": "shop",
                "dag_run_id": f"run_{n}",
                "run_after": at(n),
                "start_date": at(n // together),
                "end_date": at(n),
                "state": "success",
            }
            for n in range(runs)
        ]
        for run in self.runs:
            if run["dag_run_id"] in states:
                run.update(state=states[run["dag_run_id"]], end_date=None)

    def call(self, method, path, body=None):
        if method == "GET":
            return super().call(method, path, body)
        self.asked.append(path)
        asked = json.loads(body)
        if "taskInstances" in path:
            kind, found = "task_instances", [task for run in asked["dag_run_ids"] for task in self._instances(run)]
        else:
            kind, since = "dag_runs", asked["start_date_gte"].replace("Z", "+00:00")
            found = [run for run in self.runs if run["start_date"] >= since]
        page = found[asked["page_offset"] :][: min(asked["page_limit"], 100)]
        return Answer(status=200, body=json.dumps({kind: page, "total_entries": len(found)}).encode())

    def _instances(self, run):
        one = {"dag_id": "shop", "dag_run_id": run, "start_date": at(0), "end_date": at(0), "state": "success", "try_number": 1}
        return [{**one, "task_id": "task", "map_index": n} for n in range(self.tasks)]


def at(minute: int) -> str:
    return (FIRST + timedelta(minutes=minute)).isoformat()


@pytest.mark.parametrize("together", [1, 7, 1000])
def test_every_dag_run_is_read_once_however_many_start_at_one_moment(together):
    airflow = Many(3 * TOGETHER + 1, together=together)
    read = [run.dag_run_id for runs in Reader(rest(airflow)).runs(FIRST) for run in runs]
    assert read == [run["dag_run_id"] for run in airflow.runs]


def test_small_dag_runs_are_read_together():
    airflow = Many(TOGETHER, tasks=2)
    sent, missing = synced(airflow, since=FIRST)
    assert missing.counts.tries.total() == 2 * TOGETHER
    assert len(sent) == 2 * 3 * TOGETHER
    assert sum("taskInstances" in path for path in airflow.asked) == 1


def test_large_dag_runs_are_read_page_by_page():
    airflow = Many(2, tasks=HELD)
    assert synced(airflow, since=FIRST)[1].counts.tries.total() == 2 * HELD
    assert sum("taskInstances" in path for path in airflow.asked) == 1 + 2 * HELD // 100


def test_what_was_sent_is_remembered_up_to_its_start():
    told = []
    synced(Many(3), since=FIRST, remember=told.append)
    assert told == [Journey(since=FIRST, until=FIRST + timedelta(minutes=2))]


def test_a_dag_run_that_is_not_over_is_looked_at_again():
    told = []
    sent = synced(Many(3, run_1="running"), since=FIRST, remember=told.append)[0]
    assert told == [Journey(since=FIRST, until=FIRST + timedelta(minutes=1))]
    assert [e["eventType"] for e in sent if e["job"]["name"] == "shop"] == ["START", "COMPLETE", "START", "START", "COMPLETE"]


def test_a_dag_run_that_ended_a_moment_ago_is_looked_at_again():
    told = []
    synced(Many(3), since=FIRST, settled=FIRST + timedelta(seconds=90), remember=told.append)
    assert told == [Journey(since=FIRST, until=FIRST + timedelta(minutes=2))]
    synced(Many(3), since=FIRST, settled=FIRST + timedelta(seconds=30), remember=told.append)
    assert told[-1] == Journey(since=FIRST, until=FIRST + timedelta(minutes=1))


def test_the_next_pass_goes_on_where_the_last_one_stopped():
    missing = synced(Many(5), since=FIRST, known=Journey(since=FIRST, until=FIRST + timedelta(minutes=3)))[1]
    assert missing.counts.dag_runs.total() == 2


def test_who_asks_for_earlier_runs_gets_them():
    missing = synced(Many(5), since=FIRST, known=Journey(since=FIRST + timedelta(minutes=1), until=FIRST + timedelta(minutes=3)))[1]
    assert missing.counts.dag_runs.total() == 5


def test_what_was_broken_off_is_not_remembered():
    def full(_):
        raise OSError("the disk is full")

    told = []
    with pytest.raises(OSError, match="full"):
        synced(Many(3), since=FIRST, send=full, remember=told.append)
    assert told == []


def test_patterns_choose_dags():
    airflow = Recorded(
        {
            "GET /api/v2/version": {"version": "3.3.2"},
            "GET /api/v2/dags?limit=100&offset=0": {"dags": [{"dag_id": d} for d in ("shop_a", "shop_b", "till")], "total_entries": 3},
        }
    )
    reader = Reader(rest(airflow))
    assert reader.dag_ids(["shop_*"]) == ["shop_a", "shop_b"]
    assert reader.dag_ids([]) is None
    with pytest.raises(AirflowAnswers, match="none of its 3 DAGs is called x"):
        reader.dag_ids(["x"])


def test_an_answer_of_another_shape_names_its_place():
    airflow = Many(1)
    airflow.runs[0]["start_date"] = 7
    airflow.runs[0].pop("dag_id")
    airflow.runs[0]["start_date"] = at(0)
    with pytest.raises(AirflowAnswers, match=r"dagRuns/list: .*dag_id"):
        synced(airflow, since=FIRST)


def test_a_journey_is_kept_for_its_owner_alone(tmp_path):
    file = journey.file_of(tmp_path, "http://airflow", "http://marquez")
    kept = Journey(since=FIRST, until=FIRST + timedelta(days=1))
    journey.write(file, kept)
    assert journey.read(file) == kept
    assert file.stat().st_mode & 0o777 == 0o600
    assert journey.file_of(tmp_path, "http://airflow", "http://other") != file


def test_a_journey_that_cannot_be_read_is_none(tmp_path):
    (tmp_path / "j").write_text("{")
    assert journey.read(tmp_path / "j") is None
    assert journey.read(tmp_path / "nowhere") is None
