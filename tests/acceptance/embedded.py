"""The embedded backend with a store of its own, and `clew sync`, `clew verify` against it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from urllib.request import urlopen

from clew.outbox import Outbox
from tests.relays import end_relay
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Backend:
    """A backend of its own, and a home from which things are sent to it."""

    url: str
    home: Path

    def runs(self) -> dict[tuple[str, str], str]:
        """Return the state of each run by job and id."""
        jobs = self._get("namespaces/airflow/jobs?limit=1000")["jobs"] if self._has_jobs() else []
        return {
            (job["name"], run["id"]): run["state"]
            for job in jobs
            for run in self._get(f"namespaces/airflow/jobs/{quote(job['name'], safe='')}/runs?limit=10000")["runs"]
        }

    def wait_for_ends(self, job: str, runs: int = 1) -> None:
        """Wait until so many runs of a job have ended: that a DAG run did, its scheduler tells by a process that nobody waits for."""
        until(lambda: sum(state not in {"NEW", "RUNNING"} for (of, _), state in self.runs().items() if of == job) >= runs, 120)

    def versions(self, job: str) -> int:
        """Return how many versions a job has."""
        return len(self._get(f"namespaces/airflow/jobs/{quote(job, safe='')}/versions?limit=100")["versions"])

    def events(self) -> list[dict[str, Any]]:
        """Return what it has received, the newest first."""
        found: list[dict[str, Any]] = self._get("events/lineage?limit=10000")["events"]
        return found

    def clew(self, command: str, airflow: str, *options: str) -> tuple[int, Any]:
        """Run `clew sync` or `clew verify`; wait for delivery; return status and summary."""
        ended = subprocess.run(
            [sys.executable, "-m", "clew", command, "airflow", "--url", airflow, "--rate", "100", "--json", *options],
            env={**os.environ, "CLEW_URL": self.url, "CLEW_HOME": str(self.home)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.stdout, ended.stderr
        assert Outbox(self.home).wait_until_empty(120)
        return ended.returncode, json.loads(ended.stdout)

    def deliver(self, outbox: Path) -> None:
        """Deliver what waits in an outbox: a relay that was killed has a successor with the next event alone, and there may be none."""
        environ = {**os.environ, "CLEW_URL": self.url, "CLEW_HOME": str(outbox)}
        command = [sys.executable, "-m", "clew", "relay", "--until-empty"]
        until(
            lambda: (
                Outbox(outbox).wait_until_empty(1) or subprocess.run(command, env=environ, capture_output=True, check=False).returncode == 0
            ),
            120,
        )

    def _has_jobs(self) -> bool:
        return "airflow" in {n["name"] for n in self._get("namespaces")["namespaces"]}

    def _get(self, path: str) -> Any:
        with urlopen(f"{self.url}/api/v1/{path}") as answer:
            return json.load(answer)


@contextmanager
def backend(folder: Path, port: int = 0) -> Iterator[Backend]:
    """Run `clew up` with a store of its own, on any port unless it is told which."""
    server = subprocess.Popen(
        [sys.executable, "-m", "clew", "up", "--port", str(port), "--store", str(folder / "store.db")],
        env={**os.environ, "CLEW_HOME": str(folder), "CLEW_RELAY": "false"},
        stdout=subprocess.PIPE,
        text=True,
    )
    home = folder / "sends"
    try:
        yield Backend(url=server.stdout.readline().split()[-1], home=home)
    finally:
        server.terminate()
        server.communicate(timeout=60)
        end_relay(home)
