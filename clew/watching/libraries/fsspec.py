"""fsspec: files of all its file systems that are opened, read or written whole, copied, moved, uploaded and downloaded.

What is opened for writing is written, and what is opened for `r+` is both. Seen by every class of file systems, those there and those
to come, since each has its own way of doing so; what lies over another file system (caches, archives) is told as what it lies over.
Not seen: listings, what is only asked for (`exists`, `info`), `memory://`, asynchronous file systems that were made before watching.
Removing a file tells nothing, but what a run wrote and removed was never there.
"""

from __future__ import annotations

import inspect
from typing import Any

from clew.watching import files
from clew.watching.calls import after


def watch(module: Any) -> None:
    """Have every class of file systems tell what it reads and writes."""
    root = module.AbstractFileSystem
    for name in _CALLS:
        if not name.startswith("_") and name != "open_async":
            getattr(root, name)  # a method with a new name is missed here, and not in silence
    for cls in (root, *_below(root)):
        _watch_class(cls)

    def watch_new(cls: Any, /, **kwargs: Any) -> None:
        super(root, cls).__init_subclass__(**kwargs)
        _watch_class(cls)

    root.__init_subclass__ = classmethod(watch_new)


def _below(cls: Any) -> set[Any]:
    direct: list[Any] = cls.__subclasses__()
    return {below for one in direct for below in (one, *_below(one))}


def _watch_class(cls: type) -> None:
    for name, tell in _CALLS.items():
        if inspect.isfunction(vars(cls).get(name)):
            after(cls, name, tell)


def _file(system: Any, path: Any) -> tuple[str, str] | None:
    """Return which file is meant; the copy that a cache has made of it is none of the user's."""
    if isinstance(folders := getattr(system, "storage", None), list):
        for folder in folders:
            files.tell_removed(("file", folder))
    return files.of_file_system(system, path)


def _opened(_: Any, system: Any, path: Any, mode: str = "rb", *__: Any, **___: Any) -> None:
    file = _file(system, path)
    if "r" in mode or "+" in mode:
        files.tell_named("read", file)
    if "r" not in mode or "+" in mode:
        files.tell_named("write", file)


def _read(_: Any, system: Any, path: Any = None, *__: Any, url: Any = None, **___: Any) -> None:
    files.tell_named("read", _file(system, path or url))


def _written(_: Any, system: Any, path: Any = None, *__: Any, url: Any = None, **___: Any) -> None:
    files.tell_named("write", _file(system, path or url))


def _downloaded(_: Any, system: Any, *args: Any, **kwargs: Any) -> None:
    source, target = _two(args, kwargs, "rpath", "lpath")
    if (file := _file(system, source)) is not None:
        files.tell_copied(file, files.named(target))


def _uploaded(_: Any, system: Any, *args: Any, **kwargs: Any) -> None:
    source, target = _two(args, kwargs, "lpath", "rpath")
    if (file := _file(system, target)) is not None:
        files.tell_copied(files.named(source), file)


def _copied(_: Any, system: Any, *args: Any, **kwargs: Any) -> None:
    source, target = _two(args, kwargs, "path1", "path2")
    files.tell_copied(_file(system, source), _file(system, target))


def _removed(_: Any, system: Any, path: Any, *__: Any, **___: Any) -> None:
    for one in path if isinstance(path, (list, tuple)) else (path,):
        files.tell_removed(_file(system, one))


def _two(args: tuple[Any, ...], kwargs: dict[str, Any], first: str, second: str) -> tuple[Any, Any]:
    """Return source and target, which classes call differently: by their places, else by fsspec's own names."""
    given = [*args, *(kwargs[name] for name in (first, "path1", second, "path2") if name in kwargs)]
    return given[0], given[1]


_CALLS = {
    "open": _opened,
    "open_async": _opened,
    "cat_file": _read,
    "_cat_file": _read,
    "pipe_file": _written,
    "_pipe_file": _written,
    "get_file": _downloaded,
    "_get_file": _downloaded,
    "put_file": _uploaded,
    "_put_file": _uploaded,
    "cp_file": _copied,
    "_cp_file": _copied,
    "mv": _copied,
    "rm": _removed,
    "_rm": _removed,
    "rm_file": _removed,
    "_rm_file": _removed,
}
"""What is watched; those with an underscore are what asynchronous file systems have instead."""
