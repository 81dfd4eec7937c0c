"""`clew sync airflow`: the past of an Airflow, from before the plugin was there, and the ends that nobody saw."""

from __future__ import annotations

import re
import sys
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from clew import settings
from clew.cli.progress import Progress
from clew.cli.screen import printable
from clew.errors import AirflowAnswers, BackendError, BadSetting, OutboxFull, Unreachable
from clew.marquez import HttpSeam, Marquez, without_credentials

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from clew.settings import Settings
    from clew_airflow.history.journey import Journey
    from clew_airflow.history.missing import Counts, Missing
    from clew_airflow.history.read import Reader
    from clew_airflow.history.rest import Credentials, Rest
    from clew_airflow.history.shapes import DagRun

_SPAN = re.compile(r"(\d+)\s*([smhdw])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_SETTLES = timedelta(minutes=10)
"""How long after the end of a DAG run its last events may still be under way."""
_FULL_PAUSE = 2.0
"""Seconds between two looks whether a full outbox has room again."""


def span(text: str) -> timedelta:
    """Read a time span such as `90d`, `12h`, `5m`.

    Raises:
        ValueError: it is none.
    """
    match = _SPAN.fullmatch(text.strip())
    if match is None or int(match[1]) == 0:
        raise ValueError("expected a time span such as 90d, 12h or 5m")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def moment(text: str, now: datetime) -> datetime:
    """Read a moment: a time span back from now (`90d`), a date, a time; without a zone it is UTC."""
    if _SPAN.fullmatch(text.strip()):
        return now - span(text)
    try:
        found = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    except ValueError:
        raise ValueError("expected a time span such as 90d, or a date such as 2026-03-01") from None
    return found if found.tzinfo else found.replace(tzinfo=timezone.utc)


def _reading(read: Callable[[str], Any]) -> Callable[..., Any]:
    """Return what reads an option by a function whose ValueError is for people."""

    def callback(context: click.Context, option: click.Parameter, text: str | None) -> Any:
        try:
            return None if text is None else read(text)
        except ValueError as error:
            raise click.BadParameter(str(error), context, option) from None

    return callback


_when = _reading(lambda text: moment(text, datetime.now(timezone.utc)))


def airflow_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add what it takes to read an Airflow: its URL, who asks, and which DAG runs."""
    for option in reversed(
        (
            click.option("--url", envvar="CLEW_AIRFLOW_URL", required=True, help="Airflow's web page, e.g. http://airflow:8080."),
            click.option("--user", envvar="CLEW_AIRFLOW_USER", help="Who asks; the password comes from CLEW_AIRFLOW_PASSWORD or a file."),
            click.option("--password-file", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="File with the password."),
            click.option("--token-file", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="File with a token."),
            click.option("--token-command", envvar="CLEW_AIRFLOW_TOKEN_COMMAND", help="A command line that prints a token."),
            click.option(
                "--since", callback=_when, default="90d", show_default=True, help="DAG runs that started after this: 90d, 2026-03-01."
            ),
            click.option("--until", callback=_when, help="… and before this. Default: now."),
            click.option("--dags", multiple=True, metavar="PATTERN", help="Only these DAGs, e.g. 'shop_*'. Can be repeated."),
            click.option(
                "--namespace", help="Namespace of the jobs. Default: CLEW_NAMESPACE, else airflow: as the plugin in that Airflow."
            ),
            click.option(
                "--rate",
                type=click.FloatRange(min=0, min_open=True),
                default=10.0,
                show_default=True,
                help="Requests to Airflow a second, at most.",
            ),
        )
    ):
        command = option(command)
    return command


@click.group()
def command() -> None:
    """Send what a host knows of its past: `clew sync airflow`."""


@command.command()
@airflow_options
@click.option("--every", callback=_reading(span), metavar="SPAN", help="Stay, and look again every so often: 5m.")
@click.option("--restart", is_flag=True, help="Look at everything again; else what was looked at before is left out.")
@click.option("--dry-run", is_flag=True, help="Tell what would be sent; send nothing.")
@click.option(
    "--output", "-o", metavar="FILE", help="Write the events to FILE (`-`: standard output), one JSON object a line; send nothing."
)
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
def airflow(url: str, *, every: timedelta | None, as_json: bool, output: str | None, **asked: Any) -> None:
    """Send the DAG runs and task tries that an Airflow has and the backend has not.

    They are read through Airflow's REST API (2.3 and later), oldest first, and get the ids that the plugin gives them live, so nothing
    is there twice. Runs that the backend saw begin and not end are closed. The same command goes on from where it was broken off.

    \b
    CLEW_AIRFLOW_USER=me CLEW_AIRFLOW_PASSWORD=… clew sync airflow --url http://airflow:8080
    CLEW_AIRFLOW_TOKEN=…                         clew sync airflow --url … --since 2026-01-01 --dags 'shop_*'
    clew sync airflow --url … --token-command 'gcloud auth print-access-token' --every 5m
    """  # noqa: D301  \b is click's mark for text that keeps its lines
    if every is None:
        return _once(url, output, asked, as_json=as_json)
    if output is not None:
        raise click.UsageError("--every keeps a backend in step; --output writes once. Give one of them.")
    while True:
        try:
            _once(url, output, asked, as_json=as_json)
        except (AirflowAnswers, BackendError) as error:
            click.secho(f"{datetime.now(timezone.utc):%Y-%m-%d %H:%M} {error} The next look is in {every}.", fg="yellow", err=True)
        sys.stdout.flush()
        time.sleep(every.total_seconds())


def _once(url: str, output: str | None, asked: dict[str, Any], *, as_json: bool) -> None:
    with _destination(output, dry_run=asked["dry_run"]) as destination:
        outcome = _pass(url, destination, asked)
    click.echo(msgspec.json.encode(_as_json(*outcome)).decode() if as_json else "\n".join(_lines(*outcome)), err=output == "-")


@dataclass(frozen=True, kw_only=True)
class _Destination:
    """Where events go, and what people are told of it.

    Attributes:
        send: keeps encoded events.
        where: the backend's URL, or a file.
        fate: what becomes of the events.
        settings: in force; their URL is the backend's.
        asks: whether the backend is asked for what it has.
        remembers: whether the next pass goes on from where this one stops.
    """

    send: Callable[[list[bytes]], None]
    where: str
    fate: str
    settings: Settings
    asks: bool = True
    remembers: bool = False


def _pass(url: str, destination: _Destination, asked: dict[str, Any]) -> tuple[Counts, Rest, _Destination]:
    from clew_airflow.history import journey, sync

    rest, reader, missing = opened(url, destination.settings, asked, asks=destination.asks)
    file = journey.file_of(
        settings.home(destination.settings), rest.url, destination.where, namespace_of(asked, destination.settings), *asked["dags"]
    )
    known = None if asked["restart"] or not destination.remembers else journey.read(file)
    with Progress() as progress:
        seen: Counter[str] = Counter()

        def tell(run: DagRun) -> None:
            seen["runs"] += 1
            progress.tell(f"DAG runs, now {run.start_date:%Y-%m-%d %H:%M}", seen["runs"], 0)

        def remember(there: Journey) -> None:
            if destination.remembers:
                journey.write(file, there)

        sync.sync(
            reader,
            missing,
            since=asked["since"],
            until=asked["until"],
            dags=reader.dag_ids(asked["dags"]),
            known=known,
            settled=datetime.now(timezone.utc) - _SETTLES,
            send=destination.send,
            remember=remember,
            tell=tell,
        )
    return missing.counts, rest, destination


def opened(url: str, in_force: Settings, asked: dict[str, Any], *, asks: bool) -> tuple[Rest, Reader, Missing]:
    """Return what reads an Airflow, and what compares it with the backend.

    Args:
        url: of the Airflow.
        in_force: settings; their URL is the backend's.
        asked: what `airflow_options` gave.
        asks: whether the backend is asked for what it has.
    """
    from clew import redaction
    from clew_airflow import control
    from clew_airflow.history.events import Place
    from clew_airflow.history.missing import Missing
    from clew_airflow.history.read import Reader
    from clew_airflow.history.rest import Rest
    from clew_airflow.history.there import Backend, Nothing

    try:
        rest = Rest(settings.url(url), _credentials(asked), per_second=asked["rate"])
    except ValueError as error:
        raise BadSetting(f"--url {without_credentials(url)!r}: {error}") from None
    reader, namespace = Reader(rest), namespace_of(asked, in_force)
    backend = Backend(_backend(in_force), namespace) if asks else Nothing()
    place = Place(
        namespace=namespace,
        url=rest.url,
        version=rest.version,
        redaction=redaction.of(in_force.redact, {}),
        choice=control.of(in_force.dags),
    )
    return rest, reader, Missing(reader, backend, place, reader.assets())


def _backend(in_force: Settings) -> Marquez:
    """Return the backend, which has to answer: it is asked for what it has."""
    marquez = Marquez(HttpSeam(in_force.url or settings.LOCAL_URL, api_key=in_force.api_key, timeout=in_force.timeout))
    try:
        marquez.get("namespaces", limit=1)
    except Unreachable as error:
        raise Unreachable(f"{error}. The backend is asked for what it has: start it (`clew up`), set CLEW_URL, or use --output.") from error
    return marquez


def namespace_of(asked: dict[str, Any], in_force: Settings) -> str:
    """Return the namespace of the jobs, as the plugin in that Airflow has it unless it is told another."""
    return str(asked["namespace"] or in_force.namespace or "airflow")


def _credentials(asked: dict[str, Any]) -> Credentials:
    import os

    from clew_airflow.history.rest import Credentials

    return Credentials(
        user=asked["user"],
        password=_text(asked["password_file"]) or os.environ.get("CLEW_AIRFLOW_PASSWORD"),
        token=_text(asked["token_file"]) or os.environ.get("CLEW_AIRFLOW_TOKEN"),
        token_command=asked["token_command"],
    )


def _text(file: Path | None) -> str | None:
    return None if file is None else file.read_text(encoding="utf-8").strip()


@contextmanager
def _destination(output: str | None, *, dry_run: bool) -> Iterator[_Destination]:
    in_force = settings.load()
    if output is not None:
        try:
            with click.open_file(output, "wb") as file:

                def write(bodies: list[bytes]) -> None:
                    file.writelines(body + b"\n" for body in bodies)

                yield _Destination(send=write, where=output, fate="written to", settings=in_force, asks=False)
        except OSError as error:
            raise click.FileError(output, error.strerror) from None
        return
    in_force = replace(in_force, url=in_force.url or settings.LOCAL_URL)
    where = without_credentials(in_force.url or "")
    if dry_run:
        yield _Destination(send=lambda _: None, where=where, fate="would go to", settings=in_force)
    else:
        yield _Destination(send=lambda bodies: _append(in_force, bodies), where=where, fate="→", settings=in_force, remembers=True)


def _append(in_force: Settings, bodies: list[bytes]) -> None:
    """Append to the outbox; wait while it is full, since the past can wait."""
    while not _has_room(in_force, bodies):
        time.sleep(_FULL_PAUSE)


def _has_room(in_force: Settings, bodies: list[bytes]) -> bool:
    from clew import outbox

    try:
        outbox.emit(in_force, bodies)
    except OutboxFull as error:
        click.secho(f"\n{error} Waiting for room.", fg="yellow", err=True)
        return False
    return True


def _lines(counts: Counts, rest: Rest, destination: _Destination) -> list[str]:
    lines = [
        f"Airflow {rest.version} at {rest.url}: {_told(counts.dag_runs, 'DAG run')}; {_told(counts.tries, 'task try', 'task tries')}",
        f"{counts.sent:,} events {destination.fate} {destination.where}: {counts.new:,} runs that it had not, {counts.closed:,} closed, {counts.corrected:,} corrected; {counts.there:,} were there",
    ]
    if rest.hidden:
        lines.append(f"not known: {', '.join(sorted(rest.hidden))}, which this user of Airflow may not read")
    return lines + [f"not known ({number:,}): {what}" for what, number in counts.unknown.items()]


def _told(states: Counter[str], one: str, many: str = "") -> str:
    total = sum(states.values())
    of = ", ".join(f"{number:,} {printable(state)}" for state, number in states.most_common())
    return f"{total:,} {one if total == 1 else many or one + 's'}" + (f" ({of})" if of else "")


def _as_json(counts: Counts, rest: Rest, destination: _Destination) -> dict[str, Any]:
    return {
        "airflow": rest.version,
        "url": rest.url,
        "to": destination.where,
        "dag_runs": counts.dag_runs,
        "task_tries": counts.tries,
        "events": counts.sent,
        "new": counts.new,
        "closed": counts.closed,
        "corrected": counts.corrected,
        "there": counts.there,
        "unknown": counts.unknown,
        "hidden": sorted(rest.hidden),
        "requests": rest.requests,
    }
