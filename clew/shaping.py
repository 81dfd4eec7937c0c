"""An event as Marquez needs it: pure functions from an event and what is known of its job and run to events and what is then known.

The relay calls `keys` to learn what has to be known, loads that from the outbox (or asks the backend where the outbox knows nothing),
calls `shape`, sends what comes back in that order, and stores what is then known together with the delivery.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from clew.events import Json


class KnownJob(msgspec.Struct, frozen=True, kw_only=True):
    """What earlier events told of a job; the outbox stores it as JSON under the job's key."""


class KnownRun(msgspec.Struct, frozen=True, kw_only=True):
    """What earlier events told of a run; the outbox stores it as JSON under the run's id."""


class Keys(msgspec.Struct, frozen=True, kw_only=True):
    """What has to be known before an event can be shaped."""

    job: tuple[str, str] | None
    run: str | None
    parent_run: str | None


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What is known under an event's keys; None where nothing is."""

    job: KnownJob | None = None
    run: KnownRun | None = None
    parent_run: KnownRun | None = None


class Shaped(msgspec.Struct, frozen=True, kw_only=True):
    """What to send, in this order, what is then known, and what was done that somebody should hear of."""

    events: tuple[Json, ...]
    known: Known
    warnings: tuple[str, ...] = ()


def keys(event: Json) -> Keys:
    """Tell what has to be known before the event can be shaped."""
    raise NotImplementedError


def shape(event: Json, known: Known) -> Shaped:
    """Bring an event into the shape that Marquez shows right."""
    raise NotImplementedError
