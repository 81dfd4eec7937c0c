"""Libraries that are watched: one file for each, loaded when the library is imported.

A file has one function, `watch(module)`, which is given the imported module and has its calls tell what they did.
"""

from __future__ import annotations

from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

from clew.watching.calls import say_once
from clew.watching.imports import when_imported

if TYPE_CHECKING:
    from collections.abc import Collection

KNOWN = {
    "fsspec": "fsspec.spec",
    "pandas": "pandas",
    "sqlite3": "sqlite3",
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


def _watch(name: str, module: Any) -> None:
    try:
        import_module(f"clew.watching.libraries.{name}").watch(module)
    except Exception as error:  # noqa: BLE001  the user imports a library: that must go well
        say_once(f"clew does not know this version of {name} and cannot see what it reads and writes", error)
