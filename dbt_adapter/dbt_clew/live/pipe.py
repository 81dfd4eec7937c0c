"""The way from dbt's process to the teller: a process of its own, and the pipe that leads there.

Nothing here waits for the teller while dbt works. What the pipe cannot take at once waits in memory until the next record; a
teller that is gone, or so far behind that memory would be at stake, is given up in silence.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from clew.process import python
from dbt_clew.live import records

if TYPE_CHECKING:
    from collections.abc import Mapping

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

ROOM = 1024**2
"""Bytes that the pipe itself holds, where the system grants it."""
BACKLOG = 64 * 1024**2
"""Bytes that may wait in dbt's memory."""

_PAUSE = 0.005
"""Seconds between two attempts to hand over what waits."""

_left_behind: list[subprocess.Popen[bytes]] = []
"""Tellers that were still at work when dbt had waited long enough; each is reaped when the next one starts."""


class Pipe:
    """Starts a teller, and takes records for it from any thread."""

    def __init__(self, environ: Mapping[str, str], facts: int | None = None) -> None:
        _reap()
        self._process_id = os.getpid()
        self._lock = threading.Lock()
        self._waiting = bytearray()
        reading, self._writing = os.pipe()
        try:
            self._teller = _start(reading, environ, facts)
        except BaseException:
            self._give_up()
            raise
        finally:
            os.close(reading)
        os.set_blocking(self._writing, False)
        if hasattr(fcntl, "F_SETPIPE_SZ"):
            with suppress(OSError):  # more than this user may have
                fcntl.fcntl(self._writing, fcntl.F_SETPIPE_SZ, ROOM)

    def send(self, record: records.AnyRecord) -> None:
        """Hand a record to the teller; never waits."""
        if os.getpid() != self._process_id:  # a fork of dbt's process has nothing to tell, and its lock may never be let go
            return
        line = records.encode(record) + b"\n"
        with self._lock:
            self._waiting += line
            self._write()

    def finish(self, seconds: float) -> int | None:
        """Hand over what waits and wait for the teller to end; return its exit code, None where it has none in time.

        Args:
            seconds: how long to wait in all.
        """
        deadline = time.monotonic() + seconds
        while self._waiting and time.monotonic() < deadline:
            with self._lock:
                self._write()
            time.sleep(_PAUSE)
        self.close()
        try:
            return self._teller.wait(max(_PAUSE, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            return None

    def close(self) -> None:
        """Let go of the teller, which then sees that nothing more will come."""
        with self._lock:
            self._give_up()
        if self._teller not in _left_behind:
            _left_behind.append(self._teller)

    def __del__(self) -> None:
        """Close the pipe of an invocation whose end dbt never told."""
        if self._writing >= 0 and os.getpid() == self._process_id:
            self.close()

    def _write(self) -> None:
        """Write what the pipe can take; give up a teller that is gone or hopelessly behind."""
        try:
            while self._waiting and self._writing >= 0:
                del self._waiting[: os.write(self._writing, self._waiting[:ROOM])]
        except BlockingIOError:
            if len(self._waiting) > BACKLOG:
                self._give_up()
        except OSError:  # the teller is gone
            self._give_up()
        if self._writing < 0:
            self._waiting.clear()

    def _give_up(self) -> None:
        if self._writing >= 0:
            os.close(self._writing)
        self._writing = -1
        self._waiting.clear()


def _start(reading: int, environ: Mapping[str, str], facts: int | None) -> subprocess.Popen[bytes]:
    """Start a teller in a session of its own, where no signal of dbt's terminal and no kill of dbt's group reaches it."""
    path = os.pathsep.join(str(Path(entry).absolute()) for entry in sys.path)
    return subprocess.Popen(
        [python(), "-m", "dbt_clew.live.teller", str(Path.cwd()), *([] if facts is None else [str(facts)])],
        env={**environ, "PYTHONPATH": path},
        stdin=reading,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",  # and not the project: `-m` would look for modules there
        start_new_session=True,
        pass_fds=() if facts is None else (facts,),
    )


def _reap() -> None:
    _left_behind[:] = [teller for teller in _left_behind if teller.poll() is None]
