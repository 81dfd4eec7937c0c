"""A backend on an empty store, spoken to as a client does."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from clew.server.seam import InProcessSeam
from clew.server.store import Store

FACET = {"_producer": "https://example.com/test", "_schemaURL": "https://openlineage.io/spec/facets/1-0-0/Facet.json"}


def dataset(name: str, *, namespace: str = "db", columns: tuple[str, ...] = (), **facets: dict[str, Any]) -> dict[str, Any]:
    found = {k: {**FACET, **v} for k, v in facets.items()}
    if columns:
        found["schema"] = {**FACET, "fields": [{"name": c, "type": "INT"} for c in columns]}
    return {"namespace": namespace, "name": name, "facets": found}


def made_of(source: str, **fields: str) -> dict[str, Any]:
    """Make a columnLineage facet: each column was made of one column of `source`."""
    return {"fields": {k: {"inputFields": [{"namespace": "db", "name": source, "field": v}]} for k, v in fields.items()}}


class Backend:
    def __init__(self, store: Store) -> None:
        self.store = store
        self._seam = InProcessSeam(store)

    def call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        answer = self._seam.call(method, path, body if isinstance(body, bytes) or body is None else json.dumps(body).encode())
        return answer.status, json.loads(answer.body) if answer.body else None

    def get(self, *path: str, **query: Any) -> Any:
        status, answer = self.call("GET", "/".join(("/api/v1", *(quote(p, safe="") for p in path))) + f"?{urlencode(query)}")
        assert status == 200, answer
        return answer

    def send(self, event: dict[str, Any]) -> None:
        status, answer = self.call("POST", "/api/v1/lineage", event)
        assert status == 201, answer

    def run(
        self, type_: str, at: str = "06:00", *, run: str = "1", job: str = "job", parent: tuple[str, str] | None = None,
        inputs: tuple[dict[str, Any], ...] = (), outputs: tuple[dict[str, Any], ...] = (), job_facets: dict[str, Any] | None = None,
        run_facets: dict[str, Any] | None = None,
    ) -> None:  # fmt: skip
        facets = {k: {**FACET, **v} for k, v in (run_facets or {}).items()}
        if parent is not None:
            facets["parent"] = {**FACET, "job": {"namespace": "ns", "name": parent[0]}, "run": {"runId": run_id(parent[1])}}
        self.send({
            "eventType": type_,
            "eventTime": f"2026-03-02T{at}:00Z",
            "producer": "https://example.com/test",
            "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
            "run": {"runId": run_id(run), "facets": facets},
            "job": {"namespace": "ns", "name": job, "facets": {k: {**FACET, **v} for k, v in (job_facets or {}).items()}},
            "inputs": list(inputs),
            "outputs": list(outputs),
        })  # fmt: skip

    def job(self, name: str = "job") -> Any:
        return self.get("namespaces", "ns", "jobs", name)

    def dataset(self, name: str, namespace: str = "db") -> Any:
        return self.get("namespaces", namespace, "datasets", name)

    def a_run(self, run: str = "1") -> Any:
        return self.get("jobs", "runs", run_id(run))

    def graph(self, node: str, **query: Any) -> dict[str, Any]:
        return {n["id"]: n for n in self.get("lineage", nodeId=node, **query)["graph"]}

    def columns(self, node: str, **query: Any) -> dict[str, set[str]]:
        """Return the columns that each column of the answered graph was made of."""
        graph = self.get("column-lineage", nodeId=node, **query)["graph"]
        return {n["id"]: {e["destination"] for e in n["inEdges"]} for n in graph}


def run_id(short: str) -> str:
    return f"00000000-0000-4000-8000-{int(short):012d}"


@pytest.fixture
def backend(tmp_path):
    store = Store(tmp_path / "store.db")
    yield Backend(store)
    store.close()
