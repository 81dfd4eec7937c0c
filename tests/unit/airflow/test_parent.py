"""Programs that a task starts are told which run they are part of."""

from datetime import datetime, timezone
from types import SimpleNamespace

from clew_airflow.configure import OURS
from clew_airflow.parent import variables

AT = datetime(2026, 1, 1, tzinfo=timezone.utc)
ACTIVE = {"AIRFLOW__OPENLINEAGE__TRANSPORT": f'{{"type": "{OURS}"}}', "AIRFLOW__OPENLINEAGE__NAMESPACE": "airflow"}


def context(logical_date=AT, run_after=AT, clear_number=0):
    return {
        "task_instance": SimpleNamespace(dag_id="noop", task_id="two", try_number=1, map_index=-1),
        "dag_run": SimpleNamespace(logical_date=logical_date, run_after=run_after, clear_number=clear_number),
    }


def test_the_ids_are_those_of_airflows_provider():
    """Recorded from provider 2.20.3 on Airflow 3.3.2."""
    assert variables(context(), ACTIVE) == {
        "CLEW_PARENT": "airflow/noop.two/019b76da-a800-70f5-990c-cb9b8f041af7",
        "CLEW_ROOT": "airflow/noop/019b76da-a800-752d-ba5c-b5c63782d248",
    }


def test_a_run_without_logical_date_is_known_by_its_run_after():
    assert variables(context(logical_date=None), ACTIVE) == variables(context(), ACTIVE)


def test_a_cleared_run_has_an_id_of_its_own():
    assert variables(context(clear_number=1), ACTIVE)["CLEW_ROOT"] != variables(context(), ACTIVE)["CLEW_ROOT"]


def test_nothing_is_told_where_clew_does_not_collect():
    assert variables(context(), {}) == {}
