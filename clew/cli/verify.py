"""`clew verify airflow`: whether the backend has what Airflow has, run by run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click
import msgspec

from clew import settings
from clew.cli.progress import Progress
from clew.cli.screen import table
from clew.cli.sync import airflow_options, opened
from clew.marquez import without_credentials

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clew_airflow.history.compare import Row
    from clew_airflow.history.missing import Missing
    from clew_airflow.history.read import Reader

_SHOWN = 50
"""Differences that are shown."""


@click.group()
def command() -> None:
    """Compare what a host has with what the backend has: `clew verify airflow`."""


@command.command()
@airflow_options
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON, with all differences.")
def airflow(url: str, *, as_json: bool, **asked: Any) -> None:
    """Compare the DAG runs and task tries of an Airflow with those of the backend, state by state.

    Nothing is sent. What differs is listed, and `clew sync airflow` puts it right. Status 0: nothing differs; 1: something does.
    """
    in_force = settings.load()
    in_force = replace(in_force, url=in_force.url or settings.LOCAL_URL)
    _, reader, missing = opened(url, in_force, asked, asks=True)
    total, different = 0, []
    with Progress() as progress:
        for row in _rows(reader, missing, asked):
            total += 1
            progress.tell("runs", total, 0)
            if not row.is_same:
                different.append(row)
    where = without_credentials(in_force.url or "")
    if as_json:
        click.echo(msgspec.json.encode({"runs": total, "different": [row._asdict() for row in different], "to": where}))
    else:
        click.echo("\n".join(_lines(total, different, where)))
    if different:
        raise SystemExit(1)


def _rows(reader: Reader, missing: Missing, asked: dict[str, Any]) -> Iterator[Row]:
    for runs in reader.runs(asked["since"], asked["until"], reader.dag_ids(asked["dags"])):
        for run, tries in reader.tries(runs):
            yield from missing.rows(run, tries)


def _lines(total: int, different: list[Row], where: str) -> list[str]:
    if not different:
        return [f"{total:,} runs in Airflow, the same in {where}"]
    shown = [(row.job, row.run, row.airflow, row.expected, row.backend) for row in different[:_SHOWN]]
    lines = [
        f"{len(different):,} of {total:,} runs differ in {where}",
        table(("job", "run", "in Airflow", "expected", "in the backend"), shown),
    ]
    if len(different) > _SHOWN:
        lines.append(f"… and {len(different) - _SHOWN:,} more (--json has all)")
    return [*lines, "`clew sync airflow` with the same options sends what is missing."]
