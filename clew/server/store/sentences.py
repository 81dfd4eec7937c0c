"""The SQL of the store, read from `sql/*.sql`: one sentence per query, each under a line `-- name: …`."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_PARAMETER = re.compile(r":(\w+)")
_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


@cache
def sentences() -> dict[str, str]:
    """Return every sentence by its name, which is the file's and its own: `jobs.by_name`."""
    folder = sorted(files(__package__).joinpath("sql").iterdir(), key=lambda f: f.name)
    return {
        f"{file.name.removesuffix('.sql')}.{name}": sql for file in folder for name, sql in named(file.read_text(encoding="utf-8")).items()
    }


class Prepared(Struct, frozen=True):
    """A sentence whose parameters go by their places: by names, SQLite's module takes as long to bind them as SQLite to do what it is told.

    Attributes:
        sql: the sentence.
        names: of its parameters, in the order of their places.
        places: takes values by name, gives them in the order of their places.
    """

    sql: str
    names: tuple[str, ...]
    places: Callable[[Mapping[str, Any]], tuple[Any, ...]]


@cache
def prepared() -> dict[str, Prepared]:
    """Return every sentence by its name, as it is asked."""
    return {name: _prepared(sql) for name, sql in sentences().items()}


def _prepared(sql: str) -> Prepared:
    names = tuple(_PARAMETER.findall(sql))
    return Prepared(_PARAMETER.sub("?", sql), names, _places(names))


def _places(names: tuple[str, ...]) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    if len(names) > 1:
        return itemgetter(*names)
    return lambda values: tuple(values[name] for name in names)


def named(text: str) -> dict[str, str]:
    """Take a file of sentences apart, by their names."""
    _, *parts = _NAME.split(text)
    return {name: sql.strip() for name, sql in zip(parts[::2], parts[1::2], strict=True)}


def schema() -> str:
    """Return the statements that make an empty store."""
    return files(__package__).joinpath("schema.sql").read_text(encoding="utf-8")
