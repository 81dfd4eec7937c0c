"""`clew relay --from-kafka`: OpenLineage's own Kafka transport on one side, a real broker between, a backend on the other."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import confluent_kafka
import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient
from openlineage.client.event_v2 import Job, Run, RunEvent, RunState
from openlineage.client.transport.kafka import KafkaConfig, KafkaTransport

from clew.outbox import Outbox
from clew.watching import process
from tests import kafka
from tests.acceptance.conftest import ENVIRONMENTS, needed
from tests.backends import Backend
from tests.events import event, run_id
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.acceptance


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[kafka.Broker]:
    needed(shutil.which("java"), "Java (Debian: apt-get install default-jre-headless)")
    needed(shutil.which("mvn"), "Maven (Debian: apt-get install maven)")
    with kafka.serving(tmp_path_factory.mktemp("kafka"), kafka.jars(ENVIRONMENTS)) as running:
        yield running


@pytest.fixture
def broker(server: kafka.Broker) -> str:
    return server.address


@pytest.fixture
def topic() -> str:
    return f"openlineage-{uuid4().hex[:8]}"


@pytest.fixture
def backend() -> Iterator[Backend]:
    with Backend() as backend:
        yield backend


@contextmanager
def relay(home: Path, backend: Backend, broker: str, topic: str, *options: str, **environ: str) -> Iterator[subprocess.Popen[str]]:
    command = (Path(sys.executable).with_name("clew"), "relay", "--from-kafka", topic, "--kafka-servers", broker, *options)
    surroundings = {**os.environ, "CLEW_HOME": str(home), "CLEW_URL": backend.url, **environ}
    with subprocess.Popen(command, env=surroundings, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as running:
        try:
            yield running
        finally:
            running.kill()


def delivered(home: Path, backend: Backend, broker: str, topic: str, *options: str) -> tuple[int, str]:
    """Deliver all that there is; return the exit status and what was printed."""
    with relay(home, backend, broker, topic, "--until-empty", *options) as running:
        out, _ = running.communicate(timeout=120)
    return running.returncode, out


def produce(broker: str, topic: str, *values: bytes) -> None:
    producer = Producer({"bootstrap.servers": broker})
    for value in values:
        producer.produce(topic, value, key=b"run:ns/job")
    assert producer.flush(60) == 0


def members(broker: str, group: str) -> int:
    """Return how many consumers a group has."""
    admin = AdminClient({"bootstrap.servers": broker})  # it must outlive the question
    return len(admin.describe_consumer_groups([group])[group].result(60).members)


def told(backend: Backend) -> list[str]:
    return [f"{e['eventType']} {e['run']['runId'][-2:]}" for e in backend.accepted]


def test_what_openlineages_kafka_transport_wrote_is_delivered_in_order(tmp_path, backend, broker, topic):
    transport = KafkaTransport(KafkaConfig(config={"bootstrap.servers": broker}, topic=topic))
    run = Run(run_id(1))
    for state in (RunState.START, RunState.RUNNING, RunState.COMPLETE):
        transport.emit(RunEvent(eventType=state, eventTime="2026-03-02T06:00:00Z", producer="p", run=run, job=Job("ns", "job")))
    transport.close(10)
    status, out = delivered(tmp_path, backend, broker, topic)
    assert (status, told(backend)) == (0, ["START 01", "RUNNING 01", "COMPLETE 01"]), out
    assert "everything is delivered" in out


def test_a_second_relay_goes_on_where_the_first_one_ended(tmp_path, backend, broker, topic):
    for number in (1, 2):
        produce(broker, topic, event("START", run=number))
        delivered(tmp_path, backend, broker, topic)
    assert told(backend) == ["START 01", "START 02"]


def test_a_relay_that_is_killed_loses_nothing(tmp_path, backend, broker, topic):
    produce(broker, topic, *(event("START", run=number, job=f"job{number}") for number in range(300)))
    with relay(tmp_path, backend, broker, topic) as killed:
        until(lambda: backend.accepted, seconds=120)
        killed.kill()
    produce(broker, topic, event("COMPLETE", run=7, job="job7"))
    delivered(tmp_path, backend, broker, topic)
    assert "COMPLETE 07" in told(backend)
    assert len({e["run"]["runId"] for e in backend.accepted}) == 300


def test_a_broker_that_is_killed_loses_nothing(tmp_path, backend, server, topic):
    produce(server.address, topic, *(event("START", run=number, job=f"job{number}") for number in range(300)))
    with relay(tmp_path, backend, server.address, topic):
        until(lambda: backend.accepted, seconds=120)
        server.kill()
        server.start()
        produce(server.address, topic, event("COMPLETE", run=7, job="job7"))
        until(lambda: "COMPLETE 07" in told(backend) and len({e["run"]["runId"] for e in backend.accepted}) == 300, seconds=120)


def test_a_message_that_is_no_event_is_put_aside_and_stops_nothing(tmp_path, backend, broker, topic):
    produce(broker, topic, b"no event", event("START", run=1))
    delivered(tmp_path, backend, broker, topic)
    assert told(backend) == ["START 01"]
    with closing(Outbox(tmp_path)) as outbox:
        assert len(outbox.ids("refused")) == 1


def test_a_full_outbox_leaves_the_rest_in_the_topic_until_there_is_room(tmp_path, backend, broker, topic):
    produce(broker, topic, *(event("START", run=number, job=f"job{number}", note="x" * 50_000) for number in range(40)))
    backend.stop()
    with relay(tmp_path, backend, broker, topic, CLEW_OUTBOX_LIMIT="1MB") as running:
        assert running.stdout is not None
        until(lambda: "They stay in the topic" in running.stdout.readline(), seconds=120)
        backend.start()
        until(lambda: len({e["run"]["runId"] for e in backend.accepted}) == 40, seconds=120)


def test_a_relay_that_has_waited_until_its_partitions_went_to_others_goes_on(tmp_path, backend, broker, topic):
    config = tmp_path / "consumer.properties"
    config.write_text(f"group.id={topic}\nsession.timeout.ms=6000\nmax.poll.interval.ms=6000\n")
    produce(broker, topic, *(event("START", run=number, job=f"job{number}", note="x" * 50_000) for number in range(40)))
    backend.stop()
    with relay(tmp_path, backend, broker, topic, "--kafka-config", str(config), CLEW_OUTBOX_LIMIT="1MB") as running:
        assert running.stdout is not None
        until(lambda: "They stay in the topic" in running.stdout.readline(), seconds=120)
        until(lambda: not members(broker, topic), seconds=120)
        backend.start()
        until(lambda: len({e["run"]["runId"] for e in backend.accepted}) == 40, seconds=120)
        produce(broker, topic, event("COMPLETE", run=7, job="job7"))
        until(lambda: "COMPLETE 07" in told(backend), seconds=120)


def test_a_property_that_is_none_is_told(tmp_path, backend, topic):
    config = tmp_path / "consumer.properties"
    config.write_text("# ours\nno.such.property=1\n")
    status, out = delivered(tmp_path, backend, "127.0.0.1:1", topic, "--kafka-config", str(config))
    assert (status, "no.such.property" in out) == (1, True)


def by_confluent_kafka(broker: str, topic: str) -> bytes:
    producer = confluent_kafka.Producer({"bootstrap.servers": broker})
    producer.produce(topic, b"order")
    producer.flush()
    consumer = confluent_kafka.Consumer({"bootstrap.servers": broker, "group.id": topic, "auto.offset.reset": "earliest"})
    consumer.subscribe([topic])
    with closing(consumer):
        return next(message.value() for message in iter(lambda: consumer.poll(30), None) if message.error() is None)


def by_kafka_python(broker: str, topic: str) -> bytes:
    import kafka as kafka_python

    with closing(kafka_python.KafkaProducer(bootstrap_servers=[broker])) as producer:
        producer.send(topic, b"order").get(30)
    consumer = kafka_python.KafkaConsumer(topic, bootstrap_servers=[broker], auto_offset_reset="earliest", consumer_timeout_ms=30_000)
    with closing(consumer):
        return next(consumer).value


@pytest.mark.filterwarnings("ignore:(open|read)_text is deprecated")  # kafka-python, as it is imported
@pytest.mark.parametrize("client", [by_confluent_kafka, by_kafka_python])
def test_topics_that_clients_write_and_read_are_seen(broker, topic, client):
    process.begin()
    assert client(broker, topic) == b"order"
    assert [(t.direction, t.namespace, t.name) for t in process.end()] == [(d, f"kafka://{broker}", topic) for d in ("write", "read")]
