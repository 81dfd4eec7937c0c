"""Files: which dataset a path, a URL or an open file means."""

from __future__ import annotations

import os
import re
from functools import lru_cache
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from clew import facets as standard
from clew.naming import from_uri
from clew.watching import process
from clew.watching.seen import Later, Seen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from clew.watching.seen import Direction

    Columns = Callable[[], Iterable[Mapping[str, str]]]
    Name = tuple[str, str]

NO_PLACE = frozenset(
    {"memory", "data", "zip", "tar", "libarchive", "reference", "dir", "cached", "blockcache", "filecache", "simplecache", "generic"}
)
"""fsspec's file systems that keep nothing, or lie over another one, which tells by itself."""

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")
_NO_FILE = re.compile(r"[{\[<]|.*\n", re.DOTALL)
"""JSON, HTML, XML: some readers take the content itself where others take a path."""
_LONGEST = 4096
_DEVICES = ("/dev/", "/proc/", "/sys/")
_PARTITION = re.compile(r"[^=]+=.*")
_GLOB = re.compile(r"[*?\[{]")
_PART = re.compile(r"part-\d+.*")
_LOGS = frozenset({"_delta_log", "_temporary"})
_MARKERS = frozenset({"_SUCCESS", "_metadata", "_common_metadata"})


def tell(direction: Direction, place: Any, columns: Columns | None = None, rows: int | None = None, *, adds: bool = False) -> None:
    """Tell that a file was read or written, whatever it was given as; what is no file is nothing.

    Args:
        direction: `read` or `write`.
        place: path, URL or open file.
        columns: gives each as `{"name", "type"}` when the run ends, where all are known.
        rows: how many were read or written, where that is the whole file.
        adds: they were written to the end of it.
    """
    path = str(place) if isinstance(place, PurePath) else place  # half of what `os.fspath` runs of pathlib
    if not isinstance(path, str):
        _tell_unusual(direction, path, columns, rows, adds)
    elif len(path) <= _LONGEST:
        process.see_later(_seen_by_path, direction, path, None if path[:1] == "/" else os.getcwd(), columns, rows, adds)  # noqa: PTH109


def _tell_unusual(direction: Direction, place: Any, *known: Any) -> None:
    if (file := named(place)) is not None:
        process.see_later(_seen_with_columns, direction, file, *known)


def tell_named(direction: Direction, file: Name | None, *, rows: int | None = None, facets: dict[str, Any] | None = None) -> None:
    """Tell that a file was read or written that has a name already; None: nothing."""
    process.see_later(_seen, direction, file, facets, rows)


def _seen_by_path(direction: Direction, path: str, folder: str | None, *known: Any) -> Seen | None:
    return _seen_with_columns(direction, _of_path(path, folder), *known)


def _seen_with_columns(direction: Direction, file: Name | None, columns: Columns | None, rows: int | None, adds: bool) -> Seen | None:  # noqa: FBT001
    facets = None if columns is None else {"schema": Later(lambda: standard.schema(columns()))}
    return _seen(direction, file, facets, rows, adds)


def _seen(direction: Direction, file: Name | None, facets: dict[str, Any] | None, rows: int | None, adds: bool = False) -> Seen | None:  # noqa: FBT001, FBT002
    if file is None:
        return None
    namespace, name = table = dataset(*file, pattern=direction == "read")
    if table != file:
        rows = None  # a part's rows are not the table's
    return Seen(direction=direction, namespace=namespace, name=name, facets=facets or {}, rows=rows, adds=adds)


def tell_copied(source: Name | None, target: Name | None) -> None:
    """Tell that a file was copied or moved; what this run knows of the source is true of the target."""
    tell_named("read", source)
    tell_renamed(source, target)
    tell_named("write", target)


def tell_renamed(source: Name | None, target: Name | None) -> None:
    """Tell that a file or folder has a new name, or was copied, if this run wrote it, or in it: any other is no concern of ours."""
    if source is None or target is None:
        return
    if (known := process.written(*dataset(*source))) is not None:
        is_all = source == (known.namespace, known.name)
        tell_named("write", target, facets=known.facets, rows=known.rows if is_all else None)
    elif os.path.isdir(target[1]):  # noqa: PTH112
        for known in process.written_below(*source):
            tell_named("write", (target[0], target[1] + known.name[len(source[1]) :]), facets=known.facets, rows=known.rows)


def tell_removed(file: Name | None) -> None:
    """Tell that a file or a folder was removed: what this run wrote there was never more than temporary."""
    if file is not None:
        process.forget(*file)


def named(place: Any) -> Name | None:
    """Return namespace and name of the file that a path, a URL or an open file means; None where it is no file."""
    try:
        path = os.fspath(place)
    except TypeError:
        return _of_open_file(place)
    return of_path(path) if len(path) <= _LONGEST else None  # content itself, which no cache is to hold


def of_path(path: str | bytes) -> Name | None:
    """Return namespace and name of a file by its path, or its URL as fsspec has them: of `zip://a.csv::s3://b/k` the last part counts."""
    return _of_path(path, _folder(path))


def _folder(path: str | bytes) -> str | None:
    """Return where a path begins that is not absolute; a program may change its folder."""
    return None if path[:1] in {"/", b"/"} else os.getcwd()  # noqa: PTH109


@lru_cache(maxsize=1024)
def _of_path(path: str | bytes, folder: str | None) -> Name | None:
    text = os.fsdecode(path).rpartition("::")[2]
    if not text or len(text) > _LONGEST or _NO_FILE.match(text):
        return None
    scheme, separator, rest = text.partition("://")
    if separator and scheme in NO_PLACE:
        return None
    if separator and scheme == "local":
        text = rest
    elif _URL.match(text):
        namespace, name = from_uri(text)
        return (namespace, os.path.normpath(name)) if namespace == "file" else (namespace, name)
    local = os.path.abspath(os.path.join(folder or "", os.path.expanduser(text)))  # noqa: PTH100, PTH111, PTH118  links keep their name
    return None if local.startswith(_DEVICES) else ("file", local)


def _of_open_file(file: Any) -> Name | None:
    """Return what an open file is named: fsspec's know their file system, others have a name, which must be there.

    What lies in an archive has a name too, but is no open file of the system's.
    """
    inner = getattr(file, "buffer", file)
    if hasattr(inner, "fs") and isinstance(getattr(inner, "path", None), str):
        return of_file_system(inner.fs, inner.path)
    name = getattr(file, "name", None)
    return of_path(name) if isinstance(name, str) and os.path.exists(name) and _is_of_system(file) else None  # noqa: PTH110


def _is_of_system(file: Any) -> bool:
    try:
        return isinstance(file.fileno(), int)
    except (AttributeError, OSError, ValueError):
        return False


def of_file_system(system: Any, path: Any) -> Name | None:
    """Return namespace and name of a file in one of fsspec's file systems; of its options only host and account are looked at."""
    protocol = system.protocol if isinstance(system.protocol, str) else system.protocol[0]
    if protocol in NO_PLACE:
        return None
    if protocol in {"file", "local"}:
        return of_path(path if isinstance(path, str) else os.fspath(path))
    return _of_store(protocol, system.unstrip_protocol(path), getattr(system, "account_name", None), getattr(system, "host", None))


@lru_cache(maxsize=1024)
def _of_store(protocol: str, url: str, account: str | None, host: str | None) -> Name | None:
    scheme, _, rest = url.partition("://")
    if account and protocol in {"abfs", "abfss", "az", "adl"}:
        container, _, key = rest.partition("/")
        bare = container.partition("@")[0]
        return from_uri(f"abfss://{bare}@{account}.dfs.core.windows.net/{key}")
    if host and rest.startswith("/"):
        return from_uri(f"{scheme}://{host}{rest}")
    return of_path(url)


@lru_cache(maxsize=1024)
def dataset(namespace: str, name: str, *, pattern: bool = False) -> Name:
    """Return the dataset that a file is part of: itself, or the folder of the table whose partition, part or log it is.

    A table ends before its first folder `column=value` (Hive's, and so everybody's), before its files `part-00000…` (Spark's,
    PyArrow's), and before a pattern, where the name may be one.
    """
    folders = name.split("/")
    last = len(folders) - 1
    for depth, folder in enumerate(folders):
        is_file = depth == last
        if any(folders[:depth]) and (_is_within_table(folder, is_file=is_file) or (pattern and _GLOB.search(folder))):
            return namespace, "/".join(folders[:depth])
    return namespace, name


def _is_within_table(folder: str, *, is_file: bool) -> bool:
    if is_file and (_PART.fullmatch(folder) or folder in _MARKERS):
        return True
    is_partition = bool(_PARTITION.fullmatch(folder)) and not (is_file and re.search(r"\.[A-Za-z]\w*$", folder))
    return is_partition or folder in _LOGS
