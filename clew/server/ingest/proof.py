"""Everybody must be able to read what is kept: all of an event is JSON, within limits, and its numbers are not beyond any size.

Facets stay undecoded, so an event is decoded as a whole for nothing but this. Most of it was in events before, and is left out.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from clew.server import limits
from clew.server.calls import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable

LARGE = 2 * limits.VALUES
"""Bytes from which on an event may have too many values, so that it is looked at before anything of it is decoded."""

_HALF = limits.DEPTH // 2
"""How deep an event may be whose parts are left out of others, and what is left of those: together they are within the limit."""

_OBJECT = re.compile(rb'\{"\w')
"""What begins an object wherever it stands in JSON: within a string the quote would end it, and no letter may follow."""

_HEAD = 64

_decode = msgspec.json.Decoder().decode


def prove(body: bytes, known: Iterable[bytes]) -> bool:
    """Look at an event of which nothing but strings and numbers may be amiss; tell whether parts of it may be left out of other events.

    Args:
        body: the event, which msgspec has read by its types: what it skipped has the form of JSON, too.
        known: objects in it, in their order, that were in events of which parts may be left out.

    Raises:
        Refusal: 413 or 400, it is beyond limits.
        msgspec.DecodeError: a number is too large for anybody.
        UnicodeError: it is not UTF-8.
    """
    rest, shallow = _without(body, known), True
    try:
        limits.check(rest, depth=_HALF)
    except Refusal:
        limits.check(body)
        rest, shallow = body, False
    _decode(rest)
    return shallow


def _without(body: bytes, known: Iterable[bytes]) -> bytes:
    """Put a number in the place of each of the parts, up to the first that is not found where it should be."""
    kept, at = [], 0
    for part in known:
        begins = _place(body, part, at) if _OBJECT.match(part) else -1
        if begins < 0:
            break
        kept.append(body[at:begins])
        at = begins + len(part)
    return b"0".join((*kept, body[at:]))


def _place(body: bytes, part: bytes, at: int) -> int:
    head = part[:_HEAD]
    begins = body.find(head, at)
    while begins >= 0 and not body.startswith(part, begins):
        begins = body.find(head, begins + 1)
    return begins
