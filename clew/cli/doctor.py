"""`clew doctor`: what is installed, configured, reachable and waiting, each line with the next step where it is not fine."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from clew.cli import checks
from clew.cli.screen import BAD, NOTE, OK, WARN, printable

if TYPE_CHECKING:
    from clew.cli.checks import Finding

MARKS = {"ok": OK, "note": NOTE, "warn": WARN, "bad": BAD}


@click.command(short_help="Tell what is installed, configured, reachable and waiting.")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def command(*, as_json: bool) -> None:
    """Tell what is installed, configured, reachable and waiting.

    Run it where Airflow or dbt runs, as the user that runs them: it sees what they see. Each line that is not fine says what to do next.
    Ends with status 1 where something is broken.

    \b
    ✓ fine    · worth knowing    ! works, but look at it    ✗ broken
    """  # noqa: D301  \b is click's mark for text that keeps its lines
    sections = checks.sections()
    if as_json:
        click.echo(json.dumps({title: [asdict(f) for f in found] for title, found in sections.items()}, indent=2))
    else:
        for title, found in sections.items():
            click.secho(f"\n{title}", bold=True)
            for finding in found:
                _show(finding)
        click.echo()
    if any(f.level == "bad" for found in sections.values() for f in found):
        raise click.exceptions.Exit(1)


def _show(finding: Finding) -> None:
    click.echo(f"  {MARKS[finding.level]} {finding.subject:<10} {printable(finding.text)}")
    if finding.next_step:
        click.echo(f"    {'':<10} → {printable(finding.next_step)}")
