"""What moved between versions of Airflow and of its OpenLineage provider, each with its reason."""

from __future__ import annotations

import logging
import os
import re
import sys
from functools import cache, lru_cache, partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from clew_airflow import secret_texts

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from clew_airflow.masking import Masker

log = logging.getLogger("clew")

MASKERS = (
    "airflow.sdk._shared.secrets_masker",  # 3.2 and later, in tasks and the DAG processor
    "airflow._shared.secrets_masker",  # 3.2 and later, in the scheduler and the API server
    "airflow.sdk.execution_time.secrets_masker",  # 3.0 and 3.1
    "airflow.utils.log.secrets_masker",  # 2.x
)
"""Modules that hold secrets. One process may have loaded two of them, and each knows what was registered with it alone."""

_USUALLY_SECRET = re.compile("password|passwd|passphrase|secret|token|api_?key|private_?key|authorization|credential", re.IGNORECASE)


def masker() -> Masker:
    """Return what Airflow holds secret at this moment."""
    from clew_airflow.masking import Masker

    names = tuple(name for name in MASKERS if name in sys.modules)
    if not names:
        _warn_that_no_masker_is_known()
    found = (getattr(_masker(name), "replacer", None) for name in names)  # a pattern of all secrets, None without any
    replacers = [replacer for replacer in found if replacer]
    if (of_environment := secret_texts.of_environment(os.environ)) is not None:
        replacers.append(of_environment)

    def text(value: str) -> str:
        for replacer in replacers:
            value = replacer.sub("***", value)
        return value

    return Masker(text=text, is_secret_name=partial(_is_secret_name, names))


def _masker(module: str) -> Any:
    return sys.modules[module]._secrets_masker()  # noqa: SLF001  there is no public way


@lru_cache(maxsize=4096)
def _is_secret_name(maskers: tuple[str, ...], name: str) -> bool:
    """Ask Airflow's configuration, once for a name and those who know: the same few hundred keys come with every event."""
    return any(_hides(_masker(module), name) for module in maskers) if maskers else usually_secret(name)


@lru_cache(maxsize=4096)
def usually_secret(name: str) -> bool:
    """Tell whether people keep secrets under such a name, where no Airflow is at hand that knows."""
    return bool(_USUALLY_SECRET.search(name))


def _hides(one: Any, name: str) -> bool:
    if hasattr(one, "should_hide_value_for_key"):  # a method since 3.1
        return bool(one.should_hide_value_for_key(name))
    return bool(sys.modules[type(one).__module__].should_hide_value_for_key(name))


@cache
def _warn_that_no_masker_is_known() -> None:
    """Say once per process that this Airflow keeps its secrets where nobody looks."""
    log.warning("clew does not know where this Airflow keeps its secrets: only values under names such as password are hidden in events")


_runs_in: dict[Any, Any] = {}
"""The context that the task of this process runs in, by what tells tasks apart; below 3.1 Airflow makes another one for whoever asks."""


def remember(context: Mapping[str, Any]) -> None:
    """Keep the context that a task is about to run in: what it says of its datasets stands in no other one. Below 3.1."""
    task_instance = context["task_instance"]
    if not hasattr(task_instance, "_cached_template_context"):
        _runs_in.clear()
        _runs_in[identity_of(task_instance)] = context


def context_of(task_instance: Any) -> Any:
    """Return the template context that is there already: asking for it validates all params once more, milliseconds each time."""
    context = getattr(task_instance, "_cached_template_context", None)  # 3.1 and later
    if context is None and _runs_in:
        context = _runs_in.get(identity_of(task_instance))
    return task_instance.get_template_context() if context is None else context


def context_names() -> Collection[str]:
    """Return the names that Airflow gives to whoever takes them; the context itself has those of the task's arguments too, once it ran."""
    for name in ("airflow.sdk.definitions.context", "airflow.utils.context"):  # 3.0 and later; 2.x
        known: Collection[str] | None = getattr(sys.modules.get(name), "KNOWN_CONTEXT_KEYS", None)
        if known:
            return known
    return ()


def collected_by_hooks() -> Any:
    """Return what hooks reported in this task, or None; asking must not create the collector, which imports every provider."""
    if (lineage := sys.modules.get("airflow.sdk.lineage")) is not None:  # 3.2 and later: behind a cache
        ask = lineage.get_hook_lineage_collector
        collector = ask() if ask.cache_info().currsize else None
    else:  # before: a global of the module
        collector = getattr(sys.modules.get("airflow.lineage.hook"), "_hook_lineage_collector", None)
    return collector.collected_assets if collector is not None and collector.has_collected else None


def forget_what_hooks_reported() -> None:
    """Have hooks report to a new collector from now on."""
    if (lineage := sys.modules.get("airflow.sdk.lineage")) is not None:  # 3.2 and later
        lineage.get_hook_lineage_collector.cache_clear()
    elif (hook := sys.modules.get("airflow.lineage.hook")) is not None:
        vars(hook)["_hook_lineage_collector"] = None


def identity_of(task_instance: Any) -> Any:
    """Return what tells tries apart: their key, which has the try in it, or their id, which a try has for itself (3.0)."""
    return getattr(task_instance, "key", None) or getattr(task_instance, "id", None)


def asset_of(declared: Any) -> Any:
    """Return the asset of an inlet or outlet; a reference by name is asked for once per process, as Airflow itself does."""
    if type(declared).__name__ != "AssetNameRef":  # 3.0 and later
        return declared
    from airflow.sdk.execution_time.context import OutletEventAccessors

    return OutletEventAccessors()._resolve_asset_ref(declared)[0]  # noqa: SLF001  there is no public way to read one


def changes_of(outlet_events: Any) -> list[tuple[str | None, Any]]:
    """Return what a task said of the changes of its outlets: the URI of an asset, None for an alias, and Airflow's accessor for it.

    Airflow 2 iterates over texts, and warns of whoever asks by one.
    """
    accessors = list(getattr(outlet_events, "_dict", {}).values())
    if accessors and all(hasattr(one, "raw_key") for one in accessors):  # 2.10 and 2.11
        return [(one.raw_key if isinstance(one.raw_key, str) else getattr(one.raw_key, "uri", None), one) for one in accessors]
    return [(getattr(outlet, "uri", None), outlet_events[outlet]) for outlet in outlet_events]


def became(accessor: Any) -> list[dict[str, Any]]:
    """Return what an alias became: `uri`, `alias`, `event_extra`, and the `extra` of the asset (3.1.4 and later)."""
    if (events := getattr(accessor, "dataset_alias_events", None)) is not None:  # 2.10 and 2.11
        return [{"uri": e["dest_dataset_uri"], "alias": e["source_alias_name"], "event_extra": e["extra"]} for e in events]
    return [
        {"uri": e.dest_asset_key.uri, "extra": getattr(e, "dest_asset_extra", None), "alias": e.source_alias_name, "event_extra": e.extra}
        for e in getattr(accessor, "asset_alias_events", None) or ()
    ]


def resumes(task_instance: Any) -> bool:
    """Tell whether the task goes on after a deferral, where the provider says START once more."""
    from_server = getattr(task_instance, "_ti_context_from_server", None)  # 3.0 and later
    return bool(getattr(task_instance if from_server is None else from_server, "next_method", None))


def shows_source_code(task_instance: Any) -> bool:
    """Tell whether the provider is allowed to send source code: by its emission policy, before 2.20 by `disable_source_code` alone."""
    if "openlineage.airflow.listener" in sys.modules:  # below Airflow 2.8, where it is off unless it is asked for
        return os.environ.get("OPENLINEAGE_AIRFLOW_DISABLE_SOURCE_CODE", "true").lower() not in {"true", "1", "t"}
    if (policy := sys.modules.get("airflow.providers.openlineage.utils.emission_policy")) is not None:
        found = policy.resolve_task_emission_policy(task_instance.task, task_instance.dag_id, task_instance.task_id)
        return bool(found.include_source_code)
    from airflow.providers.openlineage import conf

    return bool(conf.is_source_enabled())


def is_older_than_the_provider(version: str) -> bool:
    """Tell whether `openlineage-airflow` is the one that listens: it does below Airflow 2.8, unless a provider is there all the same."""
    major, minor = (int(part) for part in version.split(".")[:2])
    return (major, minor) < (2, 8) and not _is_there("airflow.providers.openlineage")


def _is_there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # of a package above it
        return False
