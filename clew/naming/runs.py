"""The ids of runs, and what of a URL of code tells its content."""

from __future__ import annotations

from datetime import timezone
from hashlib import sha1
from typing import TYPE_CHECKING
from uuid import UUID

from clew.uuids import name_based

if TYPE_CHECKING:
    from datetime import datetime

BLOB = "#blob-"
"""Stands in a URL of code before the id of the file's content, which changes with the file, as the commit does with every push."""


_RUNS = UUID("5f1c2d5e-6a0b-5c0e-9d1c-c1e3b0a7d2f4").bytes
"""Namespace of the run ids that are made of names; any other constant would do as well."""


def run_id(at: datetime, *parts: object) -> str:
    """Return the run id that belongs to an instant and a name; the same always gives the same.

    A UUIDv7 (RFC 9562, 5.7) of the instant whose other bits are a hash of instant and dotted parts: what `generate_static_uuid` of
    openlineage-python gives, and so what Airflow's provider gives. Written out, since importing that costs half a second.
    """
    instant = at.astimezone(timezone.utc)
    digest = sha1(instant.isoformat().encode() + ".".join(map(str, parts)).encode(), usedforsecurity=False).digest()
    bits = int(instant.timestamp() * 1000) % 2**48 << 80 | int.from_bytes(digest, "big") >> 84
    version, variant = 0xF << 76, 0x3 << 62
    return str(UUID(int=bits & ~(version | variant) | 0x7 << 76 | 0x2 << 62))


def id_of(*parts: str) -> str:
    """Return the run id that belongs to a name alone, where no instant is told that is the same for everyone; the same always gives the same.

    A UUIDv5 (RFC 9562, 5.5) of the parts.
    """
    digest = sha1(_RUNS + "\0".join(parts).encode("utf-8", "replace"), usedforsecurity=False)
    return name_based(digest.hexdigest(), 5)
