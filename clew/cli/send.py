"""`clew send TARGET_DIR`: the events of a dbt run that is already over."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from clew import events as openlineage
from clew import settings
from clew.errors import BadArtifact
from dbt_clew import events, narrator, outcome, project, surroundings, telling
from dbt_clew.artifacts import read_target

if TYPE_CHECKING:
    from clew.events import Json
    from clew.settings import Settings
    from dbt_clew.artifacts import Artifacts


@click.command()
@click.argument("target_dir", type=click.Path(path_type=Path))
@click.option(
    "--output",
    "-o",
    metavar="FILE",
    help="Write the events to FILE (`-`: standard output), one JSON object a line; send nothing.",
)
@click.option("--project-dir", type=click.Path(path_type=Path), help="The project's folder. Default: where dbt ran, else above TARGET_DIR.")
@click.option("--profiles-dir", help="Folder of profiles.yml, which tells the database. Default: where dbt looked for it.")
@click.option("--target", help="Target of the profile. Default: the one that dbt used.")
@click.option("--namespace", help="Namespace of the jobs, as it is. Default: CLEW_NAMESPACE, else dbt.")
@click.option("--dataset-namespace", help="Namespace of the datasets, e.g. postgres://db:5432. Default: from profiles.yml.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
def command(target_dir: Path, *, output: str | None, project_dir: Path | None, as_json: bool, **asked: str | None) -> None:
    """Send the events of the dbt run whose artifacts are in TARGET_DIR.

    Sending the same run again changes nothing: its runs have the same ids.
    """
    artifacts = read_target(target_dir)
    if project_dir is not None:
        _check_project(project_dir, artifacts)
    in_force = settings.load()
    context, warnings = surroundings.context(
        surroundings.Asked(project_dir=project_dir.absolute() if project_dir else None, **asked), in_force, os.environ, artifacts=artifacts
    )
    for warning in [*artifacts.warnings, *warnings]:
        click.secho(f"Warning: {warning}", fg="yellow", err=True)
    told = events.of_invocation(artifacts, context)
    if output is not None:
        _write(told, output)
    elif told:
        telling.send(told, in_force)
    _summarise(artifacts, told, output, in_force, as_json=as_json)


def _check_project(folder: Path, artifacts: Artifacts) -> None:
    expected, found = project.read(folder).name, artifacts.manifest.metadata.project_name
    if found is not None and found != expected:
        raise BadArtifact(
            f"{artifacts.target}: the artifacts are of the project {found!r}, and {folder} is the project {expected!r}."
            " Give the target directory of that project, or leave --project-dir out."
        )


def _write(told: list[Json], output: str) -> None:
    try:
        with click.open_file(output, "wb") as file:
            file.writelines(openlineage.encode(event) + b"\n" for event in told)
    except OSError as error:
        raise click.FileError(output, error.strerror) from None


def _summarise(artifacts: Artifacts, told: list[Json], output: str | None, in_force: Settings, *, as_json: bool) -> None:
    where = output or in_force.url or settings.LOCAL_URL
    summary = {**_counts(artifacts), "events": len(told), "to": where}
    text = msgspec.json.encode(summary).decode() if as_json else _in_words(summary, _fate(output, in_force))
    click.echo(text, err=output == "-")  # standard output belongs to the events


def _fate(output: str | None, in_force: Settings) -> str:
    if output is not None:
        return "written, not sent"
    return (
        "in the outbox, from where they are sent"
        if in_force.url
        else "in the outbox until `clew up` runs here; CLEW_URL names another backend"
    )


def _counts(artifacts: Artifacts) -> dict[str, Any]:
    """Count what ran: kinds of nodes by how they ended."""
    words = {outcome.COMPLETE: "ok", outcome.FAIL: "failed", outcome.ABORT: "skipped"}
    ends: Counter[tuple[str, str]] = Counter(
        (r.unique_id.partition(".")[0], words[outcome.event_type(r.status)])
        for r in artifacts.run_results.results
        if r.status not in outcome.NOT_RUN and r.unique_id.partition(".")[0] in narrator.KINDS
    )
    return {
        "invocation": artifacts.run_results.metadata.invocation_id,
        "nodes": {kind: {word: n for (k, word), n in sorted(ends.items()) if k == kind} for kind in sorted({k for k, _ in ends})},
    }


def _in_words(summary: dict[str, Any], fate: str) -> str:
    nodes = ", ".join(f"{kind}: " + " ".join(f"{n} {word}" for word, n in ends.items()) for kind, ends in summary["nodes"].items())
    if not summary["events"]:
        return "Nothing to send: this dbt command executes nothing."
    return f"{nodes or 'no nodes'}\n{summary['events']} events → {summary['to']} ({fate})"
