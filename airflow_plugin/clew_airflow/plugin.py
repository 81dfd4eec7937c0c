"""Found by Airflow's plugin loading, in the scheduler, in executors and in tasks."""

from __future__ import annotations

import os

from airflow.plugins_manager import AirflowPlugin

from clew.guard import guard
from clew_airflow.configure import OURS


class ClewPlugin(AirflowPlugin):
    """Registers nothing with Airflow yet; it is the moment at which the provider can be completed."""

    name = "clew"


def complete_the_provider() -> None:
    """Take each step by itself: a provider that one of them does not fit still sends events."""
    from clew_airflow import emission, provider

    for step in (
        provider.let_dag_events_carry_params,
        provider.leave_out_what_is_not_chosen,
        provider.import_what_tasks_need,
        provider.make_client_before_the_fork,
        emission.leave_masking_to_the_transport,
        emission.measure_no_events_for_nobody,
        emission.ask_for_outlets_only_where_there_are_some,
    ):
        with guard(step.__name__.replace("_", " ")):
            step()


if OURS in os.environ.get("AIRFLOW__OPENLINEAGE__TRANSPORT", ""):
    with guard("complete Airflow's OpenLineage provider"):
        complete_the_provider()
