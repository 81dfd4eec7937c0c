"""Events on disk that are not yet delivered, and the relay that delivers them. States and arrows: docs/outbox.md."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from clew.errors import OutboxFull
from clew.outbox import autostart
from clew.outbox.outbox import Outbox
from clew.outbox.place import prepare as check_place
from clew.settings import home

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from clew.outbox.state import Status
    from clew.settings import Settings

__all__ = ["Outbox", "check_place", "emit", "start_relay", "status", "wait_for_delivery"]

_outboxes: dict[tuple[Path, int], Outbox] = {}
_lock = threading.Lock()


def emit(settings: Settings, bodies: Iterable[bytes]) -> int:
    """Append encoded events to the outbox, durably, and see that a relay runs where there is somewhere to send.

    Returns: how many there were.

    Raises:
        OutboxError: what could not be kept, and why. Call it under `guard`.
    """
    if not settings.enabled:
        return 0
    outbox = _outbox(settings)
    try:
        count = outbox.append(bodies)
    except OutboxFull:
        _see_to_relay(settings, outbox.home)
        raise
    if count:
        _see_to_relay(settings, outbox.home)
    return count


def start_relay(settings: Settings) -> bool:
    """Start a relay in the background if something waits and none runs, and relays may start by themselves; tell whether it was started."""
    outbox = _outbox(settings)
    if not settings.relay or not settings.url or outbox.is_empty():
        return False
    return autostart.start(settings, outbox.home, eager=True)


def wait_for_delivery(settings: Settings) -> bool:
    """Wait until nothing waits in the outbox, as long as the setting `delivery_wait` allows; tell whether that came true.

    For where the outbox goes with the process: a pod of its own for each task. Who calls has appended the last event.
    """
    if not settings.enabled or not settings.delivery_wait:
        return False
    start_relay(settings)
    return _outbox(settings).wait_until_empty(settings.delivery_wait)


def status(settings: Settings) -> Status:
    """Tell what waits, what was refused and why, and how delivery goes; makes no outbox where there is none.

    Raises:
        OutboxError: it cannot be read.
    """
    from clew.outbox import state  # what people ask, no host has to import

    return state.of(settings)


def _see_to_relay(settings: Settings, place: Path) -> None:
    if settings.relay and settings.url:
        autostart.start(settings, place)


def _outbox(settings: Settings) -> Outbox:
    key = home(settings), settings.outbox_limit
    with _lock:
        if key not in _outboxes:
            _outboxes[key] = Outbox(key[0], limit=key[1])
        return _outboxes[key]
