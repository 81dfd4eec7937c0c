"""The recorder of this process: watching begins, something is seen, watching ends."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from clew.watching.recorder import Recorder
from clew.watching.warning import cannot_see

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from typing import TypeAlias

    from clew.watching.recorder import Look
    from clew.watching.seen import Database, Seen, Statement, Thing

    Tell: TypeAlias = Callable[..., None]

_NONE: Mapping[str, Any] = {}
_recorder: Recorder | None = None
_of: str | None = None


def begin(libraries: Collection[str] | None = None, recorder: Recorder | None = None, of: str | None = None) -> Recorder:
    """Begin to watch what this process reads and writes.

    Args:
        libraries: names of those to watch; None: all that are known.
        recorder: that keeps what is seen; None: a new one.
        of: id of the run that is watched; to begin with the same again changes nothing.
    """
    from clew.watching import libraries as known

    global _recorder, _of  # the calls that are watched are global too
    if _recorder is None or of is None or of != _of:
        known.watch(libraries)
        _recorder, _of = recorder or Recorder(), of
    return _recorder


def watched() -> str | None:
    """Return the id of the run that is watched now."""
    return _of if _recorder is not None else None


def end() -> list[Thing]:
    """End watching and return what was seen; nothing where nobody watched."""
    global _recorder
    recorder, _recorder = _recorder, None
    return recorder.things() if recorder is not None else []


def recording() -> bool:
    """Tell whether somebody wants to know what is seen."""
    return _recorder is not None


def told(tell: Tell, args: tuple[Any, ...], kwargs: Mapping[str, Any] = _NONE) -> None:
    """Have a function tell what a call did, where somebody wants to know; where it fails, warn once: the call was the user's, and it went well."""
    if _recorder is None:
        return
    try:
        tell(*args, **kwargs)
    except Exception as error:  # noqa: BLE001
        cannot_see(tell, error)


def see(thing: Thing) -> None:
    """Keep a thing that was seen, where somebody wants to know."""
    if _recorder is not None:
        _recorder.keep(thing)


def see_later(look: Look, *values: Any) -> None:
    """Keep what a function makes of values, where somebody wants to know; see `Recorder.keep_later`."""
    if _recorder is not None:
        _recorder.keep_later(look, values)


def has_seen(database: Database, text: str) -> bool:
    """Tell whether a statement is known already, so that nothing more has to be found out about it."""
    return _recorder is not None and _recorder.has_seen(database, text)


def see_unless_known(statement: Statement) -> None:
    """Keep a statement that somebody else tells of, unless the driver that ran it has told it."""
    if _recorder is not None and not _recorder.has_run(statement.text):
        _recorder.keep(statement)


def written(namespace: str, name: str) -> Seen | None:
    """Return what is known of a dataset that was written while watching; None where it was not."""
    return _recorder.written(namespace, name) if _recorder is not None else None


def written_below(namespace: str, name: str) -> list[Seen]:
    """Return what is known of the datasets in a folder that were written while watching."""
    return _recorder.written_below(namespace, name) if _recorder is not None else []


def forget(namespace: str, name: str) -> None:
    """Leave out what was written there while watching: it is removed again."""
    if _recorder is not None:
        _recorder.forget(namespace, name)


def _before_fork() -> None:
    if _recorder is not None:
        _recorder.look()


def _in_child() -> None:
    if _recorder is not None:
        _recorder.begin_in_child()


os.register_at_fork(before=_before_fork, after_in_child=_in_child)
