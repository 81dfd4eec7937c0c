"""Others that tell of the same dbt run: where one is at work, a plain `dbt` is silent, so that nothing is told twice."""

from __future__ import annotations

import os
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

DBT_OL = "dbt-ol"
COSMOS = "Cosmos"

_GENERATIONS = 8
"""How far up we look: `dbt-ol` starts dbt itself, but dbt may be a shell script that starts another."""
_WORDS = 4
"""Words of a command line among which a program's name stands: `python -u /usr/bin/dbt-ol run`."""


def other(environ: Mapping[str, str], project_dir: Path, modules: Mapping[str, object], process_id: int) -> str | None:
    """Return who else tells of this dbt run, None where nobody does.

    Args:
        environ: the environment.
        project_dir: folder of the project.
        modules: what this process has imported.
        process_id: dbt's process, or the one that started it.
    """
    if any(_is_dbt_ol(command) for command in _commands_above(process_id)):
        return DBT_OL
    return COSMOS if _is_cosmos(environ, project_dir, modules) else None


def _is_dbt_ol(command: Sequence[str]) -> bool:
    return any(Path(word).name == DBT_OL for word in command[:_WORDS])


def _is_cosmos(environ: Mapping[str, str], project_dir: Path, modules: Mapping[str, object]) -> bool:
    """Tell whether Cosmos runs this dbt and puts what it reads and writes on its Airflow task.

    It does so wherever Airflow's OpenLineage provider is, which brings `openlineage.common`. It runs dbt in its own process, or as
    a child in a temporary folder whose files are links to the project's. Source: cosmos/operators/local.py, Cosmos 1.0 to 1.15.
    """
    if "cosmos" in modules:
        return _has_integration()
    return "AIRFLOW_CTX_DAG_ID" in environ and (project_dir / "dbt_project.yml").is_symlink()


def _has_integration() -> bool:
    try:
        return find_spec("openlineage.common") is not None
    except ModuleNotFoundError:
        return False


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
