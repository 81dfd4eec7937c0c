"""Found by Airflow's plugin loading, in the scheduler, in executors and in tasks."""

from __future__ import annotations

import os

from airflow.plugins_manager import AirflowPlugin

from clew.guard import guard
from clew_airflow.configure import OURS


class ClewPlugin(AirflowPlugin):
    """Registers nothing with Airflow yet; it is the moment at which the provider can be completed."""

    name = "clew"


if OURS in os.environ.get("AIRFLOW__OPENLINEAGE__TRANSPORT", ""):
    with guard("complete Airflow's OpenLineage provider"):
        from clew_airflow import compat

        compat.let_dag_events_carry_params()
        compat.import_what_tasks_need()
        compat.make_client_before_the_fork()
