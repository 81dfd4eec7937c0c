"""What must not leave: values of secret environment variables, and parameters whose name says that they are secret."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MASK = "***"
SECRET_PREFIX = "DBT_ENV_SECRET"  # noqa: S105  dbt's prefix of variables whose values it keeps out of its logs

_SECRET_WORD = re.compile(r"passw(or)?d|passphrase|token|secret|credential|apikey|(^|[^a-z])(pass|pwd|key)($|[^a-z])")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def secrets(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return the values of dbt's secret environment variables, longest first, since one may be part of another."""
    found = {value for name, value in environ.items() if name.startswith(SECRET_PREFIX) and value.strip()}
    return tuple(sorted(found, key=len, reverse=True))


def without(value: Any, secret: Iterable[str]) -> Any:
    """Return a JSON value with each secret in its texts masked."""
    if isinstance(value, str):
        for s in secret:
            value = value.replace(s, MASK)
        return value
    if isinstance(value, dict):
        return {k: without(v, secret) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [without(v, secret) for v in value]
    return value


def by_name(name: str, value: Any) -> Any:
    """Return a parameter's value, masked where its name, or a name within it, says that it is secret."""
    if _SECRET_WORD.search(_CAMEL.sub("_", name).lower()):
        return MASK
    if isinstance(value, dict):
        return {k: by_name(str(k), v) for k, v in value.items()}
    if isinstance(value, list):
        return [by_name("", v) for v in value]
    return value
