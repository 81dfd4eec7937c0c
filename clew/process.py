"""Running another program in our place: its input, output and terminal are ours, signals reach it once, and nothing of it outlives us."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from types import FrameType

_FORWARDED = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2")
_KEYBOARD = ("SIGINT", "SIGQUIT")
_JOB_CONTROL = ("SIGTSTP", "SIGCONT")
_GRACE = 10.0
"""Seconds that a program has after SIGTERM before SIGKILL, where the one who sent SIGTERM is not there any more to do it."""


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a program ended."""

    returncode: int
    """Its exit code; negative: the signal that ended it."""
    pid: int = 0
    heard: tuple[int, ...] = ()
    """Signals that came while it ran."""

    @property
    def exit_code(self) -> int:
        """What a shell would give as its exit code."""
        return 128 - self.returncode if self.returncode < 0 else self.returncode

    @property
    def signal(self) -> str | None:
        """The signal that ended it; one that was interrupted and then failed was ended by the interruption."""
        code = self.returncode
        return signal_name(-code if code < 0 else self.heard[0] if self.heard and code else 0)


def signal_name(number: int) -> str | None:
    """Return what a signal is called; None where the number is no signal's."""
    return signal.Signals(number).name if number in set(signal.Signals) else None


def python() -> str:
    """Return the Python that runs us, also where `sys.executable` is a server that embeds it."""
    if Path(sys.executable or "").name.lower().startswith("python"):
        return sys.executable
    return str(Path(sys.prefix) / "bin" / "python3")


def run(
    command: Sequence[str],
    environ: Mapping[str, str],
    meanwhile: Callable[[threading.Event], None] = lambda _: None,
    orphaned: Callable[[], None] = lambda: None,
) -> Ended:
    """Run a program, hand signals on to it, and return how it ended.

    On a terminal the program is in our process group, as shells expect: what is typed reaches both, ctrl-Z and `fg` included. Without
    one it has a group of its own, so that a signal for our whole group reaches it once, through us.

    Args:
        command: the program and its arguments.
        environ: its environment.
        meanwhile: called in a thread while it runs, and waited for; the event says that the program has ended.
        orphaned: called should we be killed with SIGKILL, when the program has been ended: in another process, which has neither our files
            nor anything that we did since the program started.
    """
    apart = not _has_terminal()
    child: subprocess.Popen[bytes] | None = None
    early: list[int] = []
    heard: list[int] = []

    def hear(number: int, _frame: FrameType | None) -> None:
        if child is None:
            early.append(number)
        else:
            hand_on(number, child)

    def hand_on(number: int, child: subprocess.Popen[bytes]) -> None:
        name = signal.Signals(number).name
        if name in _FORWARDED:
            heard.append(number)
        if name not in _KEYBOARD or apart or not _is_in_foreground():
            child.send_signal(number)  # else the terminal has given it to the program as well
        if name == "SIGTSTP":
            os.kill(os.getpid(), signal.SIGSTOP)

    names = (*_FORWARDED, *(_JOB_CONTROL if apart else ()))
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    # What our parent ignores (nohup), the program ignores as well.
    kept = {number: signal.signal(number, hear) for number in numbers if signal.getsignal(number) is not signal.SIG_IGN}
    kept[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda *_: None)  # it is to wake us
    waker = _Waker()
    try:
        child = subprocess.Popen(command, env=environ, preexec_fn=os.setpgrp if apart else None)  # noqa: PLW1509  no thread is there yet
        for number in early:
            hand_on(number, child)
        over = threading.Event()
        with _Guard(child.pid, orphaned, group=apart), _alongside(meanwhile, over):
            returncode = waker.wait_for(child)
            over.set()
            if heard and apart:
                _end_what_is_left(child.pid)
        return Ended(returncode=returncode, pid=child.pid, heard=tuple(heard))
    finally:
        waker.close()
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


@contextmanager
def _alongside(work: Callable[[threading.Event], None], over: threading.Event) -> Iterator[None]:
    thread = threading.Thread(target=work, args=(over,))
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


class _Waker:
    """Waits for a program's end, of which SIGCHLD tells, and lets handlers of signals be called meanwhile.

    Python's own wait misses a signal that comes just before it: nothing interrupts a call that has not begun, and the handler would be
    called when the program has ended. Here signals that have come lie in a pipe.
    """

    def __init__(self) -> None:
        self._reading, writing = self._pipe = os.pipe()
        os.set_blocking(writing, False)
        self._before = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)

    def wait_for(self, child: subprocess.Popen[bytes]) -> int:
        while (returncode := child.poll()) is None:
            select.select([self._reading], [], [])
            os.read(self._reading, 4096)
        return returncode

    def close(self) -> None:
        signal.set_wakeup_fd(self._before)
        for end in self._pipe:
            os.close(end)


class _Guard:
    """A process that ends the program should we be killed with SIGKILL, which nobody can hand on, and does what is left to do.

    It waits for the end of a pipe that only we hold open: a byte before the end says that all is well. It has a session of its own, or
    the SIGKILL of a process group would hit it too, and none of our files, or it would hold open what others wait to be closed.
    """

    def __init__(self, pid: int, orphaned: Callable[[], None], *, group: bool) -> None:
        self._pid, self._orphaned, self._group = pid, orphaned, group

    def __enter__(self) -> None:
        reading, self._writing = os.pipe()
        self._guard = os.fork()
        if self._guard == 0:
            try:
                if _is_all_well(reading):
                    return
                kill = os.killpg if self._group else os.kill
                _end(lambda number: kill(self._pid, number))
                self._orphaned()
            finally:
                os._exit(0)  # no handler, no buffer, no cleanup of the process that we are a copy of
        os.close(reading)

    def __exit__(self, *_: object) -> None:
        os.write(self._writing, b".")
        os.close(self._writing)
        os.waitpid(self._guard, 0)


def _is_all_well(pipe: int) -> bool:
    """Wait until the process that holds the other end of a pipe says that all is well, or has been killed."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    numbers = [getattr(signal, name) for name in (*_FORWARDED, *_JOB_CONTROL)]
    for number in numbers:
        signal.signal(number, signal.SIG_IGN)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(pipe, 0)
    os.dup2(nothing, 1)
    os.dup2(nothing, 2)
    os.closerange(3, 1 << 16)
    is_well = bool(os.read(0, 1))
    for number in numbers:
        signal.signal(number, signal.SIG_DFL)  # what is started from here is to hear them
    return is_well


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
