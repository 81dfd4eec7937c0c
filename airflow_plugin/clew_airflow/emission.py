"""What the provider does for each event in a task's own time, less what is done again after it or what nobody asks for.

Each of these is a third to a tenth of what an event costs a task (`benchmarks/airflow_hooks.py`); all of them are done once, in the
process that forks tasks.
"""

from __future__ import annotations

import logging
from typing import Any

METRICS = ("statsd_on", "statsd_datadog_enabled", "otel_on")
"""Options of Airflow's section `[metrics]` that send metrics somewhere."""


class AsItIs:
    """Stands in the place of the provider's redactor."""

    def redact(self, item: Any, name: str | None = None, max_depth: int | None = None) -> Any:  # noqa: ARG002  the provider's signature
        """Return what is given."""
        return item


def leave_masking_to_the_transport() -> None:
    """Have events masked once: our transport does it with the masker as it is then, the provider with a copy of an older one.

    Where another transport has been configured, or the client logs each event, the provider goes on to mask.
    """
    from clew_airflow.transport import AirflowTransport

    adapter = _adapter()
    client = adapter.get_or_create_openlineage_client()
    if isinstance(client.transport, AirflowTransport) and not _logs_events():
        adapter._redacter = AsItIs()  # noqa: SLF001  there is no public way


def measure_no_events_for_nobody() -> None:
    """Spare the provider from making JSON of each event for a metric of its size, where Airflow sends no metrics."""
    from airflow.configuration import conf
    from airflow.providers.openlineage.plugins import listener

    if not any(conf.getboolean("metrics", option, fallback=False) for option in METRICS):
        listener.Serde = NoSize


class NoSize:
    """Stands in the place of `Serde` where the provider wants an event's size and nothing else."""

    @staticmethod
    def to_json(event: Any) -> str:  # noqa: ARG004  the provider's signature
        """Return the shortest text."""
        return ""


def ask_for_outlets_only_where_there_are_some() -> None:
    """Have the provider look for assets that a task wrote only where there are some.

    To look, it asks for the template context twice per event, and Airflow 3 validates all params against their schemas each time.
    """
    from airflow.providers.openlineage.extractors import manager
    from airflow.providers.openlineage.utils import utils

    theirs = getattr(utils, "get_runtime_outlet_assets", None)
    if theirs is None:  # a provider from before Airflow 3 does not look
        return

    def get_runtime_outlet_assets(task_instance: Any) -> list[Any]:
        context = getattr(task_instance, "_cached_template_context", None)
        has_none = context is not None and not context.get("outlet_events")
        return [] if has_none else list(theirs(task_instance))

    utils.get_runtime_outlet_assets = manager.get_runtime_outlet_assets = get_runtime_outlet_assets


def read_the_context_that_is_there() -> None:
    """Have the provider take DAG run, DAG and task from the context that the task runs in.

    It asks Airflow 3 for the context, which has it made already, but validates all params against their schemas before it says so.
    """
    from airflow.providers.openlineage.plugins import listener

    theirs = getattr(listener, "get_dag_run_dag_and_task_from_ti", None)
    if theirs is None:
        return

    def get_dag_run_dag_and_task_from_ti(task_instance: Any) -> Any:
        context = getattr(task_instance, "_cached_template_context", None) or {}
        found = context.get("dag_run"), context.get("dag"), context.get("task")
        return theirs(task_instance) if any(one is None for one in found) else found

    listener.get_dag_run_dag_and_task_from_ti = get_dag_run_dag_and_task_from_ti


def tell_of_an_operator_once() -> None:
    """Leave out the facet `unknownSourceAttribute`: the provider calls it deprecated, and all that it says stands in `airflow`, too."""
    from airflow.providers.openlineage.extractors import bash, manager, python

    for module in (bash, manager, python):
        if hasattr(module, "get_unknown_source_attribute_run_facet"):
            module.get_unknown_source_attribute_run_facet = _nothing_of


def _nothing_of(task: Any, name: str | None = None) -> dict[str, Any]:  # noqa: ARG001  the provider's signature
    return {}


def _adapter() -> Any:
    from airflow.providers.openlineage.plugins.listener import get_openlineage_listener

    return get_openlineage_listener().adapter


def _logs_events() -> bool:
    """Tell whether openlineage-python logs events as it gets them."""
    return logging.getLogger("openlineage.client.client").isEnabledFor(logging.DEBUG)
