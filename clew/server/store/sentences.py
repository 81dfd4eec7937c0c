"""The SQL of the store, read from `sql/*.sql`: one sentence per query, each under a line `-- name: …`."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


@cache
def sentences() -> dict[str, str]:
    """Return every sentence by its name, which is the file's and its own: `jobs.by_name`."""
    folder = sorted(files(__package__).joinpath("sql").iterdir(), key=lambda f: f.name)
    return {
        f"{file.name.removesuffix('.sql')}.{name}": sql for file in folder for name, sql in named(file.read_text(encoding="utf-8")).items()
    }


def named(text: str) -> dict[str, str]:
    """Take a file of sentences apart, by their names."""
    _, *parts = _NAME.split(text)
    return {name: sql.strip() for name, sql in zip(parts[::2], parts[1::2], strict=True)}


def schema() -> str:
    """Return the statements that make an empty store."""
    return files(__package__).joinpath("schema.sql").read_text(encoding="utf-8")
