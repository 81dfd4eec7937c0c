"""`clew replay`: everything that a backend has, sent to another one."""

from __future__ import annotations

import logging
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from clew import settings, stopping
from clew.cli.export import backend, since_when
from clew.cli.progress import Progress
from clew.cli.screen import printable, table
from clew.errors import BadSetting
from clew.marquez import without_credentials

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from clew.moving.items import Item, Place
    from clew.moving.replay import Outcome
    from clew.settings import Settings

_SHOWN = 20
"""Refusals that are shown."""
_STOPPED = 130


@click.command(short_help="Send everything that a backend has to another one.")
@click.option("--to", required=True, help="URL of the backend that gets everything: a Marquez, or another Clew.")
@click.option(
    "--from-store", "file", type=click.Path(path_type=Path), help="File of an embedded backend. Default: store.db in Clew's home."
)
@click.option("--from", "url", help="A Marquez, or another Clew, to read from instead.")
@click.option("--since", help="Leave out what is older than this, such as 2026-03-01 or 2026-03-01T06:00:00Z.")
@click.option("--events-only", is_flag=True, help="Leave out changes made through the API: tags, descriptions, deletions.")
@click.option("--restart", is_flag=True, help="Send everything again; else what was sent before is left out.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def command(to: str, file: Path | None, url: str | None, since: str | None, *, events_only: bool, restart: bool, as_json: bool) -> None:
    """Send everything that a backend has to another one: when one machine is no longer enough.

    Events go in the order of their arrival, shaped as Marquez needs them, each until it is accepted or refused. Ctrl-C stops; the same
    command goes on where it was, and once it is through, it sends what came since. So: replay, point CLEW_URL at the new backend,
    replay once more.

    \b
    clew replay --to http://marquez:5000                          from this machine's store; its server may run
    clew replay --to http://marquez:5000 --from http://old:5000   from a Marquez, which gives out events of runs alone

    CLEW_API_KEY goes to --to, and to --from where that is CLEW_URL; another token of --from can stand in its URL
    (http://clew:TOKEN@old:5000). CLEW_RELAY_THREADS events are under way at the same time.
    Status 0: everything was accepted. 1: something was refused, and is shown. 130: stopped.
    """  # noqa: D301  \b is click's mark for text that keeps its lines
    if url and file:
        raise click.UsageError("Give --from-store or --from, not both.")
    from clew.moving import replay as moving

    logging.getLogger("clew.relay").setLevel(logging.ERROR)  # what is refused is listed in the end
    in_force = _towards(to)
    source, read, total = _source(url, file, since_when(since), in_force, events_only=events_only)
    folder = moving.folder_of(settings.home(in_force), f"{source} {since or ''}{' events' if events_only else ''}", str(in_force.url))
    if restart:
        moving.forget(folder)
    with Progress() as progress:
        told = _Told(progress, partial(total, moving.read_journey(folder).place))
        outcome = moving.replay(read, folder, in_force, stop=stopping.on_signals(), report=told.tell)
    click.echo(_json(outcome) if as_json else "\n".join(_lines(outcome, str(in_force.url))))
    sys.exit(_STOPPED if not outcome.finished else bool(outcome.refused or outcome.journey.refused_changes))


class _Told:
    """Tells how far it is, and at once when the backend accepts nothing."""

    def __init__(self, progress: Progress, total: Callable[[], int]) -> None:
        self._progress, self._total, self._trouble = progress, total(), ""

    def tell(self, sent: int, trouble: str) -> None:
        """Tell it where there is something to say."""
        if trouble and not self._trouble:
            click.secho(f"\nthe backend accepts nothing: {printable(trouble)}\nCtrl-C stops; it goes on by itself.", fg="yellow", err=True)
        self._trouble = trouble
        self._progress.tell("sending", sent, self._total)


def _towards(to: str) -> Settings:
    try:
        return replace(settings.load(), url=settings.url(to))
    except ValueError as error:
        raise BadSetting(f"--to {to!r}: {error}") from None


def _source(
    url: str | None, file: Path | None, since: int | None, in_force: Settings, *, events_only: bool
) -> tuple[str, Callable[[Place], Iterator[Item]], Callable[[Place], int]]:
    from clew.moving import sources

    if url:
        marquez = backend(url, replace(in_force, url=settings.load().url or in_force.url))
        if settings.url(url) == in_force.url:
            raise click.UsageError("--from and --to are the same backend.")
        return url, lambda after: sources.of_backend(marquez, after, since=since), lambda _: 0
    path = (file or settings.home(in_force) / "store.db").resolve()
    sources.count(path)  # says so where there is none
    return (
        str(path),
        lambda after: sources.of_store(path, after, since=since, changes=not events_only),
        lambda after: sources.count(path, after),
    )


def _lines(outcome: Outcome, url: str) -> list[str]:
    journey = outcome.journey
    refused = [(r.type, f"{r.namespace}/{r.name}", r.reason) for r in outcome.refused]
    refused += [("change", r.change, r.reason) for r in journey.refused_changes]
    told = f"; {len(refused):,} refused" if refused else ""
    lines = [f"In all {outcome.delivered:,} events and {journey.changes:,} changes → {without_credentials(url)}{told}"]
    if refused:
        lines += ["", table(("refused", "of", "reason"), refused[:_SHOWN])]
    if len(refused) > _SHOWN:
        lines.append(f"… and {len(refused) - _SHOWN:,} more (--json has all)")
    if outcome.finished and not outcome.new:
        lines.append("Nothing is new. Where the backend has lost it since, --restart sends everything again.")
    if not outcome.finished:
        lines.append("Stopped. The same command goes on from here.")
    return lines


def _json(outcome: Outcome) -> bytes:
    journey = outcome.journey
    return msgspec.json.encode(
        {
            "finished": outcome.finished,
            "delivered": outcome.delivered,
            "new": outcome.new,
            "changes": journey.changes,
            "refused": outcome.refused,
            "refused_changes": journey.refused_changes,
        }
    )
