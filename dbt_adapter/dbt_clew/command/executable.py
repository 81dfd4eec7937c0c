"""The user's own dbt: which program it is."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from clew.errors import NoDbt
from dbt_clew.command import arguments

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

OPTION = "--dbt-executable"
"""Our one option; dbt has none that begins like it."""
VARIABLE = "DBT_EXECUTABLE"


def take_option(words: Sequence[str]) -> tuple[str | None, list[str]]:
    """Take our option out of a command line, wherever it stands, and return its value and what is left for dbt.

    Raises:
        NoDbt: the option has no value.
    """
    named, left = arguments.take(OPTION, words)
    if "" in named:
        raise NoDbt(f"{OPTION} names no program: give the path of dbt, or a command such as 'uv run dbt'")
    return named[-1] if named else None, left


def find(named: str | None, environ: Mapping[str, str]) -> list[str]:
    """Return the command that starts the user's dbt: what is named, else the one beside us, else the one on PATH.

    Args:
        named: a path, a program on PATH, or a command of several words, quoted as in a shell; None or empty where none is named.
        environ: the environment.

    Raises:
        NoDbt: there is none, or it is dbt-clew itself.
    """
    path = environ.get("PATH")
    if named:
        return _own(_of_name(named, path))
    found = shutil.which("dbt", path=str(Path(sys.executable).parent)) or shutil.which("dbt", path=path)
    if found is None:
        raise NoDbt(f"there is no dbt, neither beside dbt-clew nor on PATH. Install it, or name it by {OPTION} or {VARIABLE}.")
    return _own([found])


def _of_name(named: str, path: str | None) -> list[str]:
    whole = shutil.which(named, path=path)  # a path may have blanks in it
    if whole is not None:
        return [whole]
    try:
        program, *more = shlex.split(named)
    except ValueError as error:
        raise NoDbt(f"dbt is named {named!r}, which is no command: {error}") from None
    found = shutil.which(program, path=path)
    if found is None:
        what = "there is no such program" if not more else f"there is no program {program!r}"
        where = "" if os.sep in program else " on PATH"
        raise NoDbt(f"dbt is named {named!r}, but {what}{where}. Correct {OPTION} or {VARIABLE}.")
    return [found, *more]


def _own(command: list[str]) -> list[str]:
    """Refuse to start ourselves, for ever, where somebody has linked dbt to dbt-clew."""
    if Path(command[0]).resolve() == Path(sys.argv[0]).resolve():
        raise NoDbt(f"{command[0]} is dbt-clew itself. Name the real dbt by {OPTION} or {VARIABLE}.")
    return command
