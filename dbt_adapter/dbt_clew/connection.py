"""Which database dbt was connected to, and what its datasets' namespace is called for that."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from clew import naming

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_HOSTS = ("host", "server", "account", "endpoint", "project")
"""Keys under which adapters have the machine or account that they connect to."""


@dataclass(frozen=True, kw_only=True)
class Connection:
    """An adapter and the part of its credentials that names the database; no user, no password."""

    adapter: str
    host: str | None = None
    port: str | None = None
    path: str | None = None


def from_credentials(adapter: str, credentials: Mapping[str, Any]) -> Connection:
    """Pick out of an adapter's credentials what names the database."""
    host = next((str(credentials[key]) for key in _HOSTS if credentials.get(key)), None)
    port, path = credentials.get("port"), credentials.get("path")
    return Connection(
        adapter=adapter, host=_bare(host), port=str(port) if port else None, path=str(path).partition("?")[0] if path else None
    )


def namespace(connection: Connection, project_dir: Path) -> tuple[str, str | None]:
    """Return the namespace of the datasets, and a warning where it follows no rule.

    Args:
        connection: where dbt was connected to.
        project_dir: what a relative path is relative to: dbt changes into the project's folder.
    """
    if connection.adapter == "postgres":
        return naming.postgres(connection.host or "localhost", connection.port), None
    if connection.adapter == "duckdb":
        return naming.duckdb(_absolute(connection.path or ":memory:", project_dir)), None
    made = naming.server(connection.adapter, connection.host, connection.port)
    return made, f"Clew has no naming rule for the dbt adapter {connection.adapter!r}; its datasets are in the namespace {made}"


def _absolute(path: str, project_dir: Path) -> str:
    """Make a path of a file absolute, since two projects may both write `shop.duckdb`; `:memory:` and `md:name` are no files."""
    return path if ":" in path and not os.path.isabs(path) else os.path.abspath(project_dir / path)  # noqa: PTH100, PTH117  not resolve(): links keep their name


def _bare(host: str | None) -> str | None:
    """Return the host alone where people wrote a URL, which may have a password in it."""
    return (urlsplit(host).hostname or host.rpartition("@")[2]) if host and "://" in host else host
