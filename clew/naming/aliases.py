"""One name per thing, whichever tool names it."""

from __future__ import annotations

import re

ALIASES = {
    "postgresql": "postgres",
}
"""Schemes that tools write, and the specification's scheme for the same system.

`postgresql` is libpq's and SQLAlchemy's name; the specification says `postgres`.
"""

DEFAULT_PORTS = {"postgres": 5432}
"""Ports that a namespace must have by the specification, and that a tool may leave out when it is the system's own default."""


def canonical(namespace: str, name: str) -> tuple[str, str]:
    """Return the one name of a dataset that tools name differently; any other name comes back as it is.

    Known schemes only: `postgresql+psycopg2://DB` and `postgres://db:5432` are one server. `localhost` stays `localhost`:
    which machine that is nobody can tell from the name.
    """
    scheme, separator, rest = namespace.partition("://")
    system = ALIASES.get(scheme.lower().partition("+")[0], scheme.lower().partition("+")[0])
    if not separator or system not in DEFAULT_PORTS:
        return namespace, name
    authority = rest.rpartition("@")[2].removesuffix("/")
    if not re.fullmatch(r"[A-Za-z0-9_.-]+(:\d+)?", authority):
        return namespace, name
    port = "" if ":" in authority else f":{DEFAULT_PORTS[system]}"
    return f"{system}://{authority.lower()}{port}", name
