"""What is moved: events, and changes that were made through the API; one line of a file each."""

from __future__ import annotations

from typing import TypeAlias

import msgspec
from msgspec import Struct

from clew.server.times import instant


class Place(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How far a source was read.

    Attributes:
        number: of a store, the last entry of its log.
        time: of a backend, the event time that was reached.
        seen: what was read at exactly that time: digests of events.
    """

    number: int = 0
    time: str = ""
    seen: tuple[str, ...] = ()


BEGINNING = Place()
"""Nothing was read yet."""


class Change(Struct, frozen=True, kw_only=True):
    """A change that was made through the API.

    Attributes:
        method: PUT, POST or DELETE.
        target: path and query, encoded.
        body: what was sent; may be empty.
        at: when it was made, ISO 8601.
    """

    method: str
    target: str
    body: str
    at: str


class Event(Struct, frozen=True, kw_only=True):
    """An event as it came; `place` is how far its source is read with it."""

    body: bytes
    place: Place = BEGINNING


class Made(Struct, frozen=True, kw_only=True):
    """A change, and how far its source is read with it."""

    change: Change
    place: Place = BEGINNING


Item: TypeAlias = Event | Made


class _Line(Struct):
    change: Change | None = msgspec.field(default=None, name="clewChange")


def line(item: Item) -> bytes:
    """Write an item as a line, without the line feed."""
    if isinstance(item, Made):
        return msgspec.json.encode({"clewChange": item.change})
    # In JSON a line feed stands between tokens alone, where a space says the same.
    return item.body.translate(_SPACES)


def item(text: bytes) -> Item:
    """Read a line; whatever is no change is an event, for the backend to judge."""
    try:
        change = msgspec.json.decode(text, type=_Line).change
    except msgspec.MsgspecError:
        change = None
    return Event(body=text) if change is None else Made(change=change)


def time_of(body: bytes) -> int | None:
    """Return the time of an event, in microseconds since 1970; None where it has none."""
    try:
        return instant(msgspec.json.decode(body, type=_Timed).at)
    except (msgspec.MsgspecError, ValueError, OverflowError):
        return None


class _Timed(Struct):
    at: str = msgspec.field(default="", name="eventTime")


_SPACES = bytes.maketrans(b"\r\n", b"  ")
