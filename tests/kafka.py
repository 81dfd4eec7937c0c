"""A real Kafka broker of a test's own: Kafka's own programs, in KRaft mode, on loopback."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

VERSION = "4.1.1"

POM = f"""
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion><groupId>clew</groupId><artifactId>broker</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>{VERSION}</version></dependency>
  </dependencies>
</project>
"""

PROPERTIES = """
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
controller.listener.names=CONTROLLER
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
log.dirs={folder}/data
num.partitions=3
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
group.initial.rebalance.delay.ms=0
share.coordinator.state.topic.replication.factor=1
transaction.state.log.replication.factor=1
"""


def jars(folder: Path) -> Path:
    """Fetch the broker's jars unless they are there, and return their folder."""
    place = folder / f"kafka-{VERSION}"
    if not place.is_dir():
        aside = folder / f"kafka-{VERSION}.{os.getpid()}"
        aside.mkdir(parents=True)
        (aside / "pom.xml").write_text(POM, encoding="utf-8")
        copy = ("mvn", "--batch-mode", "--quiet", "dependency:copy-dependencies", "-DoutputDirectory=jars")
        subprocess.run(copy, cwd=aside, check=True, timeout=300)
        with suppress(OSError):  # somebody else was first
            (aside / "jars").rename(place)
        shutil.rmtree(aside)
    return place


class Broker:
    """A broker that can be killed and started again; its data and its address stay."""

    def __init__(self, folder: Path, libraries: Path) -> None:
        port, controller = _free_ports(2)
        self.address = f"127.0.0.1:{port}"
        self._folder, self._config, self._port = folder, folder / "server.properties", port
        self._config.write_text(PROPERTIES.format(port=port, controller=controller, folder=folder), encoding="utf-8")
        self._java = ("java", "-Xmx512m", "-cp", f"{libraries}/*")
        format_storage = (*self._java, "kafka.tools.StorageTool", "format", "-t", "MkU3OEVBNTcwNTJENDM2Qg", "-c", str(self._config))
        subprocess.run(format_storage, check=True, capture_output=True, timeout=120)

    def start(self) -> None:
        with (self._folder / "broker.log").open("ab") as log:
            command = (*self._java, "kafka.Kafka", str(self._config))
            self._process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, cwd=self._folder)
        until(lambda: _listens(self._port) or self._process.poll() is not None, seconds=120)
        assert self._process.poll() is None, (self._folder / "broker.log").read_text()[-2000:]

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()


@contextmanager
def serving(folder: Path, libraries: Path) -> Iterator[Broker]:
    """Run a broker whose data is in the folder."""
    broker = Broker(folder, libraries)
    broker.start()
    try:
        yield broker
    finally:
        broker.kill()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _free_ports(count: int) -> list[int]:
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [server.getsockname()[1] for server in held]
    for server in held:
        server.close()
    return ports
