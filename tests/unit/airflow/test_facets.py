"""What only the task's own process knows is handed over to the transport."""

from datetime import datetime, timezone
from enum import Enum
from types import SimpleNamespace as Value

import hypothesis
import pytest

from clew_airflow.facets import HANDED_OVER, of_task

NINE = datetime(2026, 3, 4, 9, tzinfo=timezone.utc)


class State(str, Enum):
    """Airflow's states are an enumeration of texts."""

    SKIPPED = "skipped"


@pytest.fixture(autouse=True)
def policy(monkeypatch):
    """The provider's emission policy, which tells whether source code may be sent; the real one is in Airflow's environment."""
    made = Value(include_source_code=True)
    module = Value(resolve_task_emission_policy=lambda *_: made)
    monkeypatch.setitem(__import__("sys").modules, "airflow.providers.openlineage.utils.emission_policy", module)
    return made


def task_instance(inlets=(), outlets=(), task=None, ti=None, **context):
    operator = Value(inlets=list(inlets), outlets=list(outlets), **(task or {}))
    told = {"dag_id": "d", "task_id": "t", "dag_version_id": "v", "bundle_instance": Value(repo_url="https://git/dags"), **(ti or {})}
    return Value(task=operator, _cached_template_context=context, **told)


def handed_over(ti, state="running"):
    return of_task(ti, state)[HANDED_OVER]


def test_params_version_and_repository_of_the_task():
    told = handed_over(task_instance(params={"currency": "EUR"}))
    assert (told["params"], told["dag_version_id"], told["repository"]) == ({"currency": "EUR"}, "v", "https://git/dags")


def test_arguments_of_the_callable():
    assert handed_over(task_instance(task={"op_kwargs": {"day": "mon"}}))["arguments"] == {"op_kwargs.day": "mon"}


def test_the_image_of_a_container():
    told = handed_over(task_instance(task={"image": "shop/load:1@sha256:abc"}))
    assert (told["image"], told["digest"]) == ("shop/load:1", "sha256:abc")


@pytest.mark.parametrize(
    ("module", "told"),
    [("hypothesis.core", {"name": "hypothesis", "version": hypothesis.__version__}), ("my_dags.load", None), ("airflow.x", None)],
)
def test_the_package_of_an_operator_that_is_not_airflows(module, told):
    made = type("Loads", (), {"__module__": module, "inlets": [], "outlets": []})()
    ti = task_instance()
    ti.task = made
    assert handed_over(ti)["package"] == told


def test_source_code():
    assert handed_over(task_instance(task={"bash_command": "ls"}))["source_code"] == {"language": "bash", "code": "ls"}


def test_no_source_code_where_the_provider_must_not_send_it(policy):
    policy.include_source_code = False
    assert "source_code" not in handed_over(task_instance(task={"bash_command": "ls"}))


def test_assets_that_the_task_names():
    told = handed_over(task_instance([Value(uri="s3://b/in")], [Value(uri="s3://b/out")]))
    assert [a["uri"] for a in told["inputs"]] == ["s3://b/in"]
    assert [a["uri"] for a in told["outputs"]] == ["s3://b/out"]


def test_airflows_own_word_for_what_became_of_the_task():
    assert handed_over(task_instance(ti={"state": "scheduled"}), "running")["told"]["state"] == "running"
    assert handed_over(task_instance(ti={"state": State.SKIPPED}), "success")["told"]["state"] == "skipped"


def test_how_often_it_may_be_tried_and_where_it_runs():
    told = handed_over(
        task_instance(task={"pool": "small", "pool_slots": 2, "priority_weight": 7}, ti={"max_tries": 2, "hostname": "worker-1"})
    )
    assert {key: told["told"][key] for key in ("tries", "pool", "pool_slots", "priority_weight", "hostname")} == {
        "tries": 3,
        "pool": "small",
        "pool_slots": 2,
        "priority_weight": 7,
        "hostname": "worker-1",
    }


def test_when_it_was_queued_began_and_ended():
    told = handed_over(task_instance(ti={"queued_dttm": NINE, "start_date": NINE, "end_date": None}))["told"]
    assert (told["queued_at"], told["started_at"], told["ended_at"]) == (NINE.isoformat(), NINE.isoformat(), None)


def test_that_it_goes_on_after_a_deferral():
    assert handed_over(task_instance(ti={"_ti_context_from_server": Value(next_method="execute_complete")}))["told"]["resumed"] is True
    assert handed_over(task_instance(ti={"_ti_context_from_server": Value(next_method=None)}))["told"]["resumed"] is None
    assert handed_over(task_instance(ti={"next_method": "execute_complete"}))["told"]["resumed"] is True


def test_what_cannot_be_read_is_missing_alone(caplog):
    told = handed_over(task_instance([Value(uri="s3://b/in")], outlet_events=1))
    assert "inputs" not in told
    assert told["dag_version_id"] == "v"
    assert "could not read all of what the task was started with" in caplog.text


def test_what_cannot_be_read_at_all_costs_no_task(caplog):
    assert of_task(object(), "running") == {}
    assert "could not read all of what the task was started with" in caplog.text
