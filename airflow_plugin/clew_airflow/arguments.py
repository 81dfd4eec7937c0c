"""What a task's callable or statement is given: only what is small and plain, since an argument may be any object and any secret."""

from __future__ import annotations

import inspect
from datetime import date, time, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from typing import TYPE_CHECKING, Any
from uuid import UUID

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from clew.events import Json

LARGEST = 1000
"""Characters of a text, and parts of a value, that is still a parameter; what is larger is data."""
DEEPEST = 10
MOST = 100
"""Arguments of one task."""

_AS_TEXT = (date, time, timedelta, Decimal, PurePath, UUID)


class NotPlain(Exception):
    """The value is no parameter."""


def of(task: Any, context: Collection[str] = ()) -> Json:
    """Return a task's arguments by name: `op_kwargs.NAME` of a callable, its defaults too, `parameters.NAME` of a statement.

    Args:
        task: an operator whose templates are rendered.
        context: names that Airflow itself gives to whoever takes them; a callable that takes `**context` is given all.
    """
    found: Json = {}
    for name, value in _given(task, context):
        if len(found) == MOST:
            break
        try:
            found[name] = plain(value, [LARGEST])
        except NotPlain:
            continue
    return found


def _given(task: Any, context: Collection[str]) -> Iterator[tuple[str, Any]]:
    own, given = _own(getattr(task, "python_callable", None)), _items(getattr(task, "op_args", None))
    names = [name for name, p in own.items() if p.kind in {p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD}][: len(given)]
    by_name: Any = getattr(task, "op_kwargs", None) or {}  # a lazy mapping once the callable was called
    defaults = {name: p.default for name, p in own.items() if p.default is not p.empty and p.default is not None}
    named = {name: by_name[name] for name in by_name if name not in context}
    for name, value in {**defaults, **dict(zip(names, given, strict=False)), **named}.items():
        if name not in context:
            yield f"op_kwargs.{name}", value
    yield from ((f"op_args.{index}", value) for index, value in enumerate(given) if index >= len(names))
    parameters = getattr(task, "parameters", None)
    of_statement = parameters.items() if isinstance(parameters, dict) else enumerate(_items(parameters))
    yield from ((f"parameters.{name}", value) for name, value in of_statement)


def _items(given: Any) -> list[Any] | tuple[Any, ...]:
    return given if isinstance(given, (list, tuple)) else ()


def _own(function: Any) -> Mapping[str, inspect.Parameter]:
    """Return the arguments that a callable declares."""
    try:
        return inspect.signature(function).parameters if callable(function) else {}
    except (TypeError, ValueError):  # a callable of C has none
        return {}


def plain(value: Any, left: list[int], depth: int = 0) -> Any:
    """Return a value as JSON knows it.

    Args:
        value: any object.
        left: how many characters and parts there may be; is counted down.
        depth: how many values this one is within.

    Raises:
        NotPlain: it is too large or too deep, or nothing that JSON knows.
    """
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, _AS_TEXT):
        value = str(value)
    left[0] -= len(value) if isinstance(value, str) else 1
    if left[0] < 0 or depth > DEEPEST:
        raise NotPlain
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    if type(value) in (list, tuple):
        return [plain(part, left, depth + 1) for part in value]
    if type(value) is dict:
        return {str(key): plain(part, left, depth + 1) for key, part in value.items()}
    raise NotPlain
