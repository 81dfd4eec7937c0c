"""The smallest events, and playing a stream of them as the relay does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from clew.shaping import Known, KnownDataset, KnownJob, KnownRun, Shaped, keys, shape

if TYPE_CHECKING:
    from clew.events import Json

A = {"namespace": "postgres://db:5432", "name": "a"}
B = {"namespace": "postgres://db:5432", "name": "b"}
SECONDS = {"START": 0, "RUNNING": 10, "OTHER": 20, "COMPLETE": 30, "FAIL": 30, "ABORT": 30}


def run_id(number: int) -> str:
    return f"00000000-0000-0000-0000-{number:012}"


def facet(**content: Any) -> Json:
    return {"_producer": "https://example.org", "_schemaURL": "https://example.org/facet.json", **content}


def event(
    event_type: str,
    *,
    run: int = 1,
    job: str = "job",
    namespace: str = "ns",
    at: str | None = None,
    parent: Json | None = None,
    **more: Any,
) -> Json:
    """Make an event; run 2 starts an hour after run 1, and so on."""
    run_facets = {**more.pop("run_facets", {}), **({"parent": parent} if parent else {})}
    return {
        "eventType": event_type,
        "eventTime": at or f"2026-01-01T{run:02}:00:{SECONDS.get(event_type.upper(), 0):02}Z",
        "run": {"runId": run_id(run), "facets": run_facets},
        "job": {"namespace": namespace, "name": job, "facets": more.pop("job_facets", {})},
        "inputs": more.pop("inputs", []),
        "outputs": more.pop("outputs", []),
        "producer": "https://example.org",
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
        **more,
    }


def parent(run: int, job: str, namespace: str = "ns") -> Json:
    return facet(run={"runId": run_id(run)}, job={"namespace": namespace, "name": job})


class Memory:
    """What the outbox remembers: each Known… as JSON under its key."""

    def __init__(self) -> None:
        self.stored: dict[Any, bytes] = {}
        self.warnings: list[str] = []

    def shape(self, sent: Json, **options: Any) -> tuple[Json, ...]:
        named = keys(sent)
        shaped: Shaped = shape(sent, self.known(sent), **options)
        after = shaped.known
        for key, value in ((("job", named.job), after.job), (("run", named.run), after.run), (("run", named.parent_run), after.parent_run)):
            self._store(key, value)
        for name, value in after.datasets.items():
            self._store(("dataset", name), value)
        self.warnings += shaped.warnings
        return shaped.events

    def known(self, sent: Json) -> Known:
        named = keys(sent)
        return Known(
            job=self._load(("job", named.job), KnownJob),
            run=self._load(("run", named.run), KnownRun),
            parent_run=self._load(("run", named.parent_run), KnownRun),
            parent_job=self._load(("job", named.parent_job), KnownJob),
            datasets={n: d for n in named.datasets if (d := self._load(("dataset", n), KnownDataset))},
        )

    def _store(self, key: tuple[str, Any], value: Any) -> None:
        if key[1] is not None and value is not None:
            self.stored[key] = msgspec.json.encode(value)

    def _load(self, key: tuple[str, Any], kind: Any) -> Any:
        return msgspec.json.decode(self.stored[key], type=kind) if key in self.stored else None


def play(*stream: Json) -> list[Json]:
    """Return what is sent for a stream of events."""
    memory = Memory()
    return [sent for one in stream for sent in memory.shape(one)]


def names(sent: Json) -> tuple[list[str], list[str]]:
    """Return the names of inputs and outputs."""
    return [d["name"] for d in sent["inputs"]], [d["name"] for d in sent["outputs"]]
