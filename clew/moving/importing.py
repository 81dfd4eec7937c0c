"""Events and changes of a file come into a store."""

from __future__ import annotations

import gzip
import sys
import time
from collections import Counter, OrderedDict
from contextlib import contextmanager
from hashlib import blake2b
from itertools import islice
from typing import IO, TYPE_CHECKING

from msgspec import Struct, field

from clew.errors import BadImport
from clew.moving.items import Made, item
from clew.server.calls import Refusal
from clew.server.dispatch import asked
from clew.server.ingest.events import decode
from clew.server.ingest.record import record
from clew.server.store.file import told
from clew.server.times import instant
from clew.server.upkeep import log

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from clew.moving.items import Change
    from clew.server.store import Session, Store

_TOGETHER = 500
"""Lines of one transaction: each is there or not, whatever becomes of the others."""
_TIMES = 10_000
"""Event times whose events are kept in mind."""


class Refused(Struct, frozen=True, kw_only=True):
    """A line that the backend does not take."""

    line: int
    reason: str


class Imported(Struct, kw_only=True):
    """What became of the lines of a file: taken, known already, or refused."""

    taken: int = 0
    known: int = 0
    refused: list[Refused] = field(default_factory=list)


@contextmanager
def lines(path: Path | None) -> Iterator[Iterator[bytes]]:
    """Read the lines of a file, or of standard input (None); what is packed by gzip is unpacked.

    Raises:
        BadImport: it cannot be read.
    """
    try:
        with sys.stdin.buffer if path is None else path.open("rb") as file:
            yield _unpacked(file)
    except (OSError, EOFError, gzip.BadGzipFile) as error:
        reason = getattr(error, "strerror", None) or error
        raise BadImport(f"{path or 'standard input'} cannot be read: {reason}. What was read before is in the store.") from error


def bring_in(store: Store, found: Iterable[bytes], report: Callable[[str, int, int], None] = lambda *_: None) -> Imported:
    """Let every line come in, in order; what is in the store already, byte for byte and at the same time, is left out.

    So a file may be imported again, after an interruption or by mistake.

    Raises:
        StoreUnwritable: there is no room for more; what was taken before is there.
    """
    imported, known = Imported(), _Known()
    numbered = enumerate(found, 1)
    while together := list(islice(numbered, _TOGETHER)):
        with told(store.path), store.write() as db:
            for number, text in together:
                _one(db, known, imported, number, text.strip())
        report("importing", together[-1][0], 0)
    return imported


def _one(db: Session, known: _Known, imported: Imported, number: int, text: bytes) -> None:
    if not text:
        return
    try:
        with db.part():
            taken = _change(db, known, found.change) if isinstance(found := item(text), Made) else _event(db, known, text)
    except (Refusal, ValueError, OverflowError) as refusal:
        imported.refused.append(Refused(line=number, reason=str(refusal)))
        return
    imported.taken += taken
    imported.known += not taken


def _event(db: Session, known: _Known, body: bytes) -> bool:
    event = decode(body)
    if known.already(db, event.at, body):
        return False
    record(db, event, body, received=time.time_ns() // 1000)
    return True


def _change(db: Session, known: _Known, change: Change) -> bool:
    at = instant(change.at)
    if known.already(db, at, f"{change.method} {change.target}\n{change.body}".encode()):
        return False
    route, request = asked(change.method, change.target, change.body.encode(), at)
    if route.access != "write" or request.path == {}:
        raise Refusal(400, f"{change.method} {change.target} is no change")
    route.handler(db, request)
    return True


class _Known:
    """How many copies of what the store had at the times that are being imported; each copy stands for one line."""

    def __init__(self) -> None:
        self._at: OrderedDict[int, Counter[bytes]] = OrderedDict()

    def already(self, db: Session, at: int, body: bytes) -> bool:
        """Tell whether the store had this line before."""
        if at not in self._at:
            self._at[at] = Counter(_digest(entry) for entry in log.bodies_at(db, at))
            if len(self._at) > _TIMES:
                self._at.popitem(last=False)
        digest = _digest(body)
        if not self._at[at][digest]:
            return False
        self._at[at][digest] -= 1
        return True


def _digest(body: bytes) -> bytes:
    return blake2b(body, digest_size=16).digest()


def _unpacked(file: IO[bytes]) -> Iterator[bytes]:
    if not _is_packed(file):
        yield from file
        return
    with gzip.open(file) as unpacked:
        yield from unpacked


def _is_packed(file: IO[bytes]) -> bool:
    peek = getattr(file, "peek", None)
    return peek is not None and peek(2)[:2] == b"\x1f\x8b"
