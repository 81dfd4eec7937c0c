"""Watching in a process that something watched has started: what it sees goes into a file as it is seen, so that no kill loses it."""

from __future__ import annotations

import atexit
import os
import time
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from clew import python_start
from clew.sql.values import without_values
from clew.watching import process
from clew.watching.recorder import Recorder, made
from clew.watching.seen import Seen, Statement

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clew.watching.seen import Thing

SUFFIX = ".seen"
AT_ONCE = 1_000
"""Things of a process that are written when they are seen; a loop that sends a million statements is summed up first."""
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 60.0
"""Seconds between two times at which what is new of a known thing is written; they double, since a loop may run for hours."""

OTHERS = "of the process that started this one"
"""What is watched here, where others have an id of a run."""


def begin(environ: Mapping[str, str]) -> None:
    """Watch this process and those that it forks, for the one that the environment names."""
    libraries = [pair.partition("=")[0] for pair in environ[python_start.LIBRARIES].split(",")]
    process.begin(libraries, Recorder(tell=told_into(Path(environ[python_start.FOLDER])).tell), of=OTHERS)


def end() -> None:
    """Watch this process no more, where it was watched for another; what it saw until now stays told."""
    if process.watched() == OTHERS:
        process.end()


def told_into(folder: Path) -> Telling:
    """Return what tells the folder of things, here and in processes that are forked from this one; see `Telling`."""
    telling = Telling(folder)
    os.register_at_fork(after_in_child=telling.begin_anew)
    atexit.register(telling.rest)
    return telling


class Telling:
    """Writes a thing at once when it is seen for the first time, and what else is seen of it now and then."""

    def __init__(self, folder: Path) -> None:
        """Write below a folder, as `handover.make` made it."""
        self._folder = folder
        self._known: set[tuple[object, ...]] = set()
        self.begin_anew()

    def begin_anew(self) -> None:
        """Write to a file of this process' own: what another has not written yet is its own to write."""
        self._lock = RLock()
        self._file: int | None = None
        self._later: Recorder | None = None
        self._pause, self._wrote_at = FIRST_PAUSE, time.monotonic()

    def tell(self, thing: Thing) -> None:
        """Tell a thing that was seen."""
        if isinstance(thing, Statement):
            thing = replace(thing, text=without_values(thing.text, thing.database.adapter))  # what lies on a disk may be read by others
        with self._lock:
            if len(self._known) < AT_ONCE and (key := _key(thing)) not in self._known:
                self._known.add(key)
                self._write([thing])
                return
            self._later = self._later or Recorder()
            self._later.keep(thing)
            if time.monotonic() - self._wrote_at > self._pause:
                self._pause = min(self._pause * 2, LONGEST_PAUSE)
                self._write_later()

    def rest(self) -> None:
        """Write what was not written yet."""
        with self._lock:
            self._write_later()

    def _write_later(self) -> None:
        if self._later is not None:
            self._write(self._later.things())
            self._later, self._wrote_at = None, time.monotonic()

    def _write(self, things: list[Thing]) -> None:
        try:
            if self._file is None:
                self._file = self._opened()
            for thing in things:
                os.write(self._file, msgspec.json.encode(made(thing) if isinstance(thing, Seen) else thing, enc_hook=str) + b"\n")
        except OSError:  # who wanted to know has gone, or the disk is full: neither is the program's affair
            self._file = None

    def _opened(self) -> int:
        name = f"{os.getpid()}-{time.monotonic_ns()}{SUFFIX}"
        return os.open(self._folder / name, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)


def _key(thing: Thing) -> tuple[object, ...]:
    return (thing.direction, thing.namespace, thing.name) if isinstance(thing, Seen) else (thing.database, thing.text)
