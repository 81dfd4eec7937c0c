"""UUIDs that are made of names, written out: `uuid.uuid5` and `uuid.UUID` take several times as long for the same."""

from __future__ import annotations

_VARIANT = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}
"""The digit that tells the variant, two bits of which are the digest's."""


def name_based(digest: str, version: int) -> str:
    """Write a digest as a UUID.

    Args:
        digest: 32 or more hexadecimal digits: of MD5 for version 3, of SHA-1 for version 5. Source: RFC 9562, 5.3 and 5.5.
        version: as above.
    """
    return f"{digest[:8]}-{digest[8:12]}-{version}{digest[13:16]}-{_VARIANT[digest[16]]}{digest[17:20]}-{digest[20:32]}"
