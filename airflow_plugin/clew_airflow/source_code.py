"""The source code of what a task runs, where the provider gives none: it knows PythonOperator and BashOperator alone."""

from __future__ import annotations

import inspect
import shlex
from functools import lru_cache, partial
from textwrap import dedent
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from clew.events import Json


def of(task: Any) -> Json | None:
    """Return `language` and `code`; None where a task has none that could be read.

    Args:
        task: any operator: `@task` and its kinds, branches, sensors with a callable, scripts, commands of containers and over SSH.
    """
    function = getattr(task, "python_callable", None)
    if callable(function):
        code = _of_callable(function)
        return {"language": "python", "code": code} if code else None
    command = getattr(task, "bash_command", None)
    if isinstance(command, str):
        return {"language": "bash", "code": command}
    command = _command(task)
    return {"language": "shell", "code": command} if command else None


def _command(task: Any) -> str | None:
    """Return the command of a container or of a remote shell."""
    command = getattr(task, "command", None)  # Docker, SSH
    if command is None and isinstance(cmds := getattr(task, "cmds", None), list):  # Kubernetes
        command = [*cmds, *(getattr(task, "arguments", None) or ())]
    if isinstance(command, (list, tuple)):
        return shlex.join(map(str, command)) or None
    return command if isinstance(command, str) else None


@lru_cache(maxsize=8)
def _of_callable(function: Callable[..., Any]) -> str | None:
    """Read a callable's source; START and END of a task ask for the same."""
    while isinstance(function, partial):
        function = function.func
    try:
        return dedent(inspect.getsource(function if hasattr(function, "__code__") or hasattr(function, "__func__") else type(function)))
    except (OSError, TypeError):  # made by exec, or in C
        return None
