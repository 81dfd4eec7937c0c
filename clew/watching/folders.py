"""Files that are one dataset, and files that are none, known when all was seen."""

from __future__ import annotations

import os
import re
import tempfile
from collections import defaultdict
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from clew.watching.seen import Seen

FEW = 10
"""Files of one kind in one folder that are still told one by one; more of them are the folder."""

_DATE = re.compile(r"[\d_.-]+")


def settled(seen: Iterable[Seen], *, there: Callable[[str], bool] = os.path.lexists, temporary: str | None = None) -> list[Seen]:
    """Return datasets without files that came and went, and with folders for their many files.

    Args:
        seen: datasets in the order of their first appearance.
        there: tells whether a local path is there now.
        temporary: folder of temporary files; None: this process'.
    """
    return _gathered(_outermost(_outside_tables(lasting(list(seen), there=there, temporary=temporary))))


def lasting(seen: list[Seen], *, there: Callable[[str], bool] = os.path.lexists, temporary: str | None = None) -> list[Seen]:
    """Leave out what was written and is gone, and what was read from a temporary file that is gone; tables go with the file that holds them."""
    temporary = os.path.join(temporary or tempfile.gettempdir(), "")  # noqa: PTH118
    local = [path for s in seen if (path := place(s.namespace, s.name)).startswith("/")]
    written = {place(s.namespace, s.name) for s in seen if s.direction == "write"}
    nothing = {path for path in local if (path in written or path.startswith(temporary)) and not there(path)}
    return [s for s in seen if place(s.namespace, s.name) not in nothing]


def _outside_tables(seen: list[Seen]) -> list[Seen]:
    """Leave out the files of tables that were seen as tables: their own log tells what was read and written."""
    tables = {(s.namespace, s.name) for s in seen if "storage" in s.facets}
    return [s for s in seen if not any((s.namespace, folder) in tables for folder in _folders(s.name))] if tables else seen


def _gathered(seen: list[Seen]) -> list[Seen]:
    """Replace more than a few files of one kind by their folder: the one above those that are named for dates or numbers."""
    kinds: defaultdict[tuple[str, str, str, str], list[Seen]] = defaultdict(list)
    for one in seen:
        kinds[(one.direction, one.namespace, _trunk(one.name), os.path.splitext(one.name)[1])].append(one)  # noqa: PTH122  a name may be a URL's
    folders = {id(one): trunk for (*_, trunk, _kind), files in kinds.items() if len(files) > FEW and trunk for one in files}
    return _each_once(_as_folder(one, folders[id(one)]) if id(one) in folders else one for one in seen)


def _trunk(name: str) -> str:
    folders = name.split("/")[:-1]
    dated = next((depth for depth, folder in enumerate(folders) if folder and _DATE.fullmatch(folder)), len(folders))
    return "/".join(folders[:dated])


def _outermost(seen: list[Seen]) -> list[Seen]:
    """Join the files of a folder that was itself read (or written) to that folder."""
    found = {(one.direction, one.namespace, one.name): one for one in seen}
    for key, one in list(found.items()):
        above = next((outer for folder in {_trunk(one.name), _parent(one.name)} if (outer := (*key[:2], folder)) in found), None)
        if above:
            del found[key]
            if "schema" in one.facets and "schema" not in found[above].facets:
                found[above] = msgspec.structs.replace(found[above], facets={**found[above].facets, "schema": one.facets["schema"]})
    return list(found.values())


def _parent(name: str) -> str:
    return name.rpartition("/")[0]


def _folders(name: str) -> list[str]:
    """Return the folders that a name lies in, outermost first."""
    parts = name.split("/")
    return [folder for depth in range(1, len(parts)) if (folder := "/".join(parts[:depth]))]


def _each_once(seen: Iterable[Seen]) -> list[Seen]:
    found: dict[tuple[str, str, str], Seen] = {}
    for one in seen:
        found.setdefault((one.direction, one.namespace, one.name), one)
    return list(found.values())


def _as_folder(one: Seen, folder: str) -> Seen:
    return msgspec.structs.replace(one, name=folder, rows=None)


def place(namespace: str, name: str) -> str:
    """Return where a dataset lies: the path of a file, also of one that holds tables; else a URL."""
    path = namespace.partition("://")[2]
    if namespace == "file":
        return name
    return path if path.startswith("/") else f"{namespace}/{name}"
