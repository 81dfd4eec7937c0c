"""The relay that starts by itself: `python -m clew.outbox`, started by `autostart`, which hands the lock down."""

from __future__ import annotations

import logging
import os

from clew import stopping
from clew.errors import OutboxError
from clew.outbox.autostart import LOCK_VARIABLE
from clew.outbox.lock import RelayLock
from clew.outbox.outbox import Outbox
from clew.outbox.relay import Manner, delivery_to, serve
from clew.settings import LOCAL_URL, home, load

log = logging.getLogger("clew.relay")

IDLE_SECONDS = 10.0
"""How long it waits for more. Starting another one costs a host some milliseconds and the machine half a second."""
PATIENCE = 15.0
"""How long it tries to reach a `clew up` on this machine, which starts a relay itself once it listens."""
ROOM_SECONDS = 10.0
"""How long it waits on a full disk before it looks again."""


def main() -> None:
    """Deliver until the outbox is empty and nobody appends any more."""
    os.umask(0o077)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(process)d %(levelname)s %(message)s")
    settings = load()
    place = home(settings)
    lock = RelayLock(place, int(os.environ.pop(LOCK_VARIABLE)))
    os.set_inheritable(lock.descriptor, False)  # noqa: FBT003  it takes no keyword
    stop = stopping.on_signals()
    manner = Manner(
        threads=settings.relay_threads,
        idle_seconds=IDLE_SECONDS,
        patience=PATIENCE if settings.url in {None, LOCAL_URL} else None,
        room_seconds=ROOM_SECONDS,
    )
    outbox = Outbox(place, limit=settings.outbox_limit, for_relay=True)
    log.info("relay starts for %s", outbox.file)
    try:
        log.info("relay ends: %s", serve(outbox, lock, delivery_to(settings), manner=manner, stop=stop))
    except OutboxError as error:
        log.error("relay ends: %s", error)  # noqa: TRY400  the message is for a person
        raise SystemExit(1) from None


main()
