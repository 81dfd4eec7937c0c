"""Found by Airflow's plugin loading, in the scheduler, in executors and in tasks."""

from __future__ import annotations

import os
from contextlib import suppress
from functools import cached_property
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from airflow import __version__
from airflow.plugins_manager import AirflowPlugin

from clew.errors import NoProvider
from clew.guard import guard
from clew.settings import load
from clew_airflow.compat import is_older_than_the_provider
from clew_airflow.configure import OURS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class ClewPlugin(AirflowPlugin):
    """Shows lineage in Airflow's UI. That it is loaded is also the moment at which the provider can be completed.

    What it registers are properties, which the web server alone reads: elsewhere they cost nothing. Each is a list that stays the
    same, since Airflow takes away from it what it cannot use.
    """

    name = "clew"

    @cached_property
    def external_views(self) -> list[Any]:
        """The page and the tabs of Airflow 3.1 and later, where there is something that serves them."""
        from clew_airflow.ui import places

        return places.external_views() if self.fastapi_apps else []

    @cached_property
    def fastapi_apps(self) -> list[Any]:
        """What serves them."""
        with guard("serve lineage in Airflow's UI"):
            if _shows_lineage() and _has_views():
                from clew_airflow.ui import api_server, places

                return [{"name": "Lineage", "app": api_server.app(_namespace()), "url_prefix": places.PREFIX}]
        return []

    @cached_property
    def appbuilder_menu_items(self) -> list[Any]:
        """The page of Airflow 2, where there is something that serves it; an Airflow 3 without FAB does not start with such items."""
        from clew_airflow.ui import places

        return places.menu_items() if self.flask_blueprints else []

    @cached_property
    def flask_blueprints(self) -> list[Any]:
        """What serves it."""
        with guard("serve lineage in Airflow's UI"):
            if _shows_lineage() and _has_webserver():
                from clew_airflow.ui import webserver

                return [webserver.blueprint(_namespace())]
        return []

    @cached_property
    def global_operator_extra_links(self) -> list[Any]:
        """The link on each task instance of Airflow 2."""
        with guard("link to lineage in Airflow's UI"):
            if _shows_lineage() and _has_webserver():
                from clew_airflow.ui.operator_link import LineageLink

                return [LineageLink()]
        return []

    @cached_property
    def listeners(self) -> list[Any]:
        """What notes the map index where `openlineage-airflow` listens, which forgets it."""
        with guard("hear of mapped tasks"):
            if _is_collecting() and is_older_than_the_provider(__version__):
                from clew_airflow.openlineage_airflow import HEARS_FIRST

                return [HEARS_FIRST]
        return []


def _is_collecting() -> bool:
    return OURS in os.environ.get("AIRFLOW__OPENLINEAGE__TRANSPORT", "")


def _shows_lineage() -> bool:
    return _is_collecting() and load().airflow_ui


def _namespace() -> str:
    return os.environ["AIRFLOW__OPENLINEAGE__NAMESPACE"]


def _has_views() -> bool:
    """Tell whether this is an Airflow whose UI shows views of plugins: 3.1 and later. 3.0 takes no cookie, so no browser could open a page."""
    return hasattr(AirflowPlugin, "external_views")


def _has_webserver() -> bool:
    """Tell whether this is an Airflow 2 whose auth manager can be asked about DAGs: 2.8 and later."""
    with suppress(ImportError):
        return find_spec("airflow.auth.managers.models.resource_details") is not None
    return False


def complete_the_provider() -> None:
    """Take each step by itself: a provider that one of them does not fit still sends events.

    Raises:
        NoProvider: there is none.
    """
    if is_older_than_the_provider(__version__):
        _expect("openlineage.airflow", "openlineage-airflow")
        from clew_airflow import openlineage_airflow

        return _take(openlineage_airflow.STEPS)
    _expect("airflow.providers.openlineage", "apache-airflow-providers-openlineage")
    from clew_airflow import dag_ends, emission, hook_lineage, hook_sql, provider, rehearsal, watched

    steps = (
        provider.let_dag_events_carry_params,
        dag_ends.let_dag_events_tell_when_they_were_queued,
        dag_ends.let_dag_ends_tell_tasks,
        provider.leave_out_what_is_not_chosen,
        provider.import_what_tasks_need,
        provider.import_what_watching_needs,
        provider.make_client_before_the_fork,
        emission.leave_masking_to_the_transport,
        emission.measure_no_events_for_nobody,
        emission.ask_for_outlets_only_where_there_are_some,
        emission.read_the_context_that_is_there,
        emission.tell_of_an_operator_once,
        hook_lineage.keep_reports_of_hooks_apart,
        hook_sql.make_datasets_of_hooks_sql,
        hook_sql.ask_databases_at_the_end,
        hook_sql.read_sql_before_the_fork,
        rehearsal.rehearse_an_event,
        watched.find_airflows_own,
        watched.watch_what_dags_import,
        watched.keep_what_was_seen_before_a_deferral,
    )
    return _take(steps)


def _expect(module: str, distribution: str) -> None:
    """Raise NoProvider where the package that listens is not there: that is one thing to say, and no step to take."""
    with suppress(ModuleNotFoundError):
        if find_spec(module) is not None:
            return
    raise NoProvider(f"{distribution} is not in this environment, so no run is seen. `clew doctor` tells how to install it.")


def _take(steps: Iterable[Callable[[], object]]) -> None:
    for step in steps:
        with guard(step.__name__.replace("_", " ")):
            step()


if _is_collecting():
    with guard("complete Airflow's OpenLineage provider"):
        complete_the_provider()
