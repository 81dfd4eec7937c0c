"""An Airflow that answers from a recording of a real one, and what a sync of it sends."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from clew.marquez import Answer
from clew_airflow.history import sync
from clew_airflow.history.events import Place
from clew_airflow.history.missing import Missing
from clew_airflow.history.read import Reader
from clew_airflow.history.rest import Credentials, Rest
from clew_airflow.history.there import Nothing, There

LONG_AGO = datetime(2026, 1, 1, tzinfo=timezone.utc)
URL = "http://airflow:8080"


class Recorded:
    """Answers as recorded, by request; what was not asked then is not found."""

    def __init__(self, answers: dict[str, Any]) -> None:
        self._answers = answers
        self.asked: list[str] = []

    def call(self, method: str, path: str, body: bytes | None = None) -> Answer:
        self.asked.append(f"{method} {path}")
        asked = json.loads(body) if body else None
        found = self._answers.get(key(method, path, asked), self._answers.get(f"{method} {path}")) or self._some(path, asked)
        if found is None:
            return Answer(status=404, body=b'{"detail": "Not Found"}')
        return found if isinstance(found, Answer) else Answer(status=200, body=json.dumps(found).encode())

    def _some(self, path: str, asked: Any) -> Any:
        """Return those of the recorded task instances that are asked for."""
        if not path.endswith("/taskInstances/list"):
            return None
        every = next(answer for ask, answer in self._answers.items() if f"{path} " in ask)["task_instances"]
        some = [one for one in every if one["dag_run_id"] in asked["dag_run_ids"]]
        return {"task_instances": some, "total_entries": len(some)}


def key(method: str, path: str, body: Any) -> str:
    return f"{method} {path} {json.dumps(body, sort_keys=True)}" if body else f"{method} {path}"


def answers(version: str = "3_3_2") -> dict[str, Any]:
    """Return the answers of a real Airflow by request.

    3.3.2: a DAG that ends in every way, run and cleared once, with a task that is killed, and a DAG that its asset triggers.
    2.11.0: a DAG with a dataset, a param, a mapped task, and a task that never ran; some tries were lost in the queue.
    """
    recording = json.loads((Path(__file__).parent / f"airflow_{version}.json").read_text(encoding="utf-8"))
    return {key(*one["ask"].split(" ", 1), one["body"]): found(one) for one in recording}


def found(one: dict[str, Any]) -> Any:
    return one["answer"] if one["status"] < 300 else Answer(status=one["status"], body=json.dumps(one["answer"]).encode())


class Has:
    """A backend that has some runs, by their ids."""

    def __init__(self, runs: dict[str, There]) -> None:
        self.runs = runs

    def run(self, _job: str, run_id: str) -> There | None:
        return self.runs.get(run_id)

    def some(self, _job: str, run_ids: list[str]) -> list[There | None]:
        return [self.runs.get(run_id) for run_id in run_ids]


def rest(airflow: Recorded, credentials: Credentials = Credentials()) -> Rest:  # noqa: B008  it is frozen
    return Rest(URL, credentials, per_second=1e9, connect=lambda _url, _token: airflow, wait=lambda _seconds: None)


def synced(
    airflow: Recorded, backend: Any = None, *, place: dict[str, Any] | None = None, **more: Any
) -> tuple[list[dict[str, Any]], Missing]:
    """Return the events that a sync sends, and what it counted."""
    asks = rest(airflow)
    reader = Reader(asks)
    missing = Missing(
        reader, backend or Nothing(), Place(namespace="airflow", url=URL, version=asks.version, **(place or {})), reader.assets()
    )
    sent: list[bytes] = []
    arguments = {"since": LONG_AGO, "send": sent.extend, "remember": lambda _journey: None, "tell": lambda _run: None, **more}
    sync.sync(reader, missing, **arguments)
    return [json.loads(body) for body in sent], missing
