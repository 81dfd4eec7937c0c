"""The backend answers as a real Marquez 0.51 did: streams are played into an empty backend, and every answer is compared.

By default the backend is the embedded one. With CLEW_CONFORMANCE_URL it is whatever listens there; it must be empty, so play one
recording at a time: `CLEW_CONFORMANCE_URL=http://127.0.0.1:5000 pytest tests/conformance/test_recordings.py -k pipeline`.
"""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path

import pytest

from clew.marquez import HttpSeam
from clew.server.seam import InProcessSeam
from clew.server.store import Store
from tests.conformance.compare import Sent, differences

RECORDINGS = sorted(Path(__file__).with_name("recordings").glob("*.json.gz"))

UNDECIDED = {
    ("outcomes", "/api/v1/jobs?limit=2&offset=1"): "three jobs changed at the same time; this page contradicts the recorded full list",
    (
        "rejected",
        "/api/v1/events/lineage?limit=2&sortDirection=asc",
    ): "all events have the same time; the recorded page is an arbitrary two",
}
"""Answers whose recorded content follows from where Postgres happened to keep rows."""


@pytest.fixture
def seam(tmp_path):
    url = os.environ.get("CLEW_CONFORMANCE_URL")
    if url:
        yield HttpSeam(url)
        return
    store = Store(tmp_path / "store.db")
    yield InProcessSeam(store)
    store.close()


@pytest.mark.parametrize("file", RECORDINGS, ids=lambda f: f.name.removesuffix(".json.gz"))
def test_every_answer_agrees_with_the_recorded_one(file, seam):
    recording = json.loads(gzip.decompress(file.read_bytes()))
    sent, found = Sent.by(recording), []
    asked = [(s["method"], s) for s in recording["sent"]] + [("GET", r) for r in recording["read"]]
    for method, want in asked:
        body = None if want.get("body") is None else json.dumps(want["body"]).encode()
        answer = seam.call(method, want["path"], body)
        if (recording["stream"], want["path"]) in UNDECIDED:
            assert answer.status == want["status"]
            continue
        got = json.loads(answer.body) if answer.body else None
        found += [f"{method} {want['path']}: {d}" for d in differences(want, answer.status, got, sent)]
    assert not found


def test_every_recording_is_played():
    assert len(RECORDINGS) == 9
