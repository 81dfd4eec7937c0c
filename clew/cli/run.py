"""`clew run -- COMMAND …`: a program as it is, told with what the Python in it reads and writes."""

from __future__ import annotations

import os
from pathlib import Path
from shutil import which
from uuid import uuid4

import click

from clew import parent, process, redaction, settings
from clew.guard import guard, say_in_lines
from clew.running import events, program
from clew.running.telling import Telling

_NOT_FOUND, _NOT_RUN = 127, 126
"""Exit codes of shells where a program is not there, or is none that can be run."""


@click.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.option("--job", metavar="NAME", help="Name of the job. Default: the script's path in its repository, the module, or the program.")
@click.option("--namespace", metavar="NS", help="Namespace of the job. Default: CLEW_NAMESPACE, else programs.")
@click.argument("words", metavar="COMMAND...", nargs=-1, required=True, type=click.UNPROCESSED)
def command(words: tuple[str, ...], *, job: str | None, namespace: str | None) -> None:
    """Run a program, and tell it as a run with what the Python in it reads and writes.

    Output, terminal, signals and exit code are the program's own. All that it starts is part of it: the Pythons of a shell script,
    the kernel of a notebook. Those are watched that have Clew installed; nothing has to be changed in them. The events go to the
    outbox, and from there to CLEW_URL, else to the `clew up` of this machine.

    \b
    clew run -- python load_orders.py --day 2026-03-04
    clew run --job nightly -- ./nightly.sh
    clew run -- papermill report.ipynb out.ipynb -p month 2026-03

    Within an Airflow task the run appears under its task. What goes wrong with telling is a line on stderr, and the program runs.
    """  # noqa: D301  \b is click's mark for text that keeps its lines
    if which(words[0]) is None:
        click.echo(f"clew run: {words[0]}: there is no such program", err=True)
        raise click.exceptions.Exit(_NOT_FOUND)
    say_in_lines("clew run")
    telling = _telling(words, job, namespace)
    environ = {**os.environ, **(telling.begin() if telling else {})}
    try:
        ended = process.run(words, environ)
    except OSError as error:  # such as a script without a first line that says what runs it
        click.echo(f"clew run: {words[0]}: {error.strerror}", err=True)
        ended = process.Ended(returncode=_NOT_RUN)
    if telling:
        telling.end(ended)
    raise click.exceptions.Exit(process.end_alike(ended.returncode))


def _telling(words: tuple[str, ...], job: str | None, namespace: str | None) -> Telling | None:
    """Return what tells the run; None where Clew is off, or a setting cannot be read."""
    with guard("tell the program"):
        in_force = settings.load()
        if not in_force.enabled:
            return None
        what = program.of(words, Path.cwd())
        run = events.Run(
            run_id=str(uuid4()),
            namespace=namespace or in_force.namespace or events.NAMESPACE,
            name=job or what.name,
            program=what,
            parent=parent.from_environ(os.environ),
            redaction=redaction.of(in_force.redact, os.environ),
        )
        return Telling(run, in_force)
    return None
