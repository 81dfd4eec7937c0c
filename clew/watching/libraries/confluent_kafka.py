"""confluent-kafka: topics that producers produce to, and topics that consumers got messages of; with and without serialisers.

Its classes are C and cannot be changed, so classes of ours take their place, which are theirs in all that they do and are asked.
Not seen: a subscription that brought nothing; whether a message was delivered, which is known only later; the asynchronous classes;
clients of a class that somebody has imported before watching began.
"""

from __future__ import annotations

from typing import Any

from clew.watching import topics
from clew.watching.process import told

_SERVERS = ("bootstrap.servers", "metadata.broker.list")


def watch(module: Any) -> None:
    """Put classes that tell the topics of their messages where the library's own are found."""
    for name, make in (("Producer", _producer), ("Consumer", _consumer)):
        ours = make(getattr(module.cimpl, name))
        setattr(module, name, ours)
        setattr(module.cimpl, name, ours)
    for name, make in (("SerializingProducer", _producer), ("DeserializingConsumer", _consumer)):
        setattr(module, name, make(getattr(module, name)))


def _brokers(args: tuple[Any, ...], kwargs: dict[str, Any]) -> str | None:
    given = {**(args[0] if args and isinstance(args[0], dict) else {}), **kwargs}
    return next((given[name] for name in _SERVERS if name in given), None)


def _as_theirs(ours: Any, theirs: type) -> Any:
    ours.__name__, ours.__qualname__, ours.__module__, ours.__doc__ = (
        theirs.__name__,
        theirs.__qualname__,
        theirs.__module__,
        theirs.__doc__,
    )
    return ours


def _family(theirs: type) -> type:
    """Return a metaclass with which `isinstance(x, ours)` says what `isinstance(x, theirs)` did."""

    class Family(type(theirs)):  # type: ignore[misc]
        def __instancecheck__(cls, instance: Any) -> bool:
            return (
                isinstance(instance, theirs) if cls is cls.__mro__[0] and theirs in cls.__bases__ else type.__instancecheck__(cls, instance)
            )

        def __subclasscheck__(cls, other: type) -> bool:
            return issubclass(other, theirs) if theirs in cls.__bases__ else super().__subclasscheck__(other)

    return Family


def _producer(theirs: Any) -> Any:
    class Watched(theirs, metaclass=_family(theirs)):  # type: ignore[misc,metaclass]
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self._clew_brokers = _brokers(args, kwargs)

        def produce(self, topic: str, *args: Any, **kwargs: Any) -> Any:
            result = super().produce(topic, *args, **kwargs)
            told(_tell, ("write", self, topic))
            return result

    return _as_theirs(Watched, theirs)


def _consumer(theirs: Any) -> Any:
    class Watched(theirs, metaclass=_family(theirs)):  # type: ignore[misc,metaclass]
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self._clew_brokers = _brokers(args, kwargs)

        def poll(self, *args: Any, **kwargs: Any) -> Any:
            message = super().poll(*args, **kwargs)
            if message is not None:
                told(_tell_messages, (self, [message]))
            return message

        def consume(self, *args: Any, **kwargs: Any) -> Any:
            messages = super().consume(*args, **kwargs)
            told(_tell_messages, (self, messages))
            return messages

    return _as_theirs(Watched, theirs)


def _tell_messages(consumer: Any, messages: list[Any]) -> None:
    for message in messages:
        if message.error() is None:
            _tell("read", consumer, message.topic())


def _tell(direction: Any, client: Any, topic: str) -> None:
    topics.tell(direction, client._clew_brokers, topic)  # noqa: SLF001  our own
