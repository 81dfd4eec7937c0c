"""How large a JSON document may be in depth and in the number of its values."""

from __future__ import annotations

from clew.server.calls import Refusal

DEPTH = 100
"""Arrays and objects within each other. Whoever reads what is stored must be able to, and some readers have a small stack."""

VALUES = 250_000
"""Members of arrays and objects in one event: 10,000 columns with type and description, and what each was made of."""

_WORDLESS = bytes(set(range(256)) - set(b'[]{},"'))


def check(document: bytes, *, depth: int = DEPTH, values: int = VALUES) -> None:
    """Look at a JSON document before it is decoded, when it has cost nothing yet.

    Raises:
        Refusal: 413, it has too many values; 400, it is nested too deep, or not closed.
    """
    bare = _structure(document, values)
    if bare is None or bare.count(b",") >= values:
        raise Refusal(413, f"an event may have {values} values")
    brackets = bare.translate(None, b",")
    for _ in range(depth):
        if not brackets:
            return
        brackets = brackets.replace(b"[]", b"").replace(b"{}", b"")
    if brackets:
        raise Refusal(400, f"JSON may be nested {depth} deep, and what is opened must be closed")


def _structure(document: bytes, values: int) -> bytes | None:
    """Return the brackets and commas of a document that stand in no string; None where it has more strings than values allow."""
    bare = document.replace(b"\\\\", b"").replace(b'\\"', b"") if b"\\" in document else document
    quoted = bare.translate(None, _WORDLESS)
    # Two quotes in a row open and close, or close and open: without them, the rest is within strings, or not, as before.
    quoted = quoted.replace(b'""', b"")
    if quoted.count(b'"') > 4 * values:
        return None
    return b"".join(quoted.split(b'"')[::2])
