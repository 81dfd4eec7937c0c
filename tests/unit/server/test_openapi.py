"""The API's description of itself is true."""

from __future__ import annotations

import gzip
import json
from functools import cache

import msgspec
import pytest

from clew.server.calls import Request
from clew.server.dispatch import asked
from clew.server.openapi import document
from clew.server.routes import ROUTES
from tests.conformance.test_recordings import RECORDINGS
from tests.unit.server.conftest import dataset, run_id


def test_it_describes_every_route(backend):
    paths = backend.get("openapi.json")["paths"]
    assert {(m.upper(), p) for p, of in paths.items() for m in of} == {(r.method, r.path) for r in ROUTES}


@cache
def _text() -> str:
    return json.dumps(document(ROUTES))


def test_what_it_refers_to_is_there():
    names = json.loads(_text())["components"]["schemas"]
    told = {part.partition('"')[0] for part in _text().split('"#/components/schemas/')[1:]}
    assert told <= set(names)


def test_no_name_tells_where_the_code_is():
    assert "clew.server" not in _text()


@pytest.mark.parametrize("file", RECORDINGS, ids=lambda f: f.name.removesuffix(".json.gz"))
def test_real_answers_have_the_shapes_that_it_promises(file, backend):
    recording = json.loads(gzip.decompress(file.read_bytes()))
    calls = [(s["method"], s["path"], s.get("body")) for s in recording["sent"]] + [("GET", r["path"], None) for r in recording["read"]]
    for method, path, body in calls:
        status, answer = backend.call(method, path, body)
        if status < 300 and answer is not None:
            gives = asked(method, path, b"", 0)[0].gives
            msgspec.convert(answer, gives)


class _Spy(Request):
    """A request that notes which parameters a handler asks for."""

    noted: set[str]

    def text(self, name: str, default: str | None = None) -> str | None:
        self.noted.add(name)
        return super().text(name, default)


@pytest.mark.parametrize("route", [r for r in ROUTES if r.access == "read"], ids=lambda r: r.path)
def test_it_names_every_parameter_that_is_asked_for(route, backend):
    """Refusals end a handler early, so each parameter has a value that is accepted."""
    backend.run("COMPLETE", inputs=(dataset("in", columns=("a",)),), outputs=(dataset("out", columns=("a",)),))
    names = {"namespace": "ns" if "job" in route.path else "db", "job": "job", "dataset": "out", "run": run_id("1"), "source": "default"}
    values = {"nodeId": "job:ns:job", "runId": run_id("1"), "q": "o", "type": "run", "period": "WEEK", "timezone": "UTC"}
    spy = _Spy(path=names | {"version": "0"}, query={k: (v,) for k, v in values.items()})
    object.__setattr__(spy, "noted", set())
    with backend.store.read() as session:
        try:
            route.handler(session, spy)
        except Exception as refused:  # noqa: BLE001  a version that is not there
            assert "version" in str(refused)  # noqa: PT017
    assert spy.noted <= {p.name for p in route.query}
