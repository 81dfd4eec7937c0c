"""Who owns something: `meta.owner` as people have it everywhere, and the owner of its group."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from dbt_clew.artifacts.shapes import Exposure, Manifest, Measured, Node, Owner, Source

    Owned: TypeAlias = Node | Source | Exposure | Measured


def of(owned: Owned, manifest: Manifest) -> list[dict[str, str]]:
    """Return who owns a node."""
    named = (owned.config.meta or owned.meta or {}).get("owner")
    found = [{"name": str(name)} for name in (named if isinstance(named, list) else [named]) if name]
    group = owned.config.group
    described = manifest.groups.get(f"group.{owned.package_name}.{group}") if group else None
    return [*found, *_named(described.owner, "group")] if described else found


def of_exposure(exposure: Exposure, manifest: Manifest) -> list[dict[str, str]]:
    """Return who owns an exposure, which names its owner itself."""
    return [*_named(exposure.owner), *of(exposure, manifest)]


def _named(owner: Owner, kind: str | None = None) -> list[dict[str, str]]:
    email = ", ".join(owner.email) if isinstance(owner.email, list) else owner.email
    name = f"{owner.name} <{email}>" if owner.name and email else owner.name or email
    return [{"name": name} | ({"type": kind} if kind else {})] if name else []
