"""kafka-python: topics that producers send to, and topics that consumers got messages of.

Not seen: a subscription that brought nothing; whether a message was delivered, which is known only later.
"""

from __future__ import annotations

from typing import Any

from clew.watching import topics
from clew.watching.calls import after_each


def watch(module: Any) -> None:
    """Have producers and consumers tell the topics of their messages."""
    after_each([(module, "KafkaProducer.send", _sent), (module, "KafkaConsumer.poll", _polled)])


def _sent(_: Any, producer: Any, topic: str, *__: Any, **___: Any) -> None:
    topics.tell("write", producer.config["bootstrap_servers"], topic)


def _polled(messages: Any, consumer: Any, *_: Any, **__: Any) -> None:
    for partition in messages:
        topics.tell("read", consumer.config["bootstrap_servers"], partition.topic)
