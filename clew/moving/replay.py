"""Everything that a source has goes to a backend, in order, once; and goes on where it was broken off.

Events go through an outbox of their own: its relay shapes them for Marquez, keeps the order of runs and jobs, tries again, and puts
aside what is refused. A change made through the API is sent alone, after all that came before it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from clew import outbox, settings
from clew.errors import ClewError, Refused, Troubled
from clew.marquez import HttpSeam, without_credentials
from clew.moving.items import BEGINNING, Change, Event, Made, Place
from clew.outbox import Outbox
from clew.outbox import lock as relay_lock
from clew.outbox.relay import IDLE, Manner, delivery_to, serve

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from clew.moving.items import Item
    from clew.outbox.delivery import Delivery
    from clew.outbox.relay import Progress
    from clew.outbox.state import Refusal
    from clew.settings import Settings

TOGETHER = 2000
"""Events that are handed to the outbox at once, so that it stays small."""
_ROOM = 1024**4
_JOURNEY = "journey.json"
_DONE = 300


class ReplayRuns(ClewError):
    """Another command sends the same things to the same place."""


class RefusedChange(Struct, frozen=True, kw_only=True):
    """A change that the backend did not take."""

    change: str
    reason: str


class Journey(Struct, kw_only=True):
    """How far a replay is; kept in a file beside its outbox.

    Attributes:
        place: how far the source was read. What was read and is not delivered waits in the outbox.
        changes: changes that the backend has accepted.
        refused_changes: changes that it has not.
    """

    place: Place = BEGINNING
    changes: int = 0
    refused_changes: list[RefusedChange] = msgspec.field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a replay ended.

    Attributes:
        finished: everything was sent.
        delivered: events that the backend has accepted, this time and before.
        new: events and changes that were sent this time.
        refused: events that were put aside.
        journey: how far it is.
    """

    finished: bool
    delivered: int
    new: int
    refused: tuple[Refusal, ...]
    journey: Journey


def folder_of(home: Path, source: str, to: str) -> Path:
    """Return where a replay from one place to another is kept."""
    return home / "replay" / blake2b(f"{source}\n{to}".encode(), digest_size=8).hexdigest()


def forget(folder: Path) -> None:
    """Let a replay begin anew.

    Raises:
        ReplayRuns: another process is at it.
    """
    if not folder.is_dir():
        return
    lock = relay_lock.acquire(folder)
    if lock is None:
        raise ReplayRuns("This is being sent by another process. Let it end, or stop it, and then restart it.")
    try:
        for file in folder.iterdir():
            file.unlink()
    finally:
        lock.release()


def read_journey(folder: Path) -> Journey:
    """Return how far a replay is."""
    try:
        return msgspec.json.decode((folder / _JOURNEY).read_bytes(), type=Journey)
    except FileNotFoundError:
        return Journey()
    except msgspec.MsgspecError as error:
        raise ClewError(f"{folder / _JOURNEY} is damaged ({error}). `--restart` sends everything again.") from error


def replay(
    read: Callable[[Place], Iterator[Item]],
    folder: Path,
    to: Settings,
    *,
    stop: threading.Event,
    report: Callable[[int, str], None] = lambda *_: None,
) -> Outcome:
    """Send what a source has behind the place that was reached; it may be broken off at any moment.

    Args:
        read: gives the items of the source behind a place.
        folder: where the replay is kept, `folder_of`.
        to: the settings in force, with the URL of the backend.
        stop: set when it shall stop.
        report: is told how many events were sent this time, and why nothing is accepted at the moment.

    Raises:
        ReplayRuns: another process is at it.
        BackendError: a change could not be sent now.
        OutboxError: there is no room, or no place, for the outbox.
    """
    road = _Road(folder, to, stop, report)
    try:
        finished = road.deliver() and all(road.take(batch) for batch in _batches(read(road.journey.place)))
    finally:
        road.close()
    status = outbox.status(settings.Settings(home=folder, outbox_limit=_ROOM))
    return Outcome(finished=finished, delivered=status.delivered, new=road.sent, refused=status.refusals, journey=road.journey)


def _batches(items: Iterator[Item]) -> Iterator[list[Item]]:
    """Put items together: events up to a number of them; a change stands alone."""
    together: list[Item] = []
    for item in items:
        if together and (isinstance(item, Made) or len(together) >= TOGETHER):
            yield together
            together = []
        together.append(item)
        if isinstance(item, Made):
            yield together
            together = []
    if together:
        yield together


class _Road:
    """The way to a backend, and how far one is on it."""

    def __init__(self, folder: Path, to: Settings, stop: threading.Event, report: Callable[[int, str], None]) -> None:
        self._folder = folder
        self._to = to
        self._stop = stop
        self._report = report
        self._outbox = Outbox(folder, limit=_ROOM)
        self._delivery: Delivery = delivery_to(to)
        self.sent = 0
        self.journey = read_journey(folder)

    def take(self, batch: list[Item]) -> bool:
        """Take items along and deliver them; tell whether that came to its end."""
        events = [item.body for item in batch if isinstance(item, Event)]
        if events:
            self._outbox.append(events)
        for item in batch:
            if isinstance(item, Made):
                self._change(item.change)
        self.journey.place = batch[-1].place
        self._write_down()
        return self.deliver()

    def deliver(self) -> bool:
        """Deliver what waits; tell whether that came to its end."""
        if self._outbox.is_empty():
            return not self._stop.is_set()
        lock = relay_lock.acquire(self._folder)
        if lock is None:
            raise ReplayRuns(f"This is being sent to {self._to.url} by another process already. Let it end, or stop it.")
        before = self.sent

        def told(now: Progress) -> None:
            self.sent = before + now.delivered + now.refused
            self._report(self.sent, now.trouble)

        manner = Manner(threads=self._to.relay_threads, idle_seconds=0.0)
        ended = serve(self._outbox, lock, self._delivery, manner=manner, stop=self._stop, report=told)
        return ended == IDLE and not self._stop.is_set()

    def close(self) -> None:
        """Close the outbox."""
        self._outbox.close()

    def _change(self, change: Change) -> None:
        try:
            _send(HttpSeam(str(self._to.url), api_key=self._to.api_key, timeout=self._to.timeout), change)
            self.journey.changes += 1
        except Refused as refused:
            self.journey.refused_changes.append(RefusedChange(change=f"{change.method} {change.target}", reason=str(refused)))
        self.sent += 1

    def _write_down(self) -> None:
        aside = self._folder / f".{_JOURNEY}"
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(msgspec.json.encode(self.journey))
            file.flush()
            os.fsync(file.fileno())
        aside.replace(self._folder / _JOURNEY)


def _send(seam: HttpSeam, change: Change) -> None:
    """Make a change.

    Raises:
        Refused: the backend does not take it.
        Unreachable: it does not answer.
        Troubled: it is in trouble.
    """
    body = change.body.encode()
    answer = seam.call(change.method, _at(change), body or None)
    if answer.status < _DONE and answer.is_page:
        where = without_credentials(seam.url)
        raise Troubled(f"{change.method} {change.target}: a web page came back. Is {where} a Marquez?", status=answer.status)
    if answer.status < _DONE:
        return
    message = f"{answer.status} {answer.body[:300].decode('utf-8', 'replace')}"
    if answer.status in {408, 429, 502, 503, 504, 507}:
        raise Troubled(f"{change.method} {change.target}: {message}. The same command goes on from here.", status=answer.status)
    raise Refused(message, status=answer.status)


def _at(change: Change) -> str:
    """Return the target; where a run starts or ends, with the time at which it did."""
    path, _, query = change.target.partition("?")
    if "/jobs/runs/" not in path or "at=" in query:
        return change.target
    return f"{path}?{query}&at={change.at}" if query else f"{path}?at={change.at}"
