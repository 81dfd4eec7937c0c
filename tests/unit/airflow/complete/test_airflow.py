"""What Airflow says of a run and no standard facet has a place for stands in `clew_airflow`."""

from clew_airflow.complete import completed
from tests.unit.airflow.complete.told_events import dag_event, event, nowhere, run_facet, task_event

NINE, TEN_PAST = "2026-03-04T09:00:00+00:00", "2026-03-04T09:00:10Z"


def of_airflow(given):
    return run_facet("clew_airflow", given)


def test_why_a_run_came_to_be_and_who_wanted_it():
    run = {"run_id": "manual__1", "run_type": "manual", "triggered_by": "ui", "triggering_user_name": "ada", "partition_key": "de"}
    for given in (dag_event(run), task_event(dag_run=run)):
        assert run.items() <= of_airflow(given).items()


def test_airflows_own_word_for_how_a_task_ended():
    assert of_airflow(task_event({"told": {"state": "skipped"}}, kind="COMPLETE"))["state"] == "skipped"


def test_which_try_it_was_of_how_many():
    given = task_event({"told": {"tries": 3}}, instance={"try_number": 2})
    assert {"try_number": 2, "tries": 3}.items() <= of_airflow(given).items()


def test_where_and_how_a_task_ran():
    own = {"pool": "small", "pool_slots": 2, "priority_weight": 7, "executor": "LocalExecutor", "hostname": "worker-1"}
    told = of_airflow(task_event({"told": own}, task={"queue": "fast", "trigger_rule": "all_done"}))
    assert told == {**own, "queue": "fast", "trigger_rule": "all_done"}


def test_what_kind_of_task_it_is():
    given = task_event(
        {"told": {"decorator": "@task.branch"}}, task={"operator_class_path": "a.b.Branch", "task_group": {"group_id": "load.raw"}}
    )
    assert of_airflow(given) == {"decorator": "@task.branch", "operator": "a.b.Branch", "task_group": "load.raw"}


def test_an_operator_that_stands_in_a_dags_file_is_called_by_that_files_name_wherever_it_lies():
    given = task_event(task={"operator_class_path": f"unusual_prefix_{'c0ffee' * 6}beef_coffee.Roaster"})
    assert of_airflow(given) == {"operator": "coffee.Roaster"}


def test_which_of_the_mapped_instances_it_is():
    told = {"map_index_template": "{{ country }}", "rendered_map_index": "at"}
    assert of_airflow(task_event({"told": told}, instance={"map_index": 2})) == {**told, "map_index": 2}


def test_how_long_it_waited_and_ran():
    told = of_airflow(task_event({"told": {"queued_at": NINE, "started_at": TEN_PAST, "ended_at": "2026-03-04T09:00:12.5+00:00"}}))
    assert (told["queued_seconds"], told["seconds"]) == (10, 2.5)


def test_a_dag_run_that_has_not_ended_is_running():
    assert of_airflow(dag_event())["state"] == "running"


def test_a_dag_run_that_ended_tells_how():
    given = dag_event({"queued_at": NINE, "start_date": TEN_PAST}, kind="FAIL", airflowState={"dagRunState": "failed"})
    assert {"state": "failed", "queued_seconds": 10}.items() <= of_airflow(given).items()


def test_a_dag_run_that_ended_tells_how_long_each_task_waited_and_ran():
    waited = {"task_id": "load", "queued_at": NINE, "started_at": TEN_PAST}
    given = dag_event(kind="COMPLETE", clew={"tasks": [waited, {"task_id": "after", "state": "skipped"}]})
    assert of_airflow(given)["tasks"] == [{**waited, "queued_seconds": 10}, {"task_id": "after", "state": "skipped"}]


def test_an_event_of_another_kind_has_none():
    assert "clew_airflow" not in completed(event({}), nowhere)["run"]["facets"]
