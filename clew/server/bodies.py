"""The bodies of HTTP requests: how large they may be, how long they may take, and how they are unpacked."""

from __future__ import annotations

import time
import zlib
from typing import TYPE_CHECKING

import anyio

from clew.server.calls import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import Receive

LIMIT = 64 * 1024**2
"""Bytes of a body, as sent and unpacked."""

PATIENCE, PACE = 10.0, 64 * 1024
"""A body may take 10 seconds, and one more for each 64 KiB of it that came: who sends a byte a second is not waited for."""

_GZIP = 16 + zlib.MAX_WBITS


async def body_of(headers: Mapping[bytes, bytes], receive: Receive) -> bytes:
    """Read the body of a request, unpacked.

    Raises:
        Refusal: 413 it is too large, 408 it takes too long or breaks off, 415 it is packed in a way that is not known, 400 it does
            not unpack.
    """
    announced = header(headers, "content-length", "0")
    if announced.isdecimal() and int(announced) > LIMIT:
        raise _too_large()
    return unpacked(await _received(receive), header(headers, "content-encoding", "identity").strip().lower())


def header(headers: Mapping[bytes, bytes], name: str, default: str) -> str:
    """Return a header of a request; names are in lower case."""
    found = headers.get(name.encode())
    return default if found is None else found.decode("latin-1")


def unpacked(body: bytes, encoding: str) -> bytes:
    """Unpack a body; no more than LIMIT bytes of it ever exist.

    Raises:
        Refusal: 413, 415 or 400, as above.
    """
    if encoding in {"identity", ""} or not body:
        return body
    if encoding != "gzip":
        raise Refusal(415, f"Content-Encoding {encoding!r} is not known, only gzip is")
    unpacker = zlib.decompressobj(_GZIP)
    try:
        unpacked_body = unpacker.decompress(body, LIMIT + 1)
    except zlib.error as error:
        raise Refusal(400, f"the body is no gzip: {error}") from None
    if len(unpacked_body) > LIMIT:
        raise _too_large()
    if not unpacker.eof:
        raise Refusal(400, "the body is no gzip: it breaks off")
    return unpacked_body


async def _received(receive: Receive) -> bytes:
    chunks, size, began = [], 0, time.monotonic()
    while True:
        message = None
        with anyio.move_on_after(began + PATIENCE + size / PACE - time.monotonic()):
            message = await receive()
        if message is None or message["type"] == "http.disconnect":
            raise Refusal(408, f"the body took too long or broke off: {size} bytes of it came")
        size += len(message.get("body", b""))
        if size > LIMIT:
            raise _too_large()
        chunks.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(chunks)


def _too_large() -> Refusal:
    return Refusal(413, f"a body may have {LIMIT // 1024**2} MiB")
