"""An array of events, taken apart without being decoded: what is wrong with one of them is the fault of none of the others."""

from __future__ import annotations

import re

import msgspec

from clew.server.calls import Refusal

_decode = msgspec.json.Decoder(list[msgspec.Raw]).decode

_ESCAPED = re.compile(rb"\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|(u[dD][89a-fA-F]..)|.)", re.DOTALL)
"""What a backslash makes of the text behind it; the group is half of a surrogate pair that stands alone."""

_PRIVATE = re.compile(rb"\\u[ef][0-9a-f]{3}")
"""Characters that mean nothing by themselves, as they stand in JSON in lower case."""

_HALF = rb"\ud800"


def apart(body: bytes) -> list[bytes]:
    """Return the events of an array as they came.

    Raises:
        Refusal: 400, it is no array.
    """
    try:
        return _raws(body)
    except RecursionError:
        raise Refusal(400, "expected an array of events: nested too deep") from None
    except msgspec.DecodeError as error:
        found = _with_halves(body)
        if found is None:
            raise Refusal(400, f"expected an array of events: {error}") from None
        return found


def _with_halves(body: bytes) -> list[bytes] | None:
    """Return events of which some hold half of a surrogate pair, which is no text; None where that is not all that is wrong."""
    stand_in = _unused(body)
    try:
        raws = _raws(_ESCAPED.sub(lambda found: stand_in if found[1] else found[0], body))
    except msgspec.DecodeError:
        return None
    return [raw.replace(stand_in, _HALF) for raw in raws]


def _unused(body: bytes) -> bytes:
    """Return a character, as long as a half is, that does not stand in the body; a half where all of them do."""
    used = set(_PRIVATE.findall(body.lower()))
    return next((each for each in (b"\\u%04x" % n for n in range(0xE000, 0xF900)) if each not in used), _HALF)


def _raws(body: bytes) -> list[bytes]:
    return [bytes(raw) for raw in _decode(body)]
