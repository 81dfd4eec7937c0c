"""The recorder of this process: watching begins, something is seen, watching ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clew.watching.recorder import Recorder

if TYPE_CHECKING:
    from collections.abc import Collection

    from clew.watching.seen import Thing

_recorder: Recorder | None = None


def begin(libraries: Collection[str] | None = None, recorder: Recorder | None = None) -> Recorder:
    """Begin to watch what this process reads and writes.

    Args:
        libraries: names of those to watch; None: all that are known.
        recorder: that keeps what is seen; None: a new one.
    """
    from clew.watching import libraries as known

    global _recorder  # noqa: PLW0603  the calls that are watched are global too
    known.watch(libraries)
    _recorder = recorder or Recorder()
    return _recorder


def end() -> list[Thing]:
    """End watching and return what was seen; nothing where nobody watched."""
    global _recorder
    recorder, _recorder = _recorder, None
    return recorder.things() if recorder is not None else []


def recording() -> bool:
    """Tell whether somebody wants to know what is seen."""
    return _recorder is not None


def see(thing: Thing) -> None:
    """Keep a thing that was seen, where somebody wants to know."""
    if _recorder is not None:
        _recorder.keep(thing)
