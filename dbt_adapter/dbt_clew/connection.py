"""Which database dbt was connected to: an adapter and the part of its credentials that names it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from clew import naming

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from clew.naming import Tables


@dataclass(frozen=True, kw_only=True)
class Connection:
    """An adapter and what of its credentials names the database, as plain JSON; no user, no password, no token."""

    adapter: str
    place: dict[str, Any] = field(default_factory=dict)


def from_credentials(adapter: str, credentials: Mapping[str, Any]) -> Connection:
    """Pick out of an adapter's credentials what names the database."""
    named = {key: credentials[key] for key in naming.fields(adapter) if credentials.get(key)}
    return Connection(adapter=adapter, place={key: _without_secrets(key, value) for key, value in named.items()})


def tables(connection: Connection, project_dir: Path) -> Tables:
    """Return how the tables behind a connection are named.

    Args:
        connection: where dbt was connected to.
        project_dir: what a relative path is relative to: dbt changes into the project's folder.
    """
    return naming.tables(connection.adapter, connection.place, str(project_dir))


_USER = re.compile(r"//[^/@\s]*@")
_USER_OF_ORACLE = re.compile(r"^[^(@]*@")
_SECRET_WORD = re.compile(
    r"\b(?:user|uid|passw(?:or)?d|pwd|passfile|\w*token|\w*secret\w*|\w*key\w*)\s*=\s*(?:'[^']*'|\"[^\"]*\"|[^\s;&)]+)", re.IGNORECASE
)
_OF_AN_ATTACHED = ("path", "type", "alias")


def _without_secrets(key: str, value: Any) -> Any:
    """Return a credential without what people put beside the place: users, passwords, and MotherDuck's token in a path."""
    if isinstance(value, str):
        bare = _USER.sub("//", _SECRET_WORD.sub("", value.partition("?")[0]))
        return _USER_OF_ORACLE.sub("", bare) if key == "connection_string" else bare
    if isinstance(value, dict):
        return {str(name): _without_secrets(key, one) for name, one in value.items() if key != "attach" or name in _OF_AN_ATTACHED}
    if isinstance(value, list):
        return [_without_secrets(key, one) for one in value]
    return value
