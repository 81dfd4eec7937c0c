"""What a Python does when it starts within something that is watched: it waits for the first import of a library that we know.

Every Python of an environment runs the line in `python_start.pth`; without `CLEW_HANDOVER` that is one look into the environment.
Nothing is imported here that Python has not loaded already, not even `typing`: a program whose own modules have names of the
standard library's must still get its own.
"""

from __future__ import annotations

import atexit
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from importlib.machinery import ModuleSpec
    from types import ModuleType
    from typing import Any

FOLDER = "CLEW_HANDOVER"
"""Environment variable that names the folder in which processes leave what they saw."""
LIBRARIES = "CLEW_HANDOVER_LIBRARIES"
"""Environment variable with the libraries that are watched, each with the module whose import counts: `boto3=botocore,pandas=pandas`.

One without a module is watched as soon as another is imported."""

_waiting: list[_First] = []


def begin(environ: Mapping[str, str]) -> None:
    """Wait for the first import of a library that is watched, and leave the error that ends this process."""
    modules = {pair.partition("=")[2].partition(".")[0] for pair in environ.get(LIBRARIES, "").split(",")}
    _waiting.append(_First(modules - {""}, environ[FOLDER]))
    sys.meta_path.insert(0, _waiting[0])
    atexit.register(_leave_error, environ[FOLDER], os.getpid())


def leave() -> None:
    """Watch nothing in this process: it tells itself what it does, as dbt does."""
    for first in [*_waiting]:
        first.waits_no_more()
    if (begun := sys.modules.get("clew.watching.inherited")) is not None:
        begun.end()


class _First:
    """Finds nothing by itself: begins to watch when the first library is imported, and has the others find that."""

    def __init__(self, modules: set[str], folder: str) -> None:
        self._modules, self._folder = modules, folder

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:  # noqa: ARG002  as importing calls it
        """Begin to watch, once."""
        if name not in self._modules or not self.waits_no_more():
            return None
        try:
            from clew.watching import inherited

            inherited.begin(os.environ)
        except Exception as error:  # noqa: BLE001  the user's import must go well
            _leave(self._folder, "problem", f"{type(error).__name__}: {error}")
        return _spec_of(name)

    def waits_no_more(self) -> bool:
        """Stop waiting; tell whether it was this call that did it, since threads import at the same time."""
        try:
            _waiting.remove(self)
            sys.meta_path.remove(self)
        except ValueError:
            return False
        return True


def _spec_of(name: str) -> ModuleSpec | None:
    from importlib.machinery import ModuleSpec
    from importlib.util import find_spec

    if (module := sys.modules.get(name)) is None:
        return find_spec(name)
    there: Any = _There(module)
    module.__spec__ = ModuleSpec(name, there)  # the one that importing takes where a module is there already
    return module.__spec__


class _There:
    """Gives a module that was imported as watching began: who asked for it must not get a second one."""

    def __init__(self, module: ModuleType) -> None:
        self._module, self._spec = module, module.__spec__

    def create_module(self, spec: ModuleSpec) -> ModuleType:  # noqa: ARG002  as importing calls it
        """Give the module."""
        return self._module

    def exec_module(self, module: ModuleType) -> None:
        """Have it be what it was."""
        module.__spec__ = self._spec


def _leave_error(folder: str, pid: int) -> None:
    """Leave the traceback that Python has just printed as it ends, if there is one."""
    error = getattr(sys, "last_value", None)
    if error is not None and os.getpid() == pid:
        import traceback

        _leave(folder, "error", "".join(traceback.format_exception(type(error), error, error.__traceback__)))


def _leave(folder: str, kind: str, text: str) -> None:
    try:
        file = os.open(os.path.join(folder, f"{os.getpid()}.{kind}"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)  # noqa: PTH118
    except OSError:  # who wanted to know has gone
        return
    with os.fdopen(file, "w", encoding="utf-8", errors="replace") as opened:
        opened.write(text)
