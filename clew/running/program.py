"""What `clew run` runs: the script in a command, the name of its job, and its arguments without secrets."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from clew.code import locate
from clew.redaction import SHORTEST_SOUGHT, by_name, without_passwords
from clew.sql_literals import MASK

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from clew.code import Code

SCRIPTS = frozenset({".ipynb", ".js", ".pl", ".py", ".r", ".rb", ".sh", ".sql"})
"""Endings of files that are code; the first of them in a command is its script."""
_IN_THREES = frozenset({"-p", "-r", "--parameters", "--parameters_raw"})
"""Options of papermill that are followed by a name and a value."""
_ASSIGNED = re.compile(r"(?P<name>-{0,2}[A-Za-z_][\w.-]*)=(?P<value>.*)", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Program:
    """What is run.

    Attributes:
        name: of the job, unless another is asked for.
        code: where its script stands; None where it has none.
        arguments: by their names, else by their places (`1`, `2` …); secrets are masked.
        secrets: what was masked, and is long enough to be looked for elsewhere.
    """

    name: str
    code: Code | None = None
    arguments: Mapping[str, str]
    secrets: tuple[str, ...] = ()


def of(command: Sequence[str], folder: Path) -> Program:
    """Tell what a command runs: a script (`python jobs/load.py`), a module (`python -m jobs.load`), or else the program itself.

    Args:
        command: the program and its arguments.
        folder: where it is started.
    """
    script, module = _script(command, folder), _module(command)
    if module is not None and (script is None or module < script):
        return _program(command[module], None, command, module)
    if script is None:
        return _program(PurePath(command[0]).name, None, command, 0)
    file = (folder / command[script]).resolve()
    code = locate(file)
    return _program(code.path if code and code.path else file.name, code, command, script)


def _program(name: str, code: Code | None, command: Sequence[str], place: int) -> Program:
    in_threes = _IN_THREES if any(PurePath(word).name == "papermill" for word in command[: place + 1]) else frozenset()
    told = list(_arguments(command[place + 1 :], in_threes))
    shown = {key: str(by_name(named, without_passwords(value))) if value else "" for key, named, value in told}
    return Program(
        name=name,
        code=code,
        arguments=shown,
        secrets=tuple(value for key, _, value in told if shown[key] == MASK and len(value) >= SHORTEST_SOUGHT),
    )


def _script(command: Sequence[str], folder: Path) -> int | None:
    return next((n for n, word in enumerate(command) if PurePath(word).suffix.lower() in SCRIPTS and (folder / word).is_file()), None)


def _module(command: Sequence[str]) -> int | None:
    """Return the place of a module's name after `python … -m`."""
    python = next((n for n, word in enumerate(command) if PurePath(word).name.lower().startswith("python")), None)
    if python is None:
        return None
    return next((n for n in range(python + 2, len(command)) if command[n - 1] == "-m"), None)


def _arguments(words: Sequence[str], in_threes: Collection[str]) -> Iterator[tuple[str, str, str]]:
    """Give each argument's key, the name that tells whether it is secret, and its value.

    The key is its name (`--day 7`, `--day=7`, `DAY=7`), else its place; a value without a name may be what the word before it names.
    """
    left = list(words)
    place, before = 0, ""
    while left:
        word = left.pop(0)
        if word in in_threes and len(left) > 1:
            name, value = left.pop(0), left.pop(0)
            yield name, name, value
        elif named := _ASSIGNED.fullmatch(word):
            yield named["name"].lstrip("-"), named["name"], named["value"]
        elif word.startswith("-") and word.strip("-"):
            before = left.pop(0) if left and not left[0].startswith("-") and not _ASSIGNED.fullmatch(left[0]) else ""
            yield word.lstrip("-"), word, before
            continue
        else:
            place += 1
            yield str(place), before, word
        before = word
