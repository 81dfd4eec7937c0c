"""The OpenLineage provider, completed once in the process that forks tasks: what it leaves out, and what every task would do again."""

from __future__ import annotations

import importlib
import os
import sys
from contextlib import suppress
from typing import Any

from clew_airflow import control


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
    import clew_airflow.transport
    import clew_airflow.watched  # noqa: F401

    for name in ("airflow.providers.common.compat.lineage.hook", "airflow.providers.common.sql.hooks.lineage"):
        with suppress(ImportError):
            importlib.import_module(name)


def import_what_watching_needs() -> None:
    """Import what tells of libraries that every task inherits, and what makes datasets of things that were seen.

    Nothing is watched by that: it begins in a task.
    """
    from clew_airflow.watched import chosen

    names = chosen(os.environ)
    if names == ():
        return
    from clew.watching import datasets, files, folders, postgres, tables  # noqa: F401
    from clew.watching.libraries import KNOWN

    for library in KNOWN if names is None else names:
        if KNOWN.get(library) in sys.modules:
            importlib.import_module(f"clew.watching.libraries.{library}")


def leave_out_what_is_not_chosen() -> None:
    """Have the provider ask nothing of a DAG that is not collected; the transport would drop its events, but late.

    `emission_policy` (provider 2.20) knows no tags, and is the user's; where the functions are missing the transport is enough.
    """
    from airflow.providers.openlineage.plugins import listener

    choice = control.of_environ(os.environ)
    if choice != control.Choice():
        of_task = getattr(listener, "resolve_task_emission_policy", None)
        of_dag = getattr(listener, "resolve_dag_emission_policy", None)
        if of_task and of_dag:
            listener.resolve_task_emission_policy = control.tasks_emission(of_task, choice)
            listener.resolve_dag_emission_policy = control.dags_emission(of_dag, choice)


def make_client_before_the_fork() -> None:
    """Have the provider read its configuration here; each task would do it again. Our transport holds nothing that a fork breaks."""
    from airflow.providers.openlineage.plugins.listener import get_openlineage_listener

    get_openlineage_listener().adapter.get_or_create_openlineage_client()


def declared_params(dag: Any) -> dict[str, Any]:
    """Return a DAG's params with their defaults; those without a default are left out."""
    params: Any = getattr(dag, "params", None) or {}
    values = {name: params.get_param(name).value for name in params}
    return {name: value for name, value in values.items() if value is None or isinstance(value, (str, int, float, list, dict))}
