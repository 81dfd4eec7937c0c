"""Libraries that are watched: one file for each, loaded when the library is imported.

A file has one function, `watch(module)`, which is given the imported module and has its calls tell what they did.
"""

from __future__ import annotations

from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

from clew.watching.imports import when_imported
from clew.watching.warning import say_once

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

KNOWN = {
    "boto3": "botocore.client",
    "confluent_kafka": "confluent_kafka",
    "deltalake": "deltalake",
    "duckdb": "duckdb",
    "fsspec": "fsspec.spec",
    "kafka": "kafka",
    "pandas": "pandas",
    "polars": "polars",
    "psycopg": "psycopg",
    "psycopg2": "psycopg2",
    "pyarrow": "pyarrow",
    "pyiceberg": "pyiceberg.table",
    "shutil": "shutil",
    "sqlalchemy": "sqlalchemy",
    "sqlite3": "sqlite3",
    "upath": "pathlib_abc",
}
"""Libraries by the names that people know, and the module of each after whose import it is watched."""

_watched: set[str] = set()


def watch(names: Collection[str] | None = None) -> None:
    """Have libraries watched from when they are imported; one that is imported already, at once.

    Args:
        names: of libraries; None: all that are known.
    """
    for name in KNOWN if names is None else names:
        if name not in _watched:
            _watched.add(name)
            when_imported(KNOWN[name], partial(_watch, name))


def is_watched(name: str) -> bool:
    """Tell whether a library is watched, or will be when it is imported."""
    return name in _watched


def watch_part(name: str, module: str, hear: Callable[[Any], None]) -> None:
    """Have one more module of a library watched from when it is imported.

    Args:
        name: of the library.
        module: that is waited for.
        hear: is given the module; what it raises is one warning.
    """
    when_imported(module, partial(_hear, name, hear))


def _watch(name: str, module: Any) -> None:
    _hear(name, lambda imported: import_module(f"clew.watching.libraries.{name}").watch(imported), module)


def _hear(name: str, hear: Callable[[Any], None], module: Any) -> None:
    try:
        hear(module)
    except Exception as error:  # noqa: BLE001  the user imports a library: that must go well
        say_once(f"clew does not know this version of {name} and cannot see what it reads and writes", error)
