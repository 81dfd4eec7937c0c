"""JSON as it is kept: deflated where it is large."""

from __future__ import annotations

import zlib

LARGE = 2048
"""Bytes from which on JSON is deflated: column lineage shrinks to a tenth, and what is small would cost more time than room."""

_DEFLATED = b"\x78"
"""What zlib begins with, and no JSON does."""


def packed(json: bytes) -> bytes:
    """Give JSON the form in which it is kept."""
    return zlib.compress(json, 2) if len(json) >= LARGE else json


def unpacked(kept: bytes) -> bytes:
    """Return JSON that was kept."""
    return zlib.decompress(kept) if kept.startswith(_DEFLATED) else kept
