"""What moved between versions of Airflow and of its OpenLineage provider, each with its reason."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from clew_airflow.masking import Masker

MASKERS = (
    "airflow.sdk._shared.secrets_masker",  # 3.2 and later, in tasks and the DAG processor
    "airflow._shared.secrets_masker",  # 3.2 and later, in the scheduler and the API server
    "airflow.sdk.execution_time.secrets_masker",  # 3.0 and 3.1
    "airflow.utils.log.secrets_masker",  # 2.x
)
"""Modules that hold secrets. One process may have loaded two of them, and each knows what was registered with it alone."""


def masker() -> Masker:
    """Return what Airflow holds secret at this moment."""
    from clew_airflow.masking import Masker

    maskers = [sys.modules[name]._secrets_masker() for name in MASKERS if name in sys.modules]  # noqa: SLF001  there is no public way

    def text(value: str) -> str:
        for one in maskers:
            value = str(one.redact(value))
        return value

    def is_secret_name(name: str) -> bool:
        return any(_is_secret_name(one, name) for one in maskers)

    return Masker(text=text, is_secret_name=is_secret_name)


def _is_secret_name(one: Any, name: str) -> bool:
    if hasattr(one, "should_hide_value_for_key"):  # a method since 3.1
        return bool(one.should_hide_value_for_key(name))
    return bool(sys.modules[type(one).__module__].should_hide_value_for_key(name))


def runtime_outlets(task_instance: Any) -> list[Any]:
    """Return assets that an alias became, with the alias; the provider can tell since 2.16."""
    try:
        from airflow.providers.openlineage.utils.utils import get_runtime_outlet_assets
    except ImportError:
        return []
    return list(get_runtime_outlet_assets(task_instance))


def collected_by_hooks() -> Any:
    """Return what hooks reported in this task, or None; asking must not create the collector, which imports every provider."""
    if (lineage := sys.modules.get("airflow.sdk.lineage")) is not None:  # 3.2 and later: behind a cache
        ask = lineage.get_hook_lineage_collector
        collector = ask() if ask.cache_info().currsize else None
    else:  # before: a global of the module
        collector = getattr(sys.modules.get("airflow.lineage.hook"), "_hook_lineage_collector", None)
    return collector.collected_assets if collector is not None and collector.has_collected else None


def let_dag_events_carry_params() -> None:
    """Have the provider put a DAG's declared params into its DAG facet; it sends only `dag_run.conf`.

    The facet is built in the scheduler, where the DAG is at hand, and sent by another process, which sees nothing but the event.
    """
    from airflow.providers.openlineage.utils.utils import DagInfo

    DagInfo.casts = {**DagInfo.casts, "params": declared_params}


def declared_params(dag: Any) -> dict[str, Any]:
    """Return a DAG's params with their defaults; those without a default are left out."""
    params: Any = getattr(dag, "params", None) or {}
    values = {name: params.get_param(name).value for name in params}
    return {name: value for name, value in values.items() if value is None or isinstance(value, (str, int, float, list, dict))}
