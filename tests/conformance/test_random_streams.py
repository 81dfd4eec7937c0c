"""The backend answers random streams as a real Marquez does.

Needs a real Marquez 0.51 at CLEW_MARQUEZ_URL; it need not be empty, since each play uses names of its own. More plays:
`CLEW_SOAK_ROUNDS=200 CLEW_MARQUEZ_URL=http://127.0.0.1:5000 pytest tests/conformance/test_random_streams.py`.
Without one, streams must be answered without a fault, and alike when they come in one batch.
"""

from __future__ import annotations

import json
import os
import uuid
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from clew.marquez import HttpSeam
from clew.server.seam import InProcessSeam
from clew.server.store import Store
from tests.conformance.compare import Sent, differences
from tests.conformance.rarer_steps import EVERY_KIND
from tests.conformance.streams import Stream, full_name, path, reads, stream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clew.marquez import Seam

MARQUEZ = os.environ.get("CLEW_MARQUEZ_URL")
ROUNDS = int(os.environ.get("CLEW_SOAK_ROUNDS", "5"))


def ask(seam: Seam, method: str, where: str, body: Any = None) -> tuple[int, Any]:
    answer = seam.call(method, where, None if body is None else json.dumps(body).encode())
    return answer.status, json.loads(answer.body, object_hook=_columns_by_name) if answer.body else None


def _columns_by_name(value: dict[str, Any]) -> dict[str, Any]:
    """Sort the columns of a dataset, which Marquez gives in any order."""
    fields = value.get("fields")
    return value | {"fields": sorted(fields, key=lambda each: each["name"])} if isinstance(fields, list) else value


@pytest.fixture
def ours(tmp_path) -> Iterator[Seam]:
    store = Store(tmp_path / "store.db")
    yield InProcessSeam(store)
    store.close()


def known(where: str, difference: str) -> bool:
    """Tell whether Marquez is known to be wrong there: what `docs/backend.md` says of children."""
    return "lastRunStates" in where or any(key in difference for key in ("latestRun", "currentRunUuid", "parentJobUuid"))


@pytest.mark.skipif(not MARQUEZ, reason="needs a real Marquez at CLEW_MARQUEZ_URL")
@pytest.mark.parametrize("seed", range(ROUNDS))
def test_it_answers_as_a_real_marquez_does(seed, ours):
    made = stream(Random(seed), f"m{uuid.uuid4().hex[:8]}")
    real, found = HttpSeam(MARQUEZ or ""), []
    sent = Sent.by({"sent": [{"path": c.path, "body": c.body} for c in made.calls]})
    for method, where, body in _asked(made):
        status, want = ask(real, method, where, body)
        told = differences({"path": where, "status": status, "answer": want}, *ask(ours, method, where, body), sent)
        found += [f"{method} {where}: {d}" for d in told if not known(where, d)]
    assert not found


@pytest.mark.parametrize("seed", range(5))
def test_no_stream_meets_a_fault_and_one_that_comes_in_a_batch_is_the_same(seed, ours, tmp_path):
    made = stream(Random(seed), "m", EVERY_KIND)
    store = Store(tmp_path / "other.db")
    batched, waiting = InProcessSeam(store), []
    for call in made.calls:
        if call.path == "/api/v1/lineage":
            waiting.append(call.body)
            continue
        _deliver(batched, waiting)
        ask(batched, call.method, call.path, call.body)
    _deliver(batched, waiting)
    sent = Sent.by({"sent": [{"path": c.path, "body": c.body} for c in made.calls]})
    for method, where, body in _asked(made):
        status, answer = ask(ours, method, where, body)
        assert status < 500, where
        if method == "GET" and status == 200:
            assert not list(differences({"path": where, "status": 200, "answer": answer}, *ask(batched, method, where), sent))
    store.close()


def _deliver(seam: Seam, waiting: list[Any]) -> None:
    status, answer = ask(seam, "POST", "/api/v1/lineage/batch", waiting)
    assert (status, {r["status"] for r in answer["results"]} - {201}) == (200, set())
    waiting.clear()


def _asked(made: Stream) -> Iterator[tuple[str, str, Any]]:
    yield from ((c.method, c.path, c.body) for c in made.calls)
    yield from (("GET", where, None) for where in reads(made))
    for task in made.tasks:
        yield "GET", path("namespaces", task.namespace, "jobs", full_name(task), "versions"), None
    for table in made.tables:
        yield "GET", path("namespaces", table.namespace, "datasets", table.name, "versions"), None
