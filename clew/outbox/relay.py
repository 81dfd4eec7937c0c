"""The relay: delivers what waits in an outbox, and keeps the order that was promised."""

from __future__ import annotations

import logging
import os
import queue
import random
import secrets
import threading
import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from clew import shaping
from clew.errors import NoRoom, Refused, Troubled
from clew.marquez import HttpSeam, Marquez
from clew.outbox.delivery import Delivery, Parcel, Result, decode
from clew.outbox.lease import Aside, Delivered, Lease, LeaseLost, Postponed
from clew.outbox.lock import Holder, acquire
from clew.outbox.order import Order
from clew.outbox.pace import TRIES, Pace, pause
from clew.settings import LOCAL_URL

if TYPE_CHECKING:
    from collections.abc import Callable

    from clew.outbox.lock import RelayLock
    from clew.outbox.outbox import Outbox
    from clew.settings import Settings

log = logging.getLogger("clew.relay")

WINDOW = 10_000
"""How many waiting events are kept in order in memory, without their bodies."""
LOOK = 0.1
"""Seconds between two looks for new events."""
RENEW = 20.0
"""Seconds before the end of the lease at which it is renewed."""
TIDY, CROWDED = 3600.0, 5.0
"""Seconds between two looks for what can be forgotten; in a file that is more than half full, what is known must not keep events out."""
LAST_ANSWERS = 5.0
"""Seconds that a relay which is told to stop waits for answers that are under way."""

IDLE, UNREACHABLE, STOPPED, REPLACED = "idle", "unreachable", "stopped", "replaced"
"""Why a relay ended by itself."""


def nothing_more() -> bool:
    """Say that nobody brings events but those who append them."""
    return False


@dataclass(frozen=True, kw_only=True)
class Manner:
    """How a relay works.

    Attributes:
        threads: how many events are under way at the same time.
        idle_seconds: how long to wait for more when all is delivered; None: for ever.
        patience: seconds after which a relay gives up on a backend that it cannot reach; None: never.
        more: tells whether somebody still brings events, so that it is not yet time to be idle.
        room_seconds: seconds between two tries where the outbox' disk is full; None: give up at once, and say so.
    """

    threads: int = 4
    idle_seconds: float | None = None
    patience: float | None = None
    more: Callable[[], bool] = nothing_more
    room_seconds: float | None = None


@dataclass(frozen=True, kw_only=True)
class Progress:
    """What a relay has done so far, and what is in its way.

    Attributes:
        delivered: events that the backend has accepted.
        refused: events that were put aside.
        trouble: why nothing is accepted at the moment; empty when all is well.
        waiting: events that are read and not yet out; there may be more where it is the whole window.
    """

    delivered: int = 0
    refused: int = 0
    waiting: int = 0
    trouble: str = ""


def delivery_to(settings: Settings) -> Delivery:
    """Return the way to the backend of the settings in force."""
    marquez = Marquez(HttpSeam(settings.url or LOCAL_URL, api_key=settings.api_key, timeout=settings.timeout))
    return Delivery(marquez, partial(shaping.shape, facet_limit=settings.facet_limit))


def serve(
    outbox: Outbox,
    lock: RelayLock,
    delivery: Delivery,
    *,
    manner: Manner,
    stop: threading.Event,
    report: Callable[[Progress], None] = lambda _: None,
) -> str:
    """Deliver until there is a reason to end, and return it; `lock` is given back.

    Who appends looks at the lock after the commit; a relay looks for events again after it gave the lock back. So an event that is
    appended while a relay ends is seen by one of the two.
    """
    while True:
        ended = _run(partial(Relay, outbox, lock, delivery, manner, report), lock, manner, stop)
        lock.write(Holder(since=time.time(), ended=ended))
        lock.release()
        if ended in {STOPPED, UNREACHABLE} or outbox.is_empty():
            return ended
        again = acquire(outbox.home)
        if again is None:
            return ended
        lock = again


def _run(relay: Callable[[], Relay], lock: RelayLock, manner: Manner, stop: threading.Event) -> str:
    """Deliver until there is a reason to end. On a full disk nobody can append an event that would start the next relay: this one waits."""
    while True:
        try:
            return relay().run(stop)
        except NoRoom as error:
            if manner.room_seconds is None:
                raise
            log.warning("%s", error)
        if stop.wait(manner.room_seconds):
            return STOPPED
        if not lock.is_in_place():
            return REPLACED


class Relay:
    """Delivers the events of one outbox; there is one at a time.

    Its main thread alone reads and writes the outbox, the others send. What follows an event is sent only when the event's delivery is
    written down, so a relay that dies may repeat events, but never swaps them.
    """

    def __init__(self, outbox: Outbox, lock: RelayLock, delivery: Delivery, manner: Manner, report: Callable[[Progress], None]) -> None:
        self._began = time.time() - time.monotonic()
        self._lock = lock
        self._delivery = delivery
        self._manner = manner
        self._report = report
        self._lease = Lease(outbox, owner=secrets.token_hex(8))
        self._order = Order()
        self._pace = Pace(manner.threads, random.random)
        self._parcels: queue.SimpleQueue[Parcel | None] = queue.SimpleQueue()
        # No SimpleQueue: where a signal comes just as its timeout ends, CPython 3.11's waits for ever.
        self._results: queue.Queue[Result] = queue.Queue()
        self._troubles: dict[int, _Troubles] = {}
        self._under_way = 0
        self._read_up_to = 0
        self._looked_at = 0.0
        self._tidied_at = 0.0
        self._busy_at = self._now()
        self._trouble: str | None = None
        self._trouble_since = 0.0
        self._progress = Progress()

    def run(self, stop: threading.Event) -> str:
        """Deliver until there is a reason to end; return it."""
        predecessor = self._lock.holder().owner
        self._lock.write(Holder(pid=os.getpid(), owner=self._lease.owner, since=self._now()))
        while not self._lease.take(self._now(), predecessor):
            if stop.wait(LOOK):
                return STOPPED
        for number in range(self._manner.threads):
            threading.Thread(target=self._send_for_ever, name=f"clew-relay-{number}", daemon=True).start()
        try:
            ended = self._loop(stop)
        except LeaseLost:
            return REPLACED
        finally:
            for _ in range(self._manner.threads):
                self._parcels.put(None)
        self._lease.shrink()
        self._lease.give_back()
        return ended

    def _now(self) -> float:
        """Return the time since the epoch, as a clock that nobody sets back while the relay runs."""
        return self._began + time.monotonic()

    def _loop(self, stop: threading.Event) -> str:
        while not stop.is_set():
            self._look(self._now())
            self._hand_out(self._now())
            self._settle(self._answers(LOOK))
            ended = self._reason_to_end(self._now())
            if ended:
                return ended
        deadline = self._now() + LAST_ANSWERS
        while self._under_way and self._now() < deadline:
            self._settle(self._answers(LOOK))
        return STOPPED

    def _look(self, now: float) -> None:
        """Read which events wait, renew the lease in time, and forget what is old."""
        if now - self._looked_at < LOOK / 2:
            return
        self._looked_at = now
        room = WINDOW - len(self._order)
        if room >= WINDOW // 2:
            for place in self._lease.next_places(self._read_up_to, room):
                self._order.add(place)
                self._read_up_to = place.seq
        if self._lease.until - now < RENEW:
            self._lease.settle((), now)
        if now - self._tidied_at > (CROWDED if self._lease.is_crowded() else TIDY):
            self._lease.tidy(now)
            self._tidied_at = now

    def _hand_out(self, now: float) -> None:
        """Give the threads what may be sent now."""
        while self._pace.may_send(now, self._under_way):
            place = self._order.take(now)
            if place is None:
                return
            self._hand_out_one(place.seq, now)

    def _hand_out_one(self, seq: int, now: float) -> None:
        found = self._lease.event(seq)
        if found is None:  # somebody dropped it
            self._order.out(seq)
            return
        body, attempts = found
        try:
            event = decode(body)
        except Refused as error:
            self._write_down([Aside(seq=seq, attempts=attempts, reason=str(error))], now)
            return
        self._troubles.setdefault(seq, _Troubles(accepted=self._pace.accepted_events))
        keys = shaping.keys(event)
        self._parcels.put(Parcel(seq=seq, attempts=attempts, event=event, keys=keys, known=self._lease.known(keys)))
        self._under_way += 1

    def _send_for_ever(self) -> None:
        while (parcel := self._parcels.get()) is not None:
            self._results.put(self._delivery.deliver(parcel))

    def _answers(self, seconds: float) -> list[Result]:
        """Wait for an answer and take all that are there."""
        answers: list[Result] = []
        try:
            answers.append(self._results.get(timeout=seconds))
            while True:
                answers.append(self._results.get_nowait())
        except queue.Empty:
            return answers

    def _settle(self, results: list[Result]) -> None:
        """Decide what becomes of events that were answered."""
        if not results:
            return
        now = self._now()
        self._under_way -= len(results)
        self._write_down([outcome for result in results if (outcome := self._outcome(result, now)) is not None], now)
        self._tell(results, now)

    def _write_down(self, outcomes: list[Delivered | Postponed | Aside], now: float) -> None:
        """Write outcomes down, and only then let go what waits for them."""
        self._lease.settle(outcomes, now)
        for outcome in outcomes:
            if isinstance(outcome, Postponed):
                self._order.put_back(outcome.seq, outcome.due_at)
            else:
                self._order.out(outcome.seq)
                self._troubles.pop(outcome.seq, None)
            if isinstance(outcome, Aside):
                log.warning("event %d was refused and put aside: %s", outcome.seq, outcome.reason)

    def _outcome(self, result: Result, now: float) -> Delivered | Postponed | Aside | None:
        """Decide what becomes of an event; None: it is sent again as soon as the backend can be reached."""
        parcel, error = result.parcel, result.error
        if error is None:
            self._pace.accepted()
            return Delivered(seq=parcel.seq, keys=parcel.keys, before=parcel.known, after=result.known or parcel.known)
        if error.permanent:
            self._pace.answered()
            return Aside(seq=parcel.seq, attempts=parcel.attempts, reason=str(error))
        if isinstance(error, Troubled):
            return self._troubled(parcel, error, now)
        self._pace.unreachable(now, error.retry_after)
        self._order.put_back(parcel.seq, 0.0)
        return None

    def _troubled(self, parcel: Parcel, error: Troubled, now: float) -> Postponed | Aside:
        """Count an answer of 500 against the event only when others were accepted since its last one."""
        before, accepted = self._troubles[parcel.seq], self._pace.accepted_events
        attempts = parcel.attempts + (accepted > before.accepted)
        if attempts >= TRIES:
            return Aside(seq=parcel.seq, attempts=attempts, reason=f"{error} ({TRIES} times, while other events were accepted)")
        self._pace.troubled(now, parcel.seq)
        self._troubles[parcel.seq] = _Troubles(accepted=accepted, times=before.times + 1)
        due_at = now + pause(before.times + 1, random.random())  # noqa: S311  no secret
        return Postponed(seq=parcel.seq, attempts=attempts, due_at=due_at, reason=str(error))

    def _tell(self, results: list[Result], now: float) -> None:
        """Tell people how it goes: in the log, in the outbox, and to whoever listens."""
        errors = [result.error for result in results if result.error is not None]
        for warning in (warning for result in results for warning in result.warnings):
            log.warning("%s", warning)
        trouble = str(errors[-1]) if self._pace.is_down else ""
        if self._trouble is None or bool(trouble) != bool(self._trouble):
            self._note_trouble(trouble, now)
        self._progress = Progress(
            delivered=self._progress.delivered + len(results) - len(errors),
            refused=self._progress.refused + sum(error.permanent for error in errors),
            trouble=trouble,
            waiting=len(self._order),
        )
        self._report(self._progress)

    def _note_trouble(self, trouble: str, now: float) -> None:
        """Write down that the backend went down or came back; the first answer also corrects what an earlier relay wrote."""
        self._trouble_since = now if trouble else 0.0
        self._lease.note_trouble(trouble, self._trouble_since)
        if trouble:
            log.warning("the backend accepts nothing: %s", trouble)
        elif self._trouble:
            log.info("the backend accepts events again")
        self._trouble = trouble

    def _reason_to_end(self, now: float) -> str:
        if not self._lock.is_in_place():
            return REPLACED
        manner = self._manner
        busy = len(self._order) or manner.more()
        if busy:
            self._busy_at = now
        if manner.idle_seconds is not None and not busy and now - self._busy_at >= manner.idle_seconds:
            return IDLE
        if manner.patience is not None and self._trouble_since and now - self._trouble_since >= manner.patience:
            return UNREACHABLE
        return ""


@dataclass(frozen=True, kw_only=True)
class _Troubles:
    """How often an event was answered 500 by this relay, and how many events were accepted before the last time."""

    accepted: int
    times: int = 0
