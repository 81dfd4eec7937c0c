"""What an outbox holds and how its delivery goes, for people and for `clew doctor`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from clew.marquez import without_credentials
from clew.outbox import database, lock
from clew.outbox.outbox import Outbox
from clew.outbox.sql import sql
from clew.settings import home

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

    from clew.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """The waiting events of one job; `reason` tells why one of them was not accepted yet."""

    namespace: str
    name: str
    events: int
    oldest: datetime
    reason: str


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """An event that was put aside."""

    id: int
    appended: datetime
    type: str
    namespace: str
    name: str
    run: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Status:
    """An outbox at one moment.

    Attributes:
        file: the outbox; it need not exist yet.
        waiting: events that wait, a relay's that are under way included.
        refused: events that were put aside.
        oldest: when the oldest waiting event was appended.
        delivered: events that were delivered, ever.
        jobs: what waits, by job, in the order of delivery.
        refusals: what was refused, and why.
        bytes_used: what the outbox takes on disk.
        limit: what it may take.
        relay: process of the relay that runs now; 0 while it starts, None where none runs.
        trouble: why the backend accepts nothing at the moment; empty when it does.
        trouble_since: since when.
        destination: where events go, without credentials; None where no URL is set.
    """

    file: Path
    waiting: int = 0
    refused: int = 0
    oldest: datetime | None = None
    delivered: int = 0
    jobs: tuple[Waiting, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    bytes_used: int = 0
    limit: int
    relay: int | None
    trouble: str = ""
    trouble_since: datetime | None = None
    destination: str | None


def of(settings: Settings) -> Status:
    """Look at the outbox of the settings in force; makes none where there is none.

    Raises:
        OutboxError: it cannot be read.
    """
    outbox = Outbox(home(settings), limit=settings.outbox_limit)
    holder = lock.current(outbox.home)
    empty = Status(
        file=outbox.file,
        limit=outbox.limit,
        relay=None if holder is None else holder.pid,
        destination=settings.url and without_credentials(settings.url),
    )
    if not outbox.file.exists():
        return empty
    try:
        with outbox.reading() as connection:
            return _filled(empty, connection)
    finally:
        outbox.close()


def _filled(empty: Status, connection: sqlite3.Connection) -> Status:
    totals = {state: (count, oldest) for state, count, oldest in connection.execute(sql("totals"))}
    waiting, oldest = totals.get("waiting", (0, None))
    _, _, delivered, trouble, since = connection.execute(sql("lease")).fetchone()
    return replace(
        empty,
        waiting=waiting,
        oldest=None if oldest is None else _instant(oldest),
        refused=totals.get("refused", (0, None))[0],
        delivered=delivered,
        jobs=tuple(
            Waiting(namespace=namespace, name=name, events=count, oldest=_instant(at), reason=reason)
            for namespace, name, count, at, reason in connection.execute(sql("waiting_jobs"))
        ),
        refusals=tuple(
            Refusal(id=seq, appended=_instant(at), type=kind, namespace=namespace, name=name, run=run, reason=reason)
            for seq, at, kind, namespace, name, run, reason in connection.execute(sql("refusals"))
        ),
        bytes_used=database.bytes_used(connection),
        trouble=trouble,
        trouble_since=_instant(since) if trouble else None,
    )


def _instant(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, tz=timezone.utc)
