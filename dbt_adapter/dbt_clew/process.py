"""Running another program in our place: its input, output and terminal are ours, signals reach it once, and nothing of it outlives us."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from types import FrameType

_FORWARDED = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2")
_KEYBOARD = ("SIGINT", "SIGQUIT")
_GRACE = 10.0
"""Seconds that a program has after SIGTERM before SIGKILL, where the one who sent SIGTERM is not there any more to do it."""


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a program ended."""

    returncode: int
    """Its exit code; negative: the signal that ended it."""
    heard: tuple[int, ...] = ()
    """Signals that came while it ran."""


def run(command: Sequence[str], environ: Mapping[str, str], meanwhile: Callable[[], None] = lambda: None) -> Ended:
    """Run a program, hand signals on to it, and return how it ended.

    On a terminal the program is in our process group, as shells expect: what is typed reaches both, ctrl-Z and `fg` included. Without
    one it has a group of its own, so that a signal for our whole group reaches it once, through us.

    Args:
        command: the program and its arguments.
        environ: its environment.
        meanwhile: called while it runs.
    """
    apart = not _has_terminal()
    child: subprocess.Popen[bytes] | None = None
    heard: list[int] = []

    def forward(number: int, _frame: FrameType | None) -> None:
        heard.append(number)
        if child is not None and not (signal.Signals(number).name in _KEYBOARD and not apart and _is_in_foreground()):
            child.send_signal(number)  # else the terminal has given it to the program as well

    def stop(number: int, _frame: FrameType | None) -> None:
        if child is not None:
            child.send_signal(number)
        os.kill(os.getpid(), signal.SIGSTOP)

    def go_on(number: int, _frame: FrameType | None) -> None:
        if child is not None:
            child.send_signal(number)

    handlers = dict.fromkeys(_FORWARDED, forward) | ({"SIGTSTP": stop, "SIGCONT": go_on} if apart else {})
    numbers = {getattr(signal, name): handler for name, handler in handlers.items() if hasattr(signal, name)}
    # What our parent ignores (nohup), the program ignores as well.
    kept = {number: signal.signal(number, handler) for number, handler in numbers.items() if signal.getsignal(number) is not signal.SIG_IGN}
    try:
        child = subprocess.Popen(command, env=environ, preexec_fn=os.setpgrp if apart else None)  # noqa: PLW1509  no thread is there yet
        for number in tuple(heard):  # came before there was a child
            child.send_signal(number)
        with _Guard(child.pid, group=apart):
            meanwhile()
            returncode = child.wait()
            if heard and apart:
                _end_what_is_left(child.pid)
        return Ended(returncode=returncode, heard=tuple(heard))
    finally:
        for number, before in kept.items():
            signal.signal(number, before)


def end_alike(returncode: int) -> int:
    """Return a program's exit code; where a signal ended it, end by the same one, without a core of our own."""
    if returncode < 0:
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
        with suppress(OSError):  # SIGKILL has no other handler than its own
            signal.signal(-returncode, signal.SIG_DFL)
        os.kill(os.getpid(), -returncode)
    return returncode


class _Guard:
    """A process that ends the program should we be killed with SIGKILL, which nobody can hand on.

    It waits for the end of a pipe that only we hold open: a byte before the end says that all is well. It has a session of its own, or
    the SIGKILL of a process group would hit it too, and none of our files, or it would hold open what others wait to be closed.
    """

    def __init__(self, pid: int, *, group: bool) -> None:
        self._pid, self._group = pid, group

    def __enter__(self) -> None:
        reading, self._writing = os.pipe()
        self._guard = os.fork()
        if self._guard == 0:
            try:
                _watch(reading, self._pid, os.killpg if self._group else os.kill)
            finally:
                os._exit(0)  # no handler, no buffer, no cleanup of the process that we are a copy of
        os.close(reading)

    def __exit__(self, *_: object) -> None:
        os.write(self._writing, b".")
        os.close(self._writing)
        os.waitpid(self._guard, 0)


def _watch(pipe: int, pid: int, kill: Callable[[int, int], None]) -> None:
    os.setsid()
    for number in (*_FORWARDED, "SIGTSTP", "SIGCONT"):
        signal.signal(getattr(signal, number), signal.SIG_IGN)
    os.dup2(pipe, 0)
    os.closerange(1, 1 << 16)
    if os.read(0, 1):
        return
    _end(lambda number: kill(pid, number))


def _end_what_is_left(group: int) -> None:
    """End what a signal has left of a program: a shell script that starts dbt dies of it and leaves dbt behind."""
    _end(lambda number: os.killpg(group, number))


def _end(send: Callable[[int], None]) -> None:
    with suppress(ProcessLookupError, PermissionError):  # it is gone, which is the aim
        send(signal.SIGTERM)
        for _ in _until(time.monotonic() + _GRACE):
            send(0)
        send(signal.SIGKILL)


def _until(deadline: float) -> Iterator[None]:
    while time.monotonic() < deadline:
        yield
        time.sleep(0.02)


def _has_terminal() -> bool:
    try:
        os.close(os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY))
    except OSError:
        return False
    return True


def _is_in_foreground() -> bool:
    """Tell whether what is typed on the terminal goes to our process group."""
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)
