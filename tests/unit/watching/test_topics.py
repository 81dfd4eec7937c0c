from __future__ import annotations

import pytest

from clew.watching import topics


@pytest.mark.parametrize(
    ("brokers", "namespace"),
    [
        ("a:9093,b:9093", "kafka://a:9093"),
        (["a:9093", "b:9093"], "kafka://a:9093"),
        ("a", "kafka://a:9092"),
        ("SASL_SSL://a:9093", "kafka://a:9093"),
    ],
)
def test_a_topic_is_named_by_the_first_broker(watching, brokers, namespace):
    topics.tell("read", brokers, "orders")
    assert [(t.namespace, t.name) for t in watching.things()] == [(namespace, "orders")]
