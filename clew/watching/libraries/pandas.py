"""pandas: files that `read_*` reads and `to_*` of frames and series writes, with their columns and rows.

Seen by path, URL, open file, `ExcelFile` or `ExcelWriter`; columns as pandas has them, where all of the file were asked for.
Not seen: HDF files, the clipboard, content that is handed over as text or bytes. SQL is seen at the database's driver, Iceberg by pyiceberg.
"""

from __future__ import annotations

from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from pandas import DataFrame, MultiIndex, Series

from clew.watching import files
from clew.watching.calls import after, after_each, by_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from clew.watching.files import Columns

READERS = (
    "read_csv",
    "read_excel",
    "read_feather",
    "read_fwf",
    "read_html",
    "read_json",
    "read_orc",
    "read_parquet",
    "read_pickle",
    "read_sas",
    "read_spss",
    "read_stata",
    "read_table",
    "read_xml",
)
WRITERS = (
    "to_csv",
    "to_excel",
    "to_feather",
    "to_html",
    "to_json",
    "to_latex",
    "to_markdown",
    "to_orc",
    "to_parquet",
    "to_pickle",
    "to_stata",
    "to_string",
    "to_xml",
)
_PLACES = ("filepath_or_buffer", "path_or_buf", "path_or_buffer", "path", "io", "excel_writer", "buf")
"""What pandas calls the argument for the file, which is always the first."""
_NOT_ALL = ("columns", "usecols", "sheet_name")
"""Arguments with which a frame has other columns than its file."""
_KIND_AND_PLACES = attrgetter("values.dtype", "_mgr_locs")
"""Of a block of a frame."""


def watch(module: Any) -> None:
    """Have readers and writers tell which file it was."""
    frame = module.DataFrame
    homes = {name: next((cls for cls in frame.__mro__ if name in vars(cls)), frame) for name in WRITERS}
    if hasattr(module.ExcelFile, "parse"):  # deprecated in pandas 3
        after(module, "ExcelFile.parse", _read)
    after_each([*((module, name, _read) for name in READERS), *((homes[name], name, _written) for name in WRITERS)])


def _read(result: Any, *args: Any, **kwargs: Any) -> None:
    columns, rows = _columns_and_rows(result, kwargs)
    files.tell("read", args[0] if args else by_name(kwargs, _PLACES), columns, rows)


def _written(_: Any, frame: Any, *args: Any, **kwargs: Any) -> None:
    columns, rows = _columns_and_rows(frame, kwargs)
    files.tell("write", args[0] if args else by_name(kwargs, _PLACES), columns, rows, adds="a" in str(kwargs.get("mode", "w")))


def _columns_and_rows(data: Any, asked: dict[str, Any]) -> tuple[Columns | None, int | None]:
    """Return what gives the columns of a file that holds a frame, without the frame, and how many rows it has."""
    if not isinstance(data, DataFrame):  # several frames, or a file that is read in pieces
        return None, len(data) if isinstance(data, Series) else None
    index = data.index
    if asked and any(asked.get(name) is not None for name in _NOT_ALL):
        return None, len(index)
    is_told = (index.name is not None or isinstance(index, MultiIndex)) and asked.get("index", True) is not False
    return partial(_spelled, _levels(index) if is_told else (), data.columns, _kinds(data)), len(index)


def _levels(index: Any) -> list[tuple[Any, Any]]:
    """Return name and type of the index' columns, if they have a name; the index itself is as long as the frame, and not kept."""
    levels = [index.get_level_values(depth) for depth in range(index.nlevels)]
    return [(level.name, level.dtype) for level in levels if level.name is not None]


def _kinds(frame: Any) -> Sequence[tuple[Any, Iterable[int]]]:
    """Return the types of a frame's columns with the places of those that have them, as pandas keeps them.

    Of a frame that was only just made `dtypes` takes 33 µs, for it builds an index of all columns first; this takes 2.
    """
    try:
        return list(map(_KIND_AND_PLACES, frame._mgr.blocks))  # noqa: SLF001
    except AttributeError:  # another pandas
        return [(kind, [place]) for place, kind in enumerate(frame.dtypes)]


def _spelled(levels: Iterable[tuple[Any, Any]], names: Any, kinds: Sequence[tuple[Any, Iterable[int]]]) -> list[dict[str, str]]:
    of_place = {place: str(kind) for kind, places in kinds for place in places}
    named = [{"name": str(name), "type": str(kind)} for name, kind in levels]
    return named + [{"name": str(name), "type": of_place[place]} for place, name in enumerate(names)]
