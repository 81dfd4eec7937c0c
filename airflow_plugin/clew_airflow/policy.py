"""Found by Airflow in every process (scheduler, api-server, dag-processor, tasks, CLI): points the OpenLineage provider at Clew.

Airflow imports this module before it loads plugins; if it raised, even `airflow version` would die. So all of it is guarded.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from pluggy import HookimplMarker

from clew.guard import guard

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from clew_airflow.configure import Plan

hookimpl = HookimplMarker("airflow.policy")


def state() -> Plan:
    """Tell what Clew does in this Airflow, and why.

    Raises:
        BadSetting: a setting cannot be read.
    """
    from airflow import __version__
    from airflow.configuration import AIRFLOW_HOME

    from clew_airflow.compat import is_older_than_the_provider
    from clew_airflow.configure import plan

    return plan(os.environ, _option, AIRFLOW_HOME, older=is_older_than_the_provider(__version__))


def _option(section: str, key: str) -> str | None:
    from airflow.configuration import conf

    value: str | None = conf.get(section, key, fallback=None)
    return value


@hookimpl(wrapper=True)
def get_airflow_context_vars(context: Mapping[str, Any]) -> Generator[None, Any, Any]:
    """Tell programs that the task is about to start which run they are part of, and watch what the task reads and writes.

    Runs in the task's process, right before the task. Unlike a listener, a wrapper takes nothing away from anybody: policies of
    the user still give their result, and DAGs that no listener survives (`end_from_trigger`) still import.
    """
    with guard("remember what the task runs in"):
        from clew_airflow import compat

        compat.remember(context)
    with guard("tell the task's programs their parent"):
        os.environ.update(variables := _for_programs(context))
        with guard("watch what the task reads and writes"):
            from clew_airflow import watched

            watched.begin(variables.get("CLEW_PARENT"), os.environ)
    return (yield)


def _for_programs(context: Mapping[str, Any]) -> Mapping[str, str]:
    """Return variables for the programs that a task starts: which run they are part of, or that nothing of it is collected."""
    from clew_airflow import control, parent

    is_chosen = control.of_environ(os.environ).has(context["task_instance"].dag_id, context["dag"].tags)
    if not is_chosen or control.is_temporary(context.get("run_id")):
        return control.OFF
    return parent.variables(context, os.environ)


with guard("configure Airflow's OpenLineage provider"):
    os.environ.update(state().environ)
