"""`clew outbox`: what waits for delivery, what was refused and why; try it again, or drop it."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import click
import msgspec

from clew import outbox, settings
from clew.cli.screen import age, printable, size, table

if TYPE_CHECKING:
    from datetime import datetime

    from clew.outbox.state import Status

JOBS_SHOWN = 20
REFUSALS_SHOWN = 20


@click.group(invoke_without_command=True, short_help="Show what waits for delivery and what was refused.")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
@click.pass_context
def command(context: click.Context, *, as_json: bool) -> None:
    """Show what waits for delivery, what was refused, and why.

    Events wait on this machine's disk until the backend accepts them. What it will never accept is put aside with its reason and
    blocks nothing; when the reason is mended, let it try again.

    \b
    clew outbox                  what waits, what was refused and why
    clew outbox retry 17 18      try refused events again (--all: every one)
    clew outbox drop 17          forget an event for good (--refused: all that were refused)
    clew relay                   deliver in the foreground and watch
    """  # noqa: D301  \b is click's mark for text that keeps its lines
    if context.invoked_subcommand is None:
        found = outbox.status(_in_force())
        click.echo(msgspec.json.encode(found, enc_hook=str) if as_json else "\n".join(_lines(found)))


@command.command(short_help="Let refused events be delivered again.")
@click.argument("ids", metavar="[ID]...", nargs=-1, type=int)
@click.option("--all", "every", is_flag=True, help="Every refused event.")
def retry(ids: tuple[int, ...], *, every: bool) -> None:
    """Let refused events be delivered again, last in line. `clew outbox` shows their IDs."""
    box = _box()
    chosen = _chosen(ids, box.ids("refused") if every else None, "--all")
    count = box.retry(chosen)
    click.echo(f"{count} of {len(chosen)} wait again")
    outbox.start_relay(_in_force())


@command.command(short_help="Forget events for good.")
@click.argument("ids", metavar="[ID]...", nargs=-1, type=int)
@click.option("--refused", is_flag=True, help="Every refused event.")
@click.option("--all", "every", is_flag=True, help="Every event, also those that wait for delivery.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def drop(ids: tuple[int, ...], *, refused: bool, every: bool, yes: bool) -> None:
    """Forget events for good. `clew outbox` shows the IDs of refused ones."""
    box = _box()
    all_of = box.ids("refused") + (box.ids("waiting") if every else []) if refused or every else None
    chosen = _chosen(ids, all_of, "--refused or --all")
    if chosen and not yes:
        click.confirm(f"Forget {len(chosen)} events for good?", abort=True)
    click.echo(f"{box.drop(chosen)} dropped")


def _in_force() -> settings.Settings:
    in_force = settings.load()
    return replace(in_force, url=in_force.url or settings.LOCAL_URL)


def _box() -> outbox.Outbox:
    in_force = _in_force()
    return outbox.Outbox(settings.home(in_force), limit=in_force.outbox_limit)


def _chosen(ids: tuple[int, ...], all_of: list[int] | None, option: str) -> list[int]:
    if bool(ids) == (all_of is not None):
        raise click.UsageError(f"Give the IDs of events, or {option}.")
    return list(ids) if all_of is None else all_of


def _lines(found: Status) -> list[str]:
    waiting = f"{found.waiting} waiting{_since(found.oldest, ', the oldest for ')}"
    lines = [
        f"{found.file}: {waiting}, {found.refused} refused, {found.delivered} delivered so far",
        f"{size(found.bytes_used)} of {size(found.limit)}; relay: {_relay(found)}; to {found.destination}",
    ]
    if found.trouble:
        lines.append(click.style(f"accepts nothing{_since(found.trouble_since, ' since ')}: {printable(found.trouble)}", fg="yellow"))
    if found.jobs:
        rows = [(f"{job.namespace}/{job.name}", job.events, age(_seconds(job.oldest)), job.reason) for job in found.jobs[:JOBS_SHOWN]]
        lines += ["", table(("waiting job", "events", "for", "last answer"), rows), *_more(len(found.jobs), JOBS_SHOWN, "jobs")]
    if found.refusals:
        refusals = [(r.id, r.type, f"{r.namespace}/{r.name}", age(_seconds(r.appended)), r.reason) for r in found.refusals[:REFUSALS_SHOWN]]
        lines += ["", table(("refused", "type", "job", "appended", "reason"), refusals), *_more(found.refused, REFUSALS_SHOWN, "events")]
        lines += ["", "When the reason is mended: clew outbox retry --all. To forget them: clew outbox drop --refused"]
    return lines


def _relay(found: Status) -> str:
    if found.relay is None:
        return "none runs (one starts with the next event)"
    return f"process {found.relay}" if found.relay else "starting"


def _more(count: int, shown: int, what: str) -> list[str]:
    return [f"… and {count - shown} more {what} (--json has all)"] if count > shown else []


def _since(instant: datetime | None, words: str) -> str:
    return "" if instant is None else words + age(_seconds(instant))


def _seconds(instant: datetime) -> float:
    return max(0.0, time.time() - instant.timestamp())
