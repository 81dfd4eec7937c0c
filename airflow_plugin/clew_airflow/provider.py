"""The OpenLineage provider, completed once in the process that forks tasks: what it leaves out, and what every task would do again."""

from __future__ import annotations

import importlib
from contextlib import suppress
from typing import Any


def let_dag_events_carry_params() -> None:
    """Have the provider put a DAG's declared params into its DAG facet; it sends only `dag_run.conf`.

    The facet is built in the scheduler, where the DAG is at hand, and sent by another process, which sees nothing but the event.
    """
    from airflow.providers.openlineage.utils.utils import DagInfo

    DagInfo.casts = {**DagInfo.casts, "params": declared_params}


def import_what_tasks_need() -> None:
    """Import in the process that forks tasks what each of them would import by itself at its first event, tens of milliseconds.

    The provider's own parts are imported by the provider at a task's first event; they moved in the past, so they may be missing.
    """
    import clew_airflow.facets
    import clew_airflow.parent
    import clew_airflow.transport  # noqa: F401

    for name in ("airflow.providers.common.compat.lineage.hook", "airflow.providers.common.sql.hooks.lineage"):
        with suppress(ImportError):
            importlib.import_module(name)


def make_client_before_the_fork() -> None:
    """Have the provider read its configuration here; each task would do it again. Our transport holds nothing that a fork breaks."""
    from airflow.providers.openlineage.plugins.listener import get_openlineage_listener

    get_openlineage_listener().adapter.get_or_create_openlineage_client()


def declared_params(dag: Any) -> dict[str, Any]:
    """Return a DAG's params with their defaults; those without a default are left out."""
    params: Any = getattr(dag, "params", None) or {}
    values = {name: params.get_param(name).value for name in params}
    return {name: value for name, value in values.items() if value is None or isinstance(value, (str, int, float, list, dict))}
