"""What Airflow imports in every process never raises into it."""

import importlib


def test_an_error_of_ours_is_logged_and_does_not_reach_airflow(caplog):
    """There is no Airflow in this environment, which is the worst that the policy can meet."""
    importlib.reload(importlib.import_module("clew_airflow.policy"))
    assert "clew could not configure Airflow's OpenLineage provider" in caplog.text
    assert "No module named 'airflow'" in caplog.text
