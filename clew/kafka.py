"""Events from a Kafka topic, as OpenLineage's own Kafka transport writes them, into the outbox.

An offset is committed when its event is durable in the outbox: what is delivered twice after a crash is harmless, what is lost is not.
"""

from __future__ import annotations

import logging
import threading
import time
from functools import partial
from typing import TYPE_CHECKING, Any

from clew.errors import BadSetting, ClewError, OutboxFull

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from confluent_kafka import Message

    from clew.outbox import Outbox

log = logging.getLogger("clew.relay")

GROUP = "clew-relay"
"""Consumer group unless the configuration names another: relays of one group share a topic's partitions."""
AT_ONCE = 1000
"""Events that are appended in one transaction."""
LOOK = 0.5
"""Seconds to wait for events, and between two tries of an outbox that is full."""

SILENCE = 60.0
"""Seconds until the same trouble is told again."""

_OPEN_TO_CHANGE = {
    "group.id": GROUP,
    "auto.offset.reset": "earliest",
    "session.timeout.ms": 10_000,
    "max.poll.interval.ms": 86_400_000,
    "log_level": 0,
}
"""What we ask of librdkafka unless a configuration says otherwise. A full outbox is waited for longer than the five minutes after which
the partitions would go to others. Its own log would tell what `error_cb` tells us, without end."""


def properties(file: Path) -> dict[str, str]:
    """Read a file of `name=value` lines, as Kafka's own programs read them; `#` begins a comment.

    Raises:
        BadSetting: it cannot be read, or a line is no pair.
    """
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadSetting(f"--kafka-config {file}: {getattr(error, 'strerror', None) or error}.") from None
    found = {}
    for number, line in enumerate(lines, 1):
        name, equals, value = line.strip().partition("=")
        if not name or name.startswith("#"):
            continue
        if not equals:
            raise BadSetting(f"--kafka-config {file}, line {number}: expected name=value, such as bootstrap.servers=kafka:9092.")
        found[name.strip()] = value.strip()
    return found


class Topic:
    """A topic whose events go into an outbox."""

    def __init__(self, name: str, config: Mapping[str, str]) -> None:
        """Subscribe; nothing is asked of the broker yet.

        Args:
            name: the topic.
            config: properties of librdkafka's consumer, at least `bootstrap.servers`.

        Raises:
            ClewError: the package confluent-kafka is not there.
            BadSetting: a property is none, or its value is none.
        """
        try:
            from confluent_kafka import Consumer, KafkaException
        except ImportError:
            raise ClewError('Reading from Kafka needs a package that is not there. Install it: pip install "clew[kafka]"') from None
        self._troubles = _Troubles()
        ours = {"enable.auto.commit": False, "enable.partition.eof": True, "error_cb": self._troubles.tell}
        try:
            self._consumer = Consumer({**_OPEN_TO_CHANGE, **config, **ours})
        except (KafkaException, ValueError) as error:
            raise BadSetting(f"Kafka's configuration: {error.args[0]}") from None
        self._consumer.subscribe([name])
        self._name = name
        self._read_to_end: set[tuple[str, int]] = set()

    def drain_into(self, outbox: Outbox, stop: threading.Event, *, until_end: bool = False) -> None:
        """Append events until `stop` is set or, when asked, every partition that is ours has been read to its end."""
        try:
            while not stop.is_set():
                bodies = [body for message in self._consumer.consume(AT_ONCE, LOOK) if (body := self._body(message))]
                if bodies and self._append(outbox, bodies, stop):
                    self._commit()
                if until_end and not bodies and self._is_at_end():
                    return
        finally:
            self._consumer.close()

    def _body(self, message: Message) -> bytes | None:
        """Return the event of a message; None where it has none."""
        error = message.error()
        place = (str(message.topic()), int(message.partition() or 0))
        if error is None:
            self._read_to_end.discard(place)
            return message.value()
        if error.name() == "_PARTITION_EOF":
            self._read_to_end.add(place)
        else:
            self._troubles.tell(error)
        return None

    def _append(self, outbox: Outbox, bodies: list[bytes], stop: threading.Event) -> bool:
        """Append events; a full outbox is waited for, since Kafka keeps what is not committed."""
        full = _full(outbox, bodies)
        if full is None:
            return True
        log.warning("%s They stay in the topic %s until there is room.", full, self._name)
        return all(_kept(outbox, body, stop) for body in bodies)

    def _commit(self) -> None:
        """Commit what was read; where the broker is away, or has given the partitions to others, it is read again, which changes nothing."""
        from confluent_kafka import KafkaException

        try:
            self._consumer.commit(asynchronous=False)
        except KafkaException as error:
            self._troubles.tell(error.args[0])

    def _is_at_end(self) -> bool:
        ours = {(p.topic, p.partition) for p in self._consumer.assignment()}
        return bool(ours) and ours <= self._read_to_end


class Draining(threading.Thread):
    """A thread that drains a topic until it is told to stop; when it fails, it tells everybody else to stop, too."""

    def __init__(self, topic: Topic, outbox: Outbox, stop: threading.Event, *, until_end: bool) -> None:
        super().__init__(name="clew-kafka")
        self.error: Exception | None = None
        self._work = partial(topic.drain_into, outbox, stop, until_end=until_end)
        self._stop_all = stop

    def run(self) -> None:
        """Drain; `error` is for whoever started it to raise."""
        try:
            self._work()
        except Exception as error:  # noqa: BLE001  a relay that no longer reads its topic must not look as if it did
            self.error = error
            self._stop_all.set()


def _kept(outbox: Outbox, body: bytes, stop: threading.Event) -> bool:
    """Append an event as soon as there is room; tell whether that came before `stop`."""
    while _full(outbox, [body]):
        if stop.wait(LOOK):
            return False
    return True


def _full(outbox: Outbox, bodies: list[bytes]) -> OutboxFull | None:
    """Append events; return the error where there is no room for them."""
    try:
        outbox.append(bodies, all_or_none=True)
    except OutboxFull as error:
        return error
    return None


class _Troubles:
    """Tells each trouble once in a while: librdkafka repeats it with every try to connect, twenty times a second."""

    def __init__(self) -> None:
        self._told: dict[str, float] = {}

    def tell(self, error: Any) -> None:
        """Log it, unless it was told lately."""
        now = time.monotonic()
        if now - self._told.get(error.name(), float("-inf")) > SILENCE:
            self._told[error.name()] = now
            log.warning("Kafka: %s. It is tried again by itself; --kafka-servers and --kafka-config say where and how.", error.str())
