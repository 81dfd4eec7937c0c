"""Topics of Kafka, whichever client reads or writes them."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from clew.watching.process import see
from clew.watching.seen import Seen

if TYPE_CHECKING:
    from clew.watching.seen import Direction


def tell(direction: Direction, brokers: Any, topic: str) -> None:
    """Tell that a topic was read or written.

    Args:
        direction: `read` or `write`.
        brokers: the client's bootstrap servers, as a text with commas or as a list.
        topic: its name.
    """
    if brokers and topic:
        see(_seen(direction, brokers if isinstance(brokers, str) else ",".join(brokers), topic))


@lru_cache(maxsize=256)
def _seen(direction: Direction, brokers: str, topic: str) -> Seen:
    """Make it once: messages are many. Source of the name: specification, *Kafka*, with the first of several brokers."""
    first = brokers.partition(",")[0].strip().rpartition("://")[2]
    return Seen(direction=direction, namespace=f"kafka://{first if ':' in first else f'{first}:9092'}", name=topic)
