"""`clew relay`: deliver what waits, in the foreground."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from clew import settings, stopping
from clew.cli.screen import printable
from clew.errors import ClewError
from clew.kafka import Draining, Topic, properties
from clew.marquez import without_credentials
from clew.outbox import Outbox
from clew.outbox import lock as relay_lock
from clew.outbox.relay import REPLACED, STOPPED, Manner, Progress, delivery_to, nothing_more, serve

if TYPE_CHECKING:
    from clew.outbox.lock import RelayLock

BETWEEN_LINES = 10.0
"""Seconds between two lines while all is well; what changes is told at once."""
PATIENCE_FOR_LOCK = 1.0
"""Seconds to wait for the lock: somebody who only looks whether a relay runs has it for a moment."""


class RelayRuns(ClewError):
    """Another relay delivers from this outbox."""


@click.command(short_help="Deliver what waits in the outbox, in the foreground.")
@click.option("--until-empty", is_flag=True, help="End when everything is delivered (or refused).")
@click.option("--from-kafka", "topic", metavar="TOPIC", help="Deliver the events of a Kafka topic as well.")
@click.option("--kafka-servers", metavar="HOST:PORT,…", help="Kafka's bootstrap servers.  [default: localhost:9092]")
@click.option(
    "--kafka-config",
    type=click.Path(path_type=Path),
    help="File with more properties of the consumer (name=value), as librdkafka has them.",
)
def command(*, until_empty: bool, topic: str | None, kafka_servers: str | None, kafka_config: Path | None) -> None:
    """Deliver what waits in the outbox, and go on delivering, until Ctrl-C.

    Nobody has to run this: a relay starts by itself when something is appended, and ends when all is delivered. Run it to watch
    a delivery, as a service of your own (with CLEW_RELAY=false in the hosts), or in a script that waits for the end:

    \b
    clew relay                  deliver for ever; a line for each change
    clew relay --until-empty    status 0 when everything is out
    clew outbox                 what waits, what was refused and why

    With --from-kafka it takes what OpenLineage's Kafka transport wrote to a topic; an offset is committed when its event is durable here.

    \b
    clew relay --from-kafka openlineage --kafka-servers kafka:9092
    """  # noqa: D301  \b is click's mark for text that keeps its lines
    in_force = settings.load()
    in_force = replace(in_force, url=in_force.url or settings.LOCAL_URL)
    Outbox(settings.home(in_force)).is_empty()  # makes it where there is none
    outbox = Outbox(settings.home(in_force), limit=in_force.outbox_limit, for_relay=True)
    source = _topic(topic, kafka_servers, kafka_config)
    lock = _lock(outbox)
    click.echo(f"delivering {outbox.file} → {without_credentials(str(in_force.url))}")
    stop = stopping.on_signals()
    own = Outbox(outbox.home, limit=in_force.outbox_limit)
    draining = Draining(source, own, stop, until_end=until_empty) if source else None
    if draining:
        draining.start()
    manner = Manner(
        threads=in_force.relay_threads,
        idle_seconds=0.0 if until_empty else None,
        more=draining.is_alive if draining else nothing_more,
    )
    try:
        ended = serve(outbox, lock, delivery_to(in_force), manner=manner, stop=stop, report=Lines().tell)
    finally:
        stop.set()
        if draining:
            draining.join()
    if draining and draining.error:
        raise draining.error
    if ended == REPLACED:
        raise RelayRuns(f"{outbox.file} is delivered by another relay now.")
    through = outbox.is_empty() and not (source and ended == STOPPED)  # a topic may hold more
    click.echo("everything is delivered" if through else "stopped; what waits will be delivered by the next relay")


def _topic(name: str | None, servers: str | None, config: Path | None) -> Topic | None:
    if name is None:
        if servers or config:
            raise click.UsageError("--kafka-servers and --kafka-config belong to --from-kafka TOPIC.")
        return None
    told = properties(config) if config else {}
    return Topic(name, {"bootstrap.servers": "localhost:9092", **told, **({"bootstrap.servers": servers} if servers else {})})


class Lines:
    """Tells progress in lines: every change of state at once, the rest now and then."""

    def __init__(self) -> None:
        self._last = Progress()
        self._told_at = float("-inf")

    def tell(self, now: Progress) -> None:
        """Print a line where there is something to say."""
        if now.trouble and not self._last.trouble:
            click.secho(f"the backend accepts nothing: {printable(now.trouble)}", fg="yellow")
        if self._last.trouble and not now.trouble:
            click.secho("the backend accepts events again", fg="green")
        if now.refused > self._last.refused:
            click.secho(f"{now.refused} refused; `clew outbox` tells why", fg="red")
        if not now.waiting or time.monotonic() - self._told_at > BETWEEN_LINES:
            click.echo(f"{now.delivered} delivered, {now.waiting} waiting")
            self._told_at = time.monotonic()
        self._last = now


def _lock(outbox: Outbox) -> RelayLock:
    deadline = time.monotonic() + PATIENCE_FOR_LOCK
    while (lock := relay_lock.acquire(outbox.home)) is None:
        if time.monotonic() > deadline:
            holder = relay_lock.current(outbox.home)
            who = f" (process {holder.pid})" if holder and holder.pid else ""
            raise RelayRuns(
                f"A relay{who} delivers from {outbox.file} already. It ends when all is delivered; `clew outbox` shows how it goes."
            )
        time.sleep(0.05)
    return lock
