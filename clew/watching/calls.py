"""How calls of a library are watched: it is called as it was, and what it did is told afterwards."""

from __future__ import annotations

import inspect
import sys
from functools import reduce, wraps
from typing import TYPE_CHECKING, Any

from clew.watching.process import told

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from clew.watching.process import Tell


def after(owner: Any, name: str, tell: Tell) -> None:
    """Have a function or method tell of each call that did not raise.

    Args:
        owner: module or class that has it.
        name: of the function; dots lead into classes: `Cursor.execute`.
        tell: is called with the result and then as the function was (a method's instance first); it may take what it needs and
            `*_, **__`. What it raises is one warning.

    Raises:
        AttributeError: there is no such function; the library has changed.
    """
    *classes, last = name.split(".")
    owner = reduce(getattr, classes, owner)
    there = inspect.getattr_static(owner, last)
    kind = type(there) if isinstance(there, (staticmethod, classmethod)) else None
    call = there.__func__ if kind else there
    ours = _watched_coroutine(call, tell) if inspect.iscoroutinefunction(call) else _watched(call, tell)
    setattr(owner, last, kind(ours) if kind else ours)
    _replace_at_home(call, ours)


def after_each(calls: Iterable[tuple[Any, str, Tell]]) -> None:
    """Have several functions tell, each given as owner, name and tell; where some are missing, the others do.

    Raises:
        AttributeError: names those that are missing; the library has changed.
    """
    missing = [name for owner, name, tell in calls if not _after_where_there(owner, name, tell)]
    if missing:
        raise AttributeError(f"there is no {', '.join(missing)}")


def _after_where_there(owner: Any, name: str, tell: Tell) -> bool:
    try:
        after(owner, name, tell)
    except AttributeError:
        return False
    return True


def _watched(call: Any, tell: Tell) -> Any:
    @wraps(call)
    def watched(*args: Any, **kwargs: Any) -> Any:
        result = call(*args, **kwargs)
        told(tell, (result, *args), kwargs)
        return result

    return watched


def _watched_coroutine(call: Any, tell: Tell) -> Any:
    @wraps(call)
    async def watched(*args: Any, **kwargs: Any) -> Any:
        result = await call(*args, **kwargs)
        told(tell, (result, *args), kwargs)
        return result

    return watched


def by_name(kwargs: Mapping[str, Any], names: Iterable[str]) -> Any:
    """Return the argument that a call was given under one of some names; None where it was given none."""
    return next((kwargs[name] for name in names if name in kwargs), None)


def _replace_at_home(call: Any, ours: Any) -> None:
    """Put ours also where a function was defined: pickle looks for it there, as when a pool of processes is to run it."""
    home, name = sys.modules.get(getattr(call, "__module__", None) or ""), getattr(call, "__qualname__", "")
    if home is not None and getattr(home, name, None) is call:
        setattr(home, name, ours)
