"""The command `clew`. One file per command; each is imported only when it is asked for."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import click

from clew import __version__, python_start
from clew.errors import ClewError

COMMANDS = {
    "up": "Start the embedded Marquez-compatible backend and its pages.",
    "store": "Check the backend's store, derive it anew, let go what is old.",
    "export": "Write the events of a backend to a file.",
    "replay": "Send everything that a backend has to another one.",
    "send": "Send the events of a dbt run that is already over.",
    "sync": "Send the past of an Airflow, and the ends that nobody saw.",
    "verify": "Compare an Airflow's runs with those of the backend.",
    "run": "Run a program and tell what the Python in it reads and writes.",
    "outbox": "Show what waits for delivery and what was refused.",
    "relay": "Deliver what waits in the outbox, in the foreground.",
    "doctor": "Tell what is installed, configured, reachable and waiting.",
    "demo": "Run a small shop through Airflow and dbt and show its lineage.",
}
"""Name and one line of help of every command, in the order in which people meet them."""


class LazyGroup(click.Group):
    """Imports `clew.cli.<name>` when a command is used; `--help` of the group imports none of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the commands in the order of COMMANDS."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import a command."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"clew.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the list of commands."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="clew")
def cli() -> None:
    """Lineage of Airflow and dbt in Marquez, with no change to DAGs or models.

    \b
    Look:     clew up                      a backend with a web UI on http://127.0.0.1:5000
    dbt:      dbt-clew build               instead of `dbt build`, any command and option
              clew send target/            a dbt run that is already over
    Airflow:  pip install clew[airflow]    and CLEW_URL=http://127.0.0.1:5000 in its environment
              clew sync airflow            its runs from before that
    Others:   clew run -- python load.py   a run, with what its Python reads and writes
    """  # noqa: D301  \b is click's mark for text that keeps its lines


def main(args: list[str] | None = None) -> Any:
    """Run the command line; errors of ours end it with their message and status 1."""
    python_start.leave()  # what Clew itself reads and writes is nobody's data
    try:
        return cli.main(args=args, prog_name="clew", standalone_mode=False)
    except click.Abort:
        click.echo("Stopped.", err=True)
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except ClewError as error:
        click.secho("Error: ", fg="red", bold=True, nl=False, err=True)
        click.echo(str(error), err=True)
        sys.exit(1)
