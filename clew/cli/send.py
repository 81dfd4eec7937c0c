"""`clew send SOURCE…`: the events of dbt runs that are already over."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from clew import events as openlineage
from clew import settings
from clew.errors import BadArtifact
from dbt_clew import events, past, project, surroundings, telling
from dbt_clew.artifacts.read import read_all
from dbt_clew.narration import narrator, outcome

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import IO

    from typing_extensions import Self

    from clew.events import Json
    from clew.settings import Settings
    from dbt_clew.artifacts.read import Artifacts
    from dbt_clew.past import PastRun


@click.command()
@click.argument("sources", metavar="SOURCE...", nargs=-1, required=True)
@click.option(
    "--output",
    "-o",
    metavar="FILE",
    help="Write the events to FILE (`-`: standard output), one JSON object a line; send nothing.",
)
@click.option("--project-dir", type=click.Path(path_type=Path), help="The project's folder. Default: where dbt ran, else above SOURCE.")
@click.option("--profiles-dir", help="Folder of profiles.yml, which tells the database. Default: where dbt looked for it.")
@click.option("--target", help="Target of the profile. Default: the one that dbt used.")
@click.option("--namespace", help="Namespace of the jobs, as it is. Default: CLEW_NAMESPACE, else dbt.")
@click.option("--dataset-namespace", help="Namespace of the datasets, e.g. postgres://db:5432. Default: from profiles.yml.")
@click.option(
    "--redact",
    multiple=True,
    callback=lambda _context, _option, rules: _redactions(rules),
    metavar="RULE",
    help="What must not leave: vars, vars.NAME (with *), sql-literals, messages, source-code. Can be repeated; adds to CLEW_DBT_REDACT.",
)
@click.option("--no-column-lineage", is_flag=True, help="Do not tell where columns come from. CLEW_COLUMN_LINEAGE=false does the same.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON, one object a run.")
def command(
    sources: tuple[str, ...],
    *,
    output: str | None,
    project_dir: Path | None,
    no_column_lineage: bool,
    as_json: bool,
    **asked: Any,
) -> None:
    """Send the events of dbt runs that are over.

    SOURCE is a target directory, a folder of such directories (every run in it, oldest first), a zip, or a URL that fsspec reads
    (s3://…, gs://…, abfss://…, https://…). Sending a run again changes nothing: its runs have the same ids.
    """
    runs = sorted((run for source in sources for run in past.find(source)), key=past.age)
    asked_for = surroundings.Asked(project_dir=project_dir.absolute() if project_dir else None, **asked)
    in_force = settings.load()
    if no_column_lineage:
        in_force = replace(in_force, column_lineage=False)
    with _Sender(asked_for, in_force, output) as sender:
        if len(runs) == 1:
            for artifacts, told in sender.send(runs[0]):
                click.echo(_summary(artifacts, told, sender, as_json=as_json), err=output == "-")
        elif not _send_all(runs, sender, as_json=as_json):
            raise SystemExit(1)


def _redactions(rules: tuple[str, ...]) -> tuple[str, ...]:
    try:
        return tuple(rule for text in rules for rule in settings.redactions(text))
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def _send_all(runs: list[PastRun], sender: _Sender, *, as_json: bool) -> bool:
    """Send runs one by one, a line for each; tell whether all could be read."""
    to_stderr = sender.output == "-"  # standard output belongs to the events
    bad = total = 0
    for number, run in enumerate(runs, 1):
        try:
            sent = sender.send(run)
        except BadArtifact as error:
            bad += 1
            click.secho(f"Not sent: {error}", fg="red", err=True)
            continue
        for artifacts, told in sent:
            total += told
            line = _summary(artifacts, told, sender, as_json=True) if as_json else f"{number}/{len(runs)}  {_line(run, artifacts, told)}"
            click.echo(line, err=to_stderr)
    if not as_json:
        click.echo(f"{_many(len(runs) - bad, 'run')}, {_many(total, 'event')} → {sender.where} ({sender.fate})", err=to_stderr)
    if bad:
        click.secho(f"{_many(bad, 'run')} of {len(runs)} could not be read, see above.", fg="red", err=True)
    return not bad


class _Sender:
    """Where events go: into the outbox, or into a file."""

    def __init__(self, asked: surroundings.Asked, in_force: Settings, output: str | None) -> None:
        self._asked = asked
        self._in_force = in_force
        self._file: IO[bytes] | None = None
        self._warned: set[str] = set()
        self.output = output

    def __enter__(self) -> Self:
        if self.output is not None:
            try:
                self._file = click.open_file(self.output, "wb")
            except OSError as error:
                raise click.FileError(self.output, error.strerror) from None
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None and self.output != "-":
            self._file.close()

    @property
    def where(self) -> str:
        """The place where events go."""
        return self.output or self._in_force.url or settings.LOCAL_URL

    @property
    def fate(self) -> str:
        """What becomes of the events there."""
        if self.output is not None:
            return "written, not sent"
        return (
            "in the outbox, from where they are sent"
            if self._in_force.url
            else "in the outbox until `clew up` runs here; CLEW_URL names another backend"
        )

    def send(self, run: PastRun) -> list[tuple[Artifacts, int]]:
        """Read a run, and the freshness checks that stand beside it, and hand on the events of each; return how many each has.

        Raises:
            BadArtifact: it cannot be read.
        """
        with run.target() as target:
            return [(artifacts, self._send(artifacts, target, run.place)) for artifacts in read_all(target)]

    def _send(self, artifacts: Artifacts, target: Path, place: str) -> int:
        if self._asked.project_dir is not None:
            _check_project(self._asked.project_dir, artifacts)
        context, warnings = surroundings.context(self._asked, self._in_force, os.environ, artifacts=artifacts)
        self._warn(text.replace(str(target), place) for text in [*artifacts.warnings, *warnings])
        told = events.of_invocation(artifacts, context)
        return telling.send(told, self._in_force) if self._file is None else _write(told, self._file)

    def _warn(self, warnings: Iterable[str]) -> None:
        """Warn of each thing once, however many runs have it."""
        for warning in warnings:
            if warning not in self._warned:
                self._warned.add(warning)
                click.secho(f"Warning: {warning}", fg="yellow", err=True)


def _write(told: Iterable[Json], file: IO[bytes]) -> int:
    """Write events, one a line, and return how many there were."""
    count = 0
    encoder = openlineage.Encoder()
    for event in told:
        file.writelines((encoder.encode(event), b"\n"))
        count += 1
    return count


def _check_project(folder: Path, artifacts: Artifacts) -> None:
    expected, found = project.read(folder).name, artifacts.manifest.metadata.project_name
    if found is not None and found != expected:
        raise BadArtifact(
            f"{artifacts.target}: the artifacts are of the project {found!r}, and {folder} is the project {expected!r}."
            " Give the target directory of that project, or leave --project-dir out."
        )


def _summary(artifacts: Artifacts, told: int, sender: _Sender, *, as_json: bool) -> str:
    summary = {**_counts(artifacts), "events": told, "to": sender.where}
    return msgspec.json.encode(summary).decode() if as_json else _in_words(summary, sender.fate)


def _line(run: PastRun, artifacts: Artifacts, told: int) -> str:
    """Say in a line what a run was."""
    at = artifacts.run_results.metadata.generated_at
    what = f"{at:%Y-%m-%d %H:%M}  {artifacts.run_results.args.get('which', 'run')}" if at else "at an unknown time"
    nodes = _nodes(_counts(artifacts)["nodes"]) if told else "nothing to send: this dbt command executes nothing"
    return f"{what}  {nodes or 'no nodes'}  {run.place}"


def _many(number: int, thing: str) -> str:
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


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


def _nodes(counts: dict[str, dict[str, int]]) -> str:
    return ", ".join(f"{kind}: " + " ".join(f"{n} {word}" for word, n in ends.items()) for kind, ends in counts.items())


def _in_words(summary: dict[str, Any], fate: str) -> str:
    if not summary["events"]:
        return "Nothing to send: this dbt command executes nothing."
    return f"{_nodes(summary['nodes']) or 'no nodes'}\n{summary['events']} events → {summary['to']} ({fate})"
