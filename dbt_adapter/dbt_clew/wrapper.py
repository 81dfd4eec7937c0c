"""`dbt-clew COMMAND …`: runs the user's own dbt, then sends what happened."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from clew import __version__
from clew.guard import guard
from dbt_clew import FACTS_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import FrameType

    from dbt_clew.context import Ending

HELP = """\
dbt-clew runs your dbt with every argument as it is and sends what ran to Marquez.

  dbt-clew build            instead of `dbt build`, any command and option
  CLEW_URL=…                the Marquez backend; without it, the `clew up` of this machine
  DBT_EXECUTABLE=…          the dbt to run; without it, the one beside dbt-clew, else on PATH

What follows is dbt's own.
"""

_FORWARDED = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2")
_KEYBOARD = ("SIGINT", "SIGQUIT")
_NOT_FOUND = 127


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a program ended."""

    returncode: int
    """Its exit code; negative: the signal that ended it."""
    heard: tuple[int, ...] = ()
    """Signals that came while it ran."""


def main() -> int:
    """Run dbt, send what happened, and end as dbt ended."""
    words = sys.argv[1:]
    if not words or words[0] in {"-h", "--help"}:
        sys.stdout.write(HELP + "\n")
    elif words[0] == "--version":
        sys.stdout.write(f"dbt-clew {__version__}\n\n")
    sys.stdout.flush()
    dbt = executable(os.environ)
    if dbt is None:
        sys.stderr.write("dbt-clew: there is no dbt, neither beside dbt-clew nor on PATH. Install it, or name it in DBT_EXECUTABLE.\n")
        return _NOT_FOUND
    _say_in_one_line(quiet=False)
    with tempfile.TemporaryDirectory(prefix="dbt-clew-") as folder:
        facts = Path(folder) / "facts.json"
        started = datetime.now(timezone.utc)
        ended = run([dbt, *words], {**os.environ, FACTS_VARIABLE: str(facts)}, meanwhile=_load)
        _tell(words, facts, started, ended)
    return _end_alike(ended.returncode)


def executable(environ: Mapping[str, str]) -> str | None:
    """Return the user's dbt: what `DBT_EXECUTABLE` names, else the one beside us, else the one on PATH."""
    named = environ.get("DBT_EXECUTABLE")
    if named:
        return shutil.which(named, path=environ.get("PATH"))
    return shutil.which("dbt", path=str(Path(sys.executable).parent)) or shutil.which("dbt", path=environ.get("PATH"))


def run(command: Sequence[str], environ: Mapping[str, str], meanwhile: Callable[[], None] = lambda: None) -> Ended:
    """Run a program with our own input, output and terminal, and hand signals on to it; `meanwhile` is called while it runs."""
    child: subprocess.Popen[bytes] | None = None
    heard: list[int] = []

    def forward(number: int, _frame: FrameType | None) -> None:
        heard.append(number)
        if child is not None and not (signal.Signals(number).name in _KEYBOARD and _terminal_is_ours()):
            child.send_signal(number)  # else the terminal has given it to dbt as well

    signals = [getattr(signal, name) for name in _FORWARDED if hasattr(signal, name)]
    # What our parent ignores (nohup), dbt ignores as well.
    kept = {number: signal.signal(number, forward) for number in signals if signal.getsignal(number) is not signal.SIG_IGN}
    try:
        child = subprocess.Popen(command, env=environ)
        for number in tuple(heard):  # came before there was a child
            child.send_signal(number)
        meanwhile()
        return Ended(returncode=child.wait(), heard=tuple(heard))
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)


def _terminal_is_ours() -> bool:
    """Tell whether what is typed on the terminal goes to our process group, and so to dbt as well."""
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


def _load() -> None:
    """Import what is needed when dbt has ended while dbt still runs: that is most of the time that we take."""
    with guard("load itself"):
        from clew import outbox  # noqa: F401
        from dbt_clew import telling  # noqa: F401


def _tell(words: Sequence[str], facts: Path, started: datetime, ended: Ended) -> None:
    """Send what happened; whatever goes wrong is one line on stderr."""
    from dbt_clew import arguments

    asked = arguments.read(words, os.environ)
    _say_in_one_line(quiet=asked.quiet)
    with guard("send what dbt did"):
        from dbt_clew import telling

        seen = telling.Seen(facts=facts, started=started, ended=datetime.now(timezone.utc), ending=_ending(ended))
        telling.tell(asked, seen, os.environ)


def _ending(ended: Ended) -> Ending:
    """Tell how dbt ended; one that was interrupted and then failed was ended by the interruption."""
    from dbt_clew.context import Ending

    code = ended.returncode
    by = -code if code < 0 else ended.heard[0] if ended.heard and code else None
    return Ending(exit_code=128 - code if code < 0 else code, signal=signal.Signals(by).name if by else None)


def _say_in_one_line(*, quiet: bool) -> None:
    log = logging.getLogger("clew")
    log.handlers = [_OneLine(quiet=quiet)]
    log.propagate = False


class _OneLine(logging.Handler):
    """Writes one line to stderr for each thing that went wrong."""

    def __init__(self, *, quiet: bool) -> None:
        super().__init__(logging.ERROR if quiet else logging.WARNING)

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record."""
        problem = f" ({record.exc_info[1]!r})" if record.exc_info else ""
        sys.stderr.write(f"dbt-clew: {record.getMessage()}{problem}\n")


def _end_alike(returncode: int) -> int:
    """Return dbt's exit code; where a signal ended dbt, end by the same one."""
    if returncode < 0:
        with suppress(OSError):  # SIGKILL has no other handler than its own
            signal.signal(-returncode, signal.SIG_DFL)
        os.kill(os.getpid(), -returncode)
    return returncode


if __name__ == "__main__":
    sys.exit(main())
