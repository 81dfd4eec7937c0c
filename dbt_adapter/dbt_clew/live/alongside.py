"""Others that tell of the same dbt run: below `dbt-ol` a plain `dbt` is silent, so that nothing is told twice.

Cosmos is none of them: it puts what a task read and wrote on the *task's* event, and tells no run of dbt.
Source: `get_openlineage_facets_on_complete` in cosmos/operators/local.py, Cosmos 1.0 to 1.15.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

DBT_OL = "dbt-ol"

_GENERATIONS = 8
"""How far up we look: `dbt-ol` starts dbt itself, but dbt may be a shell script that starts another."""
_WORDS = 4
"""Words of a command line among which a program's name stands: `python -u /usr/bin/dbt-ol run`."""


def is_below_dbt_ol(process_id: int) -> bool:
    """Tell whether a process is `dbt-ol`, or was started by it.

    Args:
        process_id: the process that started dbt.
    """
    return any(Path(word).name == DBT_OL for command in _commands_above(process_id) for word in command[:_WORDS])


def _commands_above(process_id: int) -> Iterator[list[str]]:
    """Give the command lines of a process and of those that started it."""
    for _ in range(_GENERATIONS):
        if process_id <= 1:
            return
        try:
            process_id, command = _of_linux(process_id) if Path("/proc/self/stat").exists() else _of_ps(process_id)
        except (OSError, ValueError, subprocess.SubprocessError):
            return
        yield command


def _of_linux(process_id: int) -> tuple[int, list[str]]:
    """Return a process' parent and command line. Source: proc(5)."""
    folder = Path("/proc") / str(process_id)
    after_name = (folder / "stat").read_text(errors="replace").rpartition(")")[2]
    return int(after_name.split()[1]), os.fsdecode((folder / "cmdline").read_bytes()).split("\0")


def _of_ps(process_id: int) -> tuple[int, list[str]]:
    command = ["ps", "-o", "ppid=,command=", "-p", str(process_id)]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=1).stdout
    parent, _, words = said.strip().partition(" ")
    return int(parent), words.split()
