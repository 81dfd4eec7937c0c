"""`dbt-clew COMMAND …`: runs the user's own dbt, then sends what happened."""

from __future__ import annotations

import logging
import os
import shutil
import sys
import tempfile
import threading
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from clew import __version__, process, python_start
from clew.errors import BadSetting, NoDbt
from clew.guard import guard, say_in_lines
from dbt_clew import FACTS_VARIABLE
from dbt_clew.command import arguments, executable

if TYPE_CHECKING:
    from clew.process import Ended
    from dbt_clew.command.arguments import Arguments
    from dbt_clew.context import Ending
    from dbt_clew.fusion.following import Following

HELP = """\
dbt-clew runs your dbt with every argument as it is and sends what ran to Marquez.

  dbt-clew build            instead of `dbt build`, any command and option
  --dbt-executable DBT      the dbt to run, a path or a command such as 'uv run dbt'; dbt does not see this option.
                            Without it: DBT_EXECUTABLE, else the dbt beside dbt-clew, else the one on PATH
  --no-column-lineage       do not tell where columns come from; dbt does not see this option
  --redact RULE             what must not leave: vars, vars.NAME (with *), sql-literals, messages, source-code; dbt does not see
                            this option. Can be repeated; adds to CLEW_DBT_REDACT
  CLEW_URL=…                the Marquez backend; without it, the `clew up` of this machine
  CLEW_ENABLED=false        run dbt alone and send nothing

What follows is dbt's own.
"""

_NOT_FOUND = 127
_USAGE = 2


def main() -> int:
    """Run dbt, send what happened, and end as dbt ended."""
    python_start.leave()
    is_within_another = bool(os.environ.get(FACTS_VARIABLE))  # which tells it all
    try:
        named, words = executable.take_option(sys.argv[1:])
        words = _take_options(words)
        if not is_within_another:
            _introduce(words)
        dbt = executable.find(named or os.environ.get(executable.VARIABLE), os.environ)
    except NoDbt as error:
        sys.stderr.write(f"dbt-clew: {error}\n")
        return _NOT_FOUND
    except BadSetting as error:
        sys.stderr.write(f"dbt-clew: {error}\n")
        return _USAGE
    if is_within_another:
        os.execv(dbt[0], [*dbt, *words])  # noqa: S606  there is no shell in it, which is right
    asked = arguments.read(words, os.environ)
    say_in_lines("dbt-clew", least=logging.ERROR if asked.quiet else logging.WARNING)
    with tempfile.TemporaryDirectory(prefix="dbt-clew-") as folder:
        facts, telemetry = Path(folder) / "facts.json", Path(folder) / "telemetry.jsonl"
        ours = {FACTS_VARIABLE: str(facts), **({} if asked.otel_file_name else {"DBT_OTEL_FILE_NAME": str(telemetry)})}
        watching = _Watching(asked, telemetry)
        if asked.otel_file_name:
            watching.begin()  # before dbt appends to what stands in the user's file
        started = datetime.now(timezone.utc)

        def orphaned() -> None:
            """Tell everything in our place, what we had told before we were killed once more: it has the same ids."""
            over = threading.Event()
            over.set()
            watching.watch(over)
            _tell(asked, facts, started, None, watching.following)
            shutil.rmtree(folder)

        ended = process.run([*dbt, *words], {**os.environ, **ours}, meanwhile=watching.watch, orphaned=orphaned)
        _tell(asked, facts, started, ended, watching.following)
    return process.end_alike(ended.returncode)


def _introduce(words: list[str]) -> None:
    """Say what we are where dbt is about to say what it is; also where there is no dbt."""
    if not words or words[0] in {"-h", "--help"}:
        sys.stdout.write(HELP + "\n")
    elif words[0] == "--version":
        sys.stdout.write(f"dbt-clew {__version__}\n\n")
    sys.stdout.flush()


def _take_options(words: list[str]) -> list[str]:
    """Set what our other options say as variables, since the teller reads it as well, and return what is left for dbt.

    Raises:
        BadSetting: a rule of what must not leave is none; better no dbt than one that tells too much.
    """
    rules, words = arguments.take(arguments.REDACT, words)
    if rules:
        from clew import settings

        try:
            known = [rule for text in rules for rule in settings.redactions(text)]
        except ValueError as error:
            raise BadSetting(f"{arguments.REDACT}: {error}") from None
        if "" in rules:
            raise BadSetting(
                f"{arguments.REDACT} needs a rule: vars, vars.NAME (with * for anything), sql-literals, messages or source-code"
            )
        os.environ["CLEW_DBT_REDACT"] = ",".join([*settings.load().dbt_redact, *known])
    if arguments.NO_COLUMN_LINEAGE in words:
        words.remove(arguments.NO_COLUMN_LINEAGE)
        os.environ["CLEW_COLUMN_LINEAGE"] = "false"
    return words


class _Watching:
    """What we do while dbt runs: load what is needed when it has ended, which is most of our time, and follow its telemetry."""

    def __init__(self, asked: Arguments, telemetry: Path) -> None:
        self._asked = asked
        self._telemetry = telemetry
        self.following: Following | None = None

    def begin(self) -> None:
        """Begin to follow the telemetry."""
        with guard("follow dbt"):
            from dbt_clew import telling

            self.following = telling.follow(self._asked, self._telemetry, os.environ)

    def watch(self, over: threading.Event) -> None:
        """Watch until dbt has ended."""
        if self.following is None:
            self.begin()
        with guard("tell what dbt does"):
            from clew import outbox  # noqa: F401

            if self.following is not None:
                self.following.until(over)


def _tell(asked: Arguments, facts: Path, started: datetime, ended: Ended | None, following: Following | None) -> None:
    """Send what happened; whatever goes wrong is one line on stderr. Nobody knows how dbt ended where we were killed."""
    with guard("send what dbt did"):
        from dbt_clew import telling

        seen = telling.Seen(facts=facts, started=started, ended=datetime.now(timezone.utc), ending=_ending(ended), following=following)
        telling.tell(asked, seen, os.environ)


def _ending(ended: Ended | None) -> Ending:
    """Tell how dbt ended."""
    from dbt_clew.context import Ending

    return Ending(exit_code=ended.exit_code, signal=ended.signal) if ended else Ending(message="dbt-clew was killed")


if __name__ == "__main__":
    sys.exit(main())
