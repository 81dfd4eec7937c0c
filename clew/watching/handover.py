"""The folder in which processes that something watched has started leave what they saw: made by it, named in their environment, read at its end.

$CLEW_HOME/watching/<pid>-<chance>/     private to its user; the pid is that of the process that made it
$CLEW_HOME/watching/half-<run>/         of a run that goes on in another process: what the first one saw
    <pid>-<time>.seen                   things, a line of JSON each, as the process saw them
    <pid>.error                         the traceback that ended the process
    <pid>.problem                       why nothing could be seen in the process
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from clew import python_start
from clew.watching.inherited import SUFFIX, Telling
from clew.watching.libraries import KNOWN
from clew.watching.recorder import Recorder
from clew.watching.seen import Seen, Statement

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from clew.watching.seen import Thing

KEPT = 24 * 3600.0
"""Seconds after which a folder is removed whose maker was killed and could not do it, or whose run did not go on."""
FOLLOWING = frozenset({"shutil"})
"""Libraries that tell what becomes of what others have told, and that most programs import: no reason to begin to watch."""
_decoder: msgspec.json.Decoder[Thing] = msgspec.json.Decoder(Seen | Statement)


@dataclass(frozen=True, kw_only=True)
class Left:
    """What the processes left.

    Attributes:
        things: what they read and wrote.
        errors: tracebacks that ended processes, by their pids, in the order of their times.
        problems: why nothing could be seen in some.
    """

    things: Sequence[Thing] = ()
    errors: Mapping[int, str] = field(default_factory=dict)
    problems: Sequence[str] = ()


def make(home: Path) -> Path:
    """Make a folder, and remove those of makers that have gone.

    Raises:
        OSError: it cannot be made.
    """
    place = home / "watching"
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    for old in place.iterdir():
        if _is_left_over(old, time.time()):
            shutil.rmtree(old, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=place))


def first_half(home: Path, run_id: str) -> Path:
    """Return the folder for what the first process of a run saw, which goes on in another one."""
    return home / "watching" / f"half-{run_id}"


def leave(folder: Path, things: Iterable[Thing]) -> None:
    """Leave things for a process that takes them later.

    Raises:
        OSError: the folder cannot be made.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    telling = Telling(folder)
    for thing in things:
        telling.tell(thing)
    telling.rest()


def variables(folder: Path, libraries: Collection[str] | None = None) -> dict[str, str]:
    """Return the environment variables for processes that are to leave what they see.

    Args:
        folder: as `make` made it.
        libraries: names of those that are watched; None: all that are known.
    """
    names = KNOWN if libraries is None else libraries
    pairs = (f"{name}={'' if name in FOLLOWING else KNOWN[name]}" for name in names)
    return {python_start.FOLDER: str(folder), python_start.LIBRARIES: ",".join(pairs)}


def take(folder: Path) -> Left:
    """Read what processes left, and remove the folder; those that still run leave nothing any more."""
    with suppress(OSError):
        folder.rmdir()  # most tasks start no Python: a folder that can be removed is empty
    if not folder.is_dir():
        return Left()
    recorder = Recorder()
    for file in _by_time(folder, SUFFIX):
        for thing in _things(file):
            recorder.keep(thing)
    errors = {int(file.stem): _text(file) for file in _by_time(folder, ".error")}
    problems = [_text(file) for file in _by_time(folder, ".problem")]
    shutil.rmtree(folder, ignore_errors=True)
    return Left(things=recorder.things(), errors=errors, problems=sorted(set(problems)))


def _things(file: Path) -> Iterable[Thing]:
    with file.open("rb") as lines:
        yield from (_decoder.decode(line) for line in lines if line.endswith(b"\n"))  # one without an end was being written at a kill


def _by_time(folder: Path, suffix: str) -> list[Path]:
    return sorted(folder.glob(f"*{suffix}"), key=lambda file: file.stat().st_mtime_ns)


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8", errors="replace")


def _is_left_over(folder: Path, now: float) -> bool:
    maker = folder.name.partition("-")[0]
    try:
        return now - folder.stat().st_mtime > KEPT and not (maker.isdigit() and _lives(int(maker)))
    except OSError:  # somebody else has just removed it
        return False


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
