"""That topics are seen is shown against a real broker: tests/acceptance/test_kafka.py."""

from __future__ import annotations

from clew.watching import libraries


def test_a_version_without_a_call_that_is_known_costs_one_warning(caplog):
    libraries._watch("kafka", type("Changed", (), {}))
    assert "there is no KafkaProducer.send, KafkaConsumer.poll" in caplog.text
    assert len(caplog.records) == 1
