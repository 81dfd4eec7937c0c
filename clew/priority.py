"""How much of the processor our processes in the background take from those that they serve.

Not for a relay: it holds the outbox's lock for moments at a time, and who appends then waits for one that everybody else goes before. On
two saturated cores the slowest hundredth of appends took 90 ms with a relay of niceness 10, 20 ms with one of 0.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

NICENESS = 10
"""Where the processor is short, one that is not nice gets nine times as much. Source: the kernel's weights, `man 7 sched`."""
_SESSION = Path("/proc/self/autogroup")
"""Linux shares the processor between sessions first, so that the niceness of a process counts only within its own. Source: `man 7 sched`."""


def give_way() -> None:
    """Let everybody else go first; where this process leads a session of its own, all of that is made nice."""
    with suppress(OSError):  # a place without priorities, or a kernel that shares otherwise
        os.setpriority(os.PRIO_PROCESS, 0, max(NICENESS, os.getpriority(os.PRIO_PROCESS, 0)))
        if os.getsid(0) == os.getpid():  # else it is the session of somebody's terminal
            _SESSION.write_text(str(NICENESS), encoding="ascii")
