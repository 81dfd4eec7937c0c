from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from clew import shaping
from clew.errors import Refused, Troubled, Unreachable
from clew.marquez import Answer, Marquez
from clew.outbox.delivery import Delivery, Parcel, decode
from clew.shaping import Keys, Known, KnownDataset, KnownJob, KnownRun, Shaped

if TYPE_CHECKING:
    from collections.abc import Mapping


class Recorded:
    """A seam with answers by path; what it has not is a 404."""

    def __init__(self, answers: Mapping[str, Any] | None = None) -> None:
        self.answers = dict(answers or {})
        self.asked: list[str] = []
        self.sent: list[Any] = []

    def call(self, method: str, path: str, body: bytes | None = None) -> Answer:
        if method == "POST":
            self.sent.append(msgspec.json.decode(body or b""))
            return Answer(status=self.answers.get(path, 201), body=b"")
        self.asked.append(path.removeprefix("/api/v1/"))
        found = self.answers.get(self.asked[-1], 404)
        if isinstance(found, int):
            return Answer(status=found, body=b"")
        return Answer(status=200, body=msgspec.json.encode(found))


def parcel(event: dict[str, Any], known: Known | None = None) -> Parcel:
    return Parcel(seq=1, attempts=0, event=event, keys=shaping.keys(event), known=known or Known())


def seen_by_shape(seam: Recorded, parcel: Parcel) -> Known:
    """Return what is known when the shaping of a parcel begins."""
    seen: list[Known] = []

    def shape(event: dict[str, Any], known: Known) -> Shaped:
        seen.append(known)
        return Shaped(events=(event,), known=known)

    Delivery(Marquez(seam), shape).deliver(parcel)
    return seen[0]


EVENT = {
    "eventType": "COMPLETE",
    "run": {"runId": "r", "facets": {"parent": {"run": {"runId": "p"}, "job": {"namespace": "n", "name": "dag"}}}},
    "job": {"namespace": "n", "name": "dag.task"},
    "inputs": [{"namespace": "db", "name": "t"}],
}


def test_an_event_becomes_what_its_shape_says_in_that_order() -> None:
    seam = Recorded()
    delivery = Delivery(Marquez(seam), lambda _, known: Shaped(events=({"n": 1}, {"n": 2}), known=known, warnings=("hm",)))
    result = delivery.deliver(parcel({}))
    assert seam.sent == [{"n": 1}, {"n": 2}]
    assert (result.error, result.warnings) == (None, ("hm",))


def test_what_the_outbox_does_not_know_the_backend_is_asked_for() -> None:
    seam = Recorded(
        {
            "namespaces/n/jobs/dag.task": {"namespace": "n", "name": "dag.task", "inputs": [{"namespace": "db", "name": "u"}]},
            "namespaces/db/datasets/u": {"namespace": "db", "name": "u", "fields": [{"name": "id", "type": "int"}]},
            "namespaces/db/datasets/t": {"namespace": "db", "name": "t", "description": "orders"},
            "jobs/runs/p": {"id": "p", "startedAt": "2026-01-01T00:00:00Z", "state": "RUNNING"},
        }
    )
    known = seen_by_shape(seam, parcel(EVENT))
    assert known.job is not None
    assert [d["name"] for d in known.job.inputs] == ["u"]
    assert known.run is None
    assert known.parent_run is not None
    assert known.datasets[("db", "t")].facets["documentation"]["description"] == "orders"


def test_what_the_outbox_knows_nobody_is_asked_for() -> None:
    known = Known(job=KnownJob(), run=KnownRun(), parent_run=KnownRun(), datasets={("db", "t"): KnownDataset()})
    seam = Recorded()
    assert seen_by_shape(seam, parcel(EVENT, known)) == known
    assert seam.asked == []


def test_a_run_that_starts_is_new_and_nobody_is_asked_for_it() -> None:
    seam = Recorded()
    seen_by_shape(seam, parcel({**EVENT, "eventType": "START"}))
    assert "jobs/runs/r" not in seam.asked


def test_events_that_are_under_way_together_share_the_backends_answers() -> None:
    seam = Recorded({"jobs/runs/p": {"id": "p", "state": "COMPLETED"}})
    seen: list[Known] = []
    delivery = Delivery(Marquez(seam), lambda _, known: Shaped(events=(), known=seen.append(known) or known))
    for _ in range(3):
        delivery.deliver(parcel(EVENT))
    assert sorted(seam.asked) == sorted(set(seam.asked))
    assert [known.parent_run and known.parent_run.ended for known in seen] == ["COMPLETE"] * 3


def test_a_backend_that_cannot_be_asked_now_is_asked_again_before_anything_is_sent() -> None:
    seam = Recorded({"namespaces/n/jobs/dag.task": 503})
    delivery = Delivery(Marquez(seam), lambda event, known: Shaped(events=(event,), known=known))
    assert isinstance(delivery.deliver(parcel(EVENT)).error, Unreachable)
    assert seam.sent == []
    del seam.answers["namespaces/n/jobs/dag.task"]
    assert delivery.deliver(parcel(EVENT)).error is None


def test_a_name_that_trips_the_backend_when_it_is_asked_does_not_hold_the_event_up() -> None:
    seam = Recorded({"namespaces/n/jobs/dag.task": 500})
    assert seen_by_shape(seam, parcel(EVENT)).job is None
    assert len(seam.sent) == 1


@pytest.mark.parametrize(("status", "error"), [(500, Troubled), (503, Unreachable), (422, Refused)])
def test_what_the_backend_says_to_an_event_is_told(status: int, error: type) -> None:
    delivery = Delivery(Marquez(Recorded({"/api/v1/lineage": status})), lambda event, known: Shaped(events=(event,), known=known))
    assert type(delivery.deliver(parcel({})).error) is error


def test_an_event_that_trips_the_shaping_is_put_aside_and_says_so() -> None:
    def broken(event: dict[str, Any], known: Known) -> Shaped:
        raise KeyError("boom")

    error = Delivery(Marquez(Recorded()), broken).deliver(parcel({})).error
    assert isinstance(error, Refused)
    assert "KeyError('boom')" in str(error)


@pytest.mark.parametrize("body", [b"", b"[]", b"{"])
def test_what_is_no_json_object_is_no_event(body: bytes) -> None:
    with pytest.raises(Refused, match="no OpenLineage event"):
        decode(body)


def test_keys_that_name_nothing_ask_for_nothing() -> None:
    seam = Recorded()
    seen_by_shape(seam, Parcel(seq=1, attempts=0, event={}, keys=Keys(), known=Known()))
    assert seam.asked == []
