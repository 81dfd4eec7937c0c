"""Tells when a module has been imported: at once where it is there already, else right after its own code has run."""

from __future__ import annotations

import sys
from threading import RLock
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Callable
    from importlib.abc import Loader
    from importlib.machinery import ModuleSpec
    from types import ModuleType

    Hear = Callable[[Any], None]

_lock = RLock()
_waiting: dict[str, Hear] = {}


def when_imported(name: str, hear: Hear) -> None:
    """Call `hear` with the module of that name once it is imported; `hear` must not raise.

    A module that another thread is importing right now counts as imported: `hear` sees what is there of it.
    """
    with _lock:
        if name not in sys.modules:
            _waiting[name] = hear
            if _FINDER not in sys.meta_path:
                sys.meta_path.insert(0, _FINDER)
            return
    hear(sys.modules[name])


class _Finder:
    """Finds nothing by itself: has the others find what somebody waits for, and hears when it was loaded.

    Neither this nor the loader is made of `importlib.abc`'s classes, which load a tenth of all that a watched Python loads for us.
    """

    def find_spec(self, fullname: str, path: Any = None, target: ModuleType | None = None) -> ModuleSpec | None:
        with _lock:  # taken out meanwhile: another finder may ask for it again
            hear = _waiting.pop(fullname, None)
        if hear is None:
            return None
        finders = (f for f in sys.meta_path if f is not self and hasattr(f, "find_spec"))
        try:
            spec = next((found for f in finders if (found := f.find_spec(fullname, path, target)) is not None), None)
        finally:
            _waiting[fullname] = hear  # whoever looks for a module may only want to know whether it is there
        if spec is not None and hasattr(spec.loader, "exec_module"):
            spec.loader = cast("Loader", _Telling(spec.loader))
        return spec


class _Telling:
    """Loads as the loader does that it stands before, puts that one back, and tells."""

    def __init__(self, loader: Any) -> None:
        self._loader = loader

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        created: ModuleType | None = self._loader.create_module(spec)
        return created

    def exec_module(self, module: ModuleType) -> None:
        module.__loader__ = self._loader
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        self._loader.exec_module(module)
        with _lock:
            hear = _waiting.pop(module.__name__, None)
        if hear is not None:
            hear(sys.modules.get(module.__name__, module))


_FINDER = _Finder()
