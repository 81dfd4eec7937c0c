"""`clew store`: the care of the file that `clew up` keeps everything in."""

from __future__ import annotations

import sys
import time
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from clew import settings
from clew.cli.progress import Progress
from clew.cli.screen import BAD, OK, printable, size

if TYPE_CHECKING:
    from collections.abc import Callable

    from clew.server.upkeep.check import Difference, Findings
    from clew.server.upkeep.rebuild import Rebuilt

_DAY = 24 * 3600 * 1_000_000
"""Microseconds."""
_SHOWN = 60
"""Characters of a value that are shown."""


def _options(command: Callable[..., None]) -> Callable[..., None]:
    file = click.option("--store", "file", type=click.Path(path_type=Path), help="The file. Default: store.db in Clew's home.")
    as_json = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
    return file(as_json(command))


@click.group(short_help="Check the backend's store, derive it anew, let go what is old.")
def command() -> None:
    """Take care of the file in which `clew up` keeps everything.

    The file holds a log, every event and every change as it came in, and what was derived from it: jobs, runs, datasets, lineage.

    \b
    clew store check               does all that was derived follow from the log? A server may run meanwhile
    clew store rebuild             derive everything anew from the log, with the server stopped
    clew store retain --days 90    let go old runs; what a job did last stays
    clew store vacuum              give free room back to the disk

    A copy for safekeeping: `clew export --changes > events.ndjson`; `clew up --import events.ndjson` makes a store of it.
    """  # noqa: D301  \b is click's mark for text that keeps its lines


@command.command(short_help="Prove that what was derived follows from the log.")
@_options
@click.option("--scratch", type=click.Path(path_type=Path, file_okay=False, exists=True), help="Folder for a file as large as the store.")
def check(file: Path | None, scratch: Path | None, *, as_json: bool) -> None:
    """Prove that what was derived follows from the log, and that the file is sound.

    Everything is derived anew into a scratch file beside the store and compared row by row; SQLite checks the file itself. The store is
    only read, at one moment of it, so a server may run meanwhile. Status 0: all is well. 1: it is not; what differs is printed.

    \b
    clew store check
    clew store check --json | jq .tables       every table, what differs, and how
    """  # noqa: D301  \b is click's mark for text that keeps its lines
    from clew.server.upkeep.check import check as checked

    path = _path(file)
    with Progress() as progress:
        found = checked(path, scratch=scratch, report=progress.tell)
    text = "\n".join(_findings(path, found))
    click.echo(msgspec.json.encode({"store": str(path), "clean": found.clean, **msgspec.to_builtins(found)}) if as_json else text)
    sys.exit(not found.clean)


@command.command(short_help="Derive everything anew from the log.")
@_options
def rebuild(file: Path | None, *, as_json: bool) -> None:
    """Derive everything anew from the log: after `check` has found a difference, or when a newer Clew derives more.

    It is done aside, so room for a second file is needed, and put in place at the end: whenever this breaks off, the store is the old one
    or the new one. The server must be stopped; what is sent meanwhile waits in the senders' outboxes.
    """
    from clew.server.upkeep.rebuild import rebuild as rebuilt

    path = _path(file)
    with Progress() as progress:
        found = rebuilt(path, progress.tell)
    _tell({"store": str(path), **msgspec.to_builtins(found)}, _rebuilt(path, found), as_json=as_json)
    sys.exit(bool(found.unfit))


@command.command(short_help="Give free room back to the disk.")
@_options
def vacuum(file: Path | None, *, as_json: bool) -> None:
    """Write the file anew without its free pages. The server must be stopped, and room for a second file is needed for a while."""
    from clew.server.upkeep.rebuild import vacuum as vacuumed

    path = _path(file)
    with Progress() as progress:
        before, after = vacuumed(path, progress.tell)
    _tell({"store": str(path), "bytes_before": before, "bytes_after": after}, f"{path}: {size(before)} → {size(after)}", as_json=as_json)


@command.command(short_help="Let go old runs; what a job did last stays.")
@_options
@click.option("--days", required=True, type=click.IntRange(min=0), help="Runs that nothing was heard of for so many days go.")
@click.option("--dry-run", is_flag=True, help="Only say what would go; a server may run.")
def retain(file: Path | None, days: int, *, dry_run: bool, as_json: bool) -> None:
    """Let go old runs with all their events, and give the room back to the disk. Nothing goes by itself: run this when you want it.

    What stays, however old: of each job the last success, the last failure and the latest run; what wrote the data that these have read;
    the parents of all of them; changes made through the API, with what they were made to. So the questions about change have answers as
    before. What only dropped events told goes with them.

    The rest is derived anew, so `check` finds it clean. The server must be stopped, and room for a second file is needed for a while.

    \b
    clew store retain --days 90 --dry-run      how much would go?
    clew store retain --days 90
    """  # noqa: D301  \b is click's mark for text that keeps its lines
    from clew.server.upkeep.retain import retain as retained

    path = _path(file)
    before = (time.time_ns() // 1000) - days * _DAY
    with Progress() as progress:
        found = retained(path, before, dry_run=dry_run, report=progress.tell)
    verb = "would go" if dry_run else "went"
    text = f"{path}: {found.dropped:,} of {found.entries:,} events and changes {verb}; {found.runs_kept:,} of {found.runs:,} runs stay"
    if found.rebuilt:
        text += f"; {size(found.rebuilt.bytes_before)} → {size(found.rebuilt.bytes_after)}"
    _tell({"store": str(path), "dry_run": dry_run, **msgspec.to_builtins(found)}, text, as_json=as_json)


def _path(file: Path | None) -> Path:
    return (file or settings.home(settings.load()) / "store.db").resolve()


def _tell(value: dict[str, Any], text: str, *, as_json: bool) -> None:
    click.echo(msgspec.json.encode(value) if as_json else text)


def _rebuilt(path: Path, found: Rebuilt) -> str:
    lines = [f"{path}: derived anew from {found.entries:,} events and changes; {size(found.bytes_before)} → {size(found.bytes_after)}"]
    lines += [f"{BAD} event {each.number} {printable(each.reason)}" for each in found.unfit]
    return "\n".join(lines)


def _findings(path: Path, found: Findings) -> list[str]:
    rows = sum(t.rows for t in found.tables.values())
    if found.clean:
        return [f"{OK} {path}: {rows:,} rows in {len(found.tables)} tables follow from {found.entries:,} events and changes"]
    lines = [f"{BAD} {path}: {found.entries:,} events and changes, {rows:,} rows derived from them"]
    lines += [f"  damaged: {printable(line)}" for line in found.damage]
    lines += [f"  event {each.number}: {printable(each.reason)}" for each in found.unfit]
    for name, table in found.tables.items():
        if table.differences:
            lines.append(f"  {name}: {table.differences:,} of {table.rows:,} rows differ")
            lines += [f"    {_difference(each)}" for each in table.examples]
    return [*lines, "", _next_step(path, found)]


def _difference(found: Difference) -> str:
    key = ", ".join(f"{k} {_short(v)}" for k, v in found.key.items())
    if found.stored is None:
        return f"{key} is missing: {_values(found.derived or {})}"
    if found.derived is None:
        return f"{key} should not be there: {_values(found.stored)}"
    return f"{key}: " + "; ".join(
        f"{k} is {_apart(v, found.derived[k])}, should be {_apart(found.derived[k], v)}" for k, v in found.stored.items()
    )


def _values(values: dict[str, Any]) -> str:
    return ", ".join(f"{k} {_short(v)}" for k, v in values.items() if v is not None)


def _short(value: Any) -> str:
    text = printable(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _apart(value: Any, other: Any) -> str:
    """Show a value from where it begins to differ from the other, if that is further back than is shown."""
    text, pair = printable(value), zip(printable(value), printable(other), strict=False)
    same = sum(1 for _ in takewhile(lambda each: each[0] == each[1], pair))
    return _short(value) if same < _SHOWN else f"…{_short(text[same - _SHOWN // 3 :])}"


def _next_step(path: Path, found: Findings) -> str:
    if found.damage:
        return (
            "Copy the file before all else. Then stop the server and `clew store rebuild`, which needs the log alone; where that cannot be "
            f"read, move {path} away and import a copy: `clew up --import FILE`."
        )
    return "Stop the server, then `clew store rebuild` derives it anew from the log. If it differs again, please report what is shown."
