"""The assets of a task as its own process knows them: declared, reached by an alias, reported by hooks, with what the task says of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clew_airflow.compat import asset_of, became, changes_of, collected_by_hooks

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from clew.events import Json


def read(task: Any) -> list[Json]:
    """Return what the task reads, as `assets.with_assets` takes it."""
    hooks = collected_by_hooks()
    return [*_told(task.inlets), *_told(info.asset for info in (hooks.inputs if hooks else ()))]


def written(task: Any, outlet_events: Mapping[Any, Any]) -> list[Json]:
    """Return what the task writes; an asset is named once for each thing that is known of it.

    Args:
        task: the operator.
        outlet_events: what the task said of the changes that it made, from its context.
    """
    hooks, outlets = collected_by_hooks(), _told(task.outlets)
    declared = {asset["uri"] for asset in outlets}
    changes = [
        change for uri, accessor in changes_of(outlet_events) for change in _changes(str(uri) if uri in declared else None, accessor)
    ]
    return [*outlets, *changes, *_told(info.asset for info in (hooks.outputs if hooks else ()))]


def _told(assets: Iterable[Any]) -> list[Json]:
    found = (asset_of(one) for one in assets)
    return [_described(asset) for asset in found if getattr(asset, "uri", None)]


def _described(asset: Any) -> Json:
    uri, group = str(asset.uri), getattr(asset, "group", None)
    return {
        "uri": uri,
        "name": name if (name := getattr(asset, "name", None)) != uri else None,
        "group": group if group != getattr(type(asset), "asset_type", "asset") else None,
        "extra": dict(getattr(asset, "extra", None) or {}),
        "watchers": [watcher.name for watcher in getattr(asset, "watchers", None) or ()],
    }


def _changes(uri: str | None, accessor: Any) -> list[Json]:
    """Return what a task said of the changes of one outlet: of the asset of that URI, or of what an alias became."""
    extra, partitions = getattr(accessor, "extra", None), sorted(getattr(accessor, "partition_keys", None) or ())
    by_alias = became(accessor)
    if uri is not None and (extra or partitions):
        return [*by_alias, {"uri": uri, "event_extra": dict(extra or {}), "partitions": partitions}]
    return by_alias
