"""The end of a DAG run tells how its tasks fared, as Airflow's database knows it."""

from datetime import datetime, timedelta, timezone
from types import SimpleNamespace as Value

from clew_airflow.dag_ends import with_tasks
from clew_airflow.facets import HANDED_OVER

NINE = datetime(2026, 3, 4, 9, tzinfo=timezone.utc)


def instance(**told):
    nothing = dict.fromkeys(("try_number", "state", "pool", "hostname", "queued_dttm", "start_date", "end_date"))
    return Value(**{**nothing, "task_id": "load", "map_index": -1, **told})


def handed_over(*instances):
    told = with_tasks(lambda *_: {"airflowState": {"theirs": 1}}, lambda *_: instances)
    return told("d", "r", ["load"], "success")[HANDED_OVER]["tasks"]


def test_each_task_with_its_times_pool_and_host():
    ran = instance(
        try_number=2, state="success", pool="small", hostname="w", queued_dttm=NINE, start_date=NINE, end_date=NINE + timedelta(seconds=1)
    )
    assert handed_over(ran) == [
        {
            "task_id": "load",
            "try_number": 2,
            "state": "success",
            "pool": "small",
            "hostname": "w",
            "queued_at": "2026-03-04T09:00:00+00:00",
            "started_at": "2026-03-04T09:00:00+00:00",
            "ended_at": "2026-03-04T09:00:01+00:00",
        }
    ]


def test_each_instance_of_a_mapped_task():
    assert [one["map_index"] for one in handed_over(instance(map_index=0), instance(map_index=1))] == [0, 1]


def test_a_task_that_never_ran():
    assert handed_over(instance(state="upstream_failed", try_number=0)) == [{"task_id": "load", "state": "upstream_failed"}]


def test_what_the_provider_tells_stays():
    assert with_tasks(lambda *_: {"airflowState": 1}, lambda *_: [])("d", "r")["airflowState"] == 1


def test_a_database_that_cannot_be_read_costs_no_event(caplog):
    def broken(*_):
        raise OSError("gone")

    assert with_tasks(lambda *_: {"airflowState": 1}, broken)("d", "r") == {"airflowState": 1}
    assert "could not tell the tasks of a DAG run" in caplog.text
