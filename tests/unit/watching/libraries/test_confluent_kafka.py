from __future__ import annotations

import confluent_kafka
import pytest
from confluent_kafka import cimpl

from clew.watching import Seen, libraries

SERVERS = {"bootstrap.servers": "127.0.0.1:1,127.0.0.1:2", "log_level": 0}
ORDERS = Seen(direction="write", namespace="kafka://127.0.0.1:1", name="orders")


def produced(producer) -> None:
    producer.produce("orders", b"1")
    producer.purge()


def test_a_topic_that_is_produced_to_is_written(watching):
    produced(confluent_kafka.Producer(SERVERS))
    assert watching.things() == [ORDERS]


def test_with_serialisers_it_is_the_same(watching):
    produced(confluent_kafka.SerializingProducer(SERVERS))
    assert watching.things() == [ORDERS]


def test_options_by_name_are_options(watching):
    produced(confluent_kafka.Producer(**SERVERS))
    assert watching.things() == [ORDERS]


def test_classes_are_what_they_were(watching):
    class Theirs(confluent_kafka.Producer):
        pass

    theirs, plain = Theirs(SERVERS), confluent_kafka.Producer(SERVERS)
    produced(theirs)
    assert watching.things() == [ORDERS]
    assert isinstance(theirs, Theirs)
    assert not isinstance(plain, Theirs)
    assert isinstance(confluent_kafka.SerializingProducer(SERVERS), confluent_kafka.Producer)
    assert issubclass(confluent_kafka.SerializingProducer, confluent_kafka.Producer)
    assert (type(plain).__name__, type(plain).__module__) == ("Producer", "cimpl")
    assert confluent_kafka.Producer is cimpl.Producer


def test_an_error_of_the_users_passes_and_nothing_is_seen(watching):
    with pytest.raises(confluent_kafka.KafkaException, match="No such configuration property"):
        confluent_kafka.Producer({"unknown.option": 1})
    with pytest.raises(TypeError):
        confluent_kafka.Producer(SERVERS).produce()
    assert watching.things() == []


def test_a_version_without_the_classes_costs_one_warning(caplog):
    libraries._watch("confluent_kafka", type("Changed", (), {"cimpl": None}))
    assert "does not know this version of confluent_kafka" in caplog.text
    assert len(caplog.records) == 1
