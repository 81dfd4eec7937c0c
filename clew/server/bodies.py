"""The bodies of HTTP requests: how large they may be, and how they are unpacked."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from clew.server.calls import Refusal

if TYPE_CHECKING:
    from starlette.requests import Request

LIMIT = 64 * 1024**2
"""Bytes of a body, as sent and unpacked."""

_GZIP = 16 + zlib.MAX_WBITS


async def body_of(request: Request) -> bytes:
    """Read the body of a request, unpacked.

    Raises:
        Refusal: 413 it is too large, 415 it is packed in a way that is not known, 400 it does not unpack.
    """
    if int(request.headers.get("content-length") or 0) > LIMIT:
        raise _too_large()
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > LIMIT:
            raise _too_large()
        chunks.append(chunk)
    return unpacked(b"".join(chunks), request.headers.get("content-encoding", "identity").strip().lower())


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


def _too_large() -> Refusal:
    return Refusal(413, f"a body may have {LIMIT // 1024**2} MiB")
