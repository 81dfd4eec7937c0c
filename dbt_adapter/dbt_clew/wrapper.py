"""`dbt-clew COMMAND …`: runs the user's own dbt, then sends what happened."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from clew import __version__
from clew.guard import guard
from dbt_clew import FACTS_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import FrameType

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
    with tempfile.TemporaryDirectory(prefix="dbt-clew-") as folder:
        facts = Path(folder) / "facts.json"
        started = datetime.now(timezone.utc)
        returncode = run([dbt, *words], {**os.environ, FACTS_VARIABLE: str(facts)})
        _tell(words, facts, started, returncode)
    return _ended(returncode)


def executable(environ: Mapping[str, str]) -> str | None:
    """Return the user's dbt: what `DBT_EXECUTABLE` names, else the one beside us, else the one on PATH."""
    named = environ.get("DBT_EXECUTABLE")
    if named:
        return shutil.which(named, path=environ.get("PATH"))
    return shutil.which("dbt", path=str(Path(sys.executable).parent)) or shutil.which("dbt", path=environ.get("PATH"))


def run(command: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run a program with our own input, output and terminal, hand signals on to it, and return how it ended (negative: the signal)."""
    child: subprocess.Popen[bytes] | None = None
    early: list[int] = []

    def forward(number: int, _frame: FrameType | None) -> None:
        if child is None:
            early.append(number)
        elif not (signal.Signals(number).name in _KEYBOARD and _terminal_is_ours()):
            child.send_signal(number)  # else the terminal has given it to dbt as well

    kept = {}
    for name in _FORWARDED:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            kept[number] = signal.signal(number, forward)
    try:
        child = subprocess.Popen(command, env=environ)
        for number in early:
            child.send_signal(number)
        return child.wait()
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


def _tell(words: Sequence[str], facts: Path, started: datetime, returncode: int) -> None:
    """Send what happened; whatever goes wrong is one line on stderr."""
    from dbt_clew import arguments

    asked = arguments.read(words, os.environ)
    log = logging.getLogger("clew")
    log.addHandler(_OneLine(quiet=asked.quiet))
    log.propagate = False
    with guard("send what dbt did"):
        from dbt_clew import telling

        telling.tell(asked, telling.Seen(facts=facts, started=started, ended=datetime.now(timezone.utc), returncode=returncode), os.environ)


class _OneLine(logging.Handler):
    """Writes one line to stderr for each thing that went wrong."""

    def __init__(self, *, quiet: bool) -> None:
        super().__init__(logging.ERROR if quiet else logging.WARNING)

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record."""
        problem = f" ({record.exc_info[1]!r})" if record.exc_info else ""
        sys.stderr.write(f"dbt-clew: {record.getMessage()}{problem}\n")


def _ended(returncode: int) -> int:
    """Return dbt's exit code; where a signal ended dbt, end by the same one."""
    if returncode < 0:
        signal.signal(-returncode, signal.SIG_DFL)
        os.kill(os.getpid(), -returncode)
    return returncode


if __name__ == "__main__":
    sys.exit(main())
