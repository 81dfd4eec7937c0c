"""What `clew relay --from-kafka` tells of Kafka; that it delivers is shown with a real broker (`tests/acceptance/test_kafka.py`)."""

from __future__ import annotations

import pytest

from clew.kafka import _Troubles

kafka = pytest.importorskip("confluent_kafka")


def test_a_trouble_that_repeats_itself_is_told_once(caplog):
    """librdkafka tells it with every try to connect, twenty times a second."""
    troubles, away = _Troubles(), kafka.KafkaError(kafka.KafkaError._TRANSPORT, "kafka:9092: Connection refused")
    for _ in range(20):
        troubles.tell(away)
    troubles.tell(kafka.KafkaError(kafka.KafkaError.UNKNOWN_TOPIC_OR_PART, "no such topic"))
    assert ["Connection refused" in caplog.messages[0], "no such topic" in caplog.messages[1]] == [True, True]
    assert len(caplog.messages) == 2
