"""Whatever an event is, shaping it neither raises nor changes it, and shaping twice is shaping once."""

from __future__ import annotations

import copy

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clew.shaping import Known, keys, shape

from ._events import Memory, event, facet, run_id

TEXTS = st.text(max_size=8) | st.sampled_from(["", " ", "\0", "a b", "postgresql://u:p@DB", "job", "x" * 3000, "2026-01-01 10:00"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
FACETS = [
    "parent", "nominalTime", "sql", "documentation", "schema", "columnLineage", "symlinks", "dataSource",
    "sourceCodeLocation", "jobType", "lifecycleStateChange", "ownership", "other",
]  # fmt: skip


def mostly(good):
    """Something right, or anything."""
    return good | JSON


def some(**parts):
    return st.fixed_dictionaries({}, optional=parts)


names = some(namespace=mostly(TEXTS), name=mostly(TEXTS))
run_links = some(run=mostly(some(runId=mostly(st.sampled_from([run_id(1), run_id(2)])))), job=mostly(names))
lineage = some(fields=mostly(st.dictionaries(TEXTS, mostly(some(inputFields=mostly(st.lists(mostly(names), max_size=2)))), max_size=2)))
schemas = some(fields=mostly(st.lists(mostly(some(name=mostly(TEXTS), type=mostly(TEXTS))), max_size=2)))
facets = st.dictionaries(
    st.sampled_from(FACETS),
    mostly(run_links | lineage | schemas | some(url=mostly(TEXTS), version=mostly(TEXTS), uri=mostly(TEXTS))),
    max_size=4,
)
datasets = some(namespace=mostly(TEXTS), name=mostly(TEXTS), facets=mostly(facets), inputFacets=mostly(facets), outputFacets=mostly(facets))
EVENTS = some(
    eventType=mostly(st.sampled_from(["START", "RUNNING", "COMPLETE", "FAIL", "OTHER", "complete"])),
    eventTime=mostly(st.sampled_from(["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", "2026-01-02 00:00"])),
    run=mostly(some(runId=mostly(st.sampled_from([run_id(1), run_id(2)])), facets=mostly(facets))),
    job=mostly(some(namespace=mostly(TEXTS), name=mostly(TEXTS), facets=mostly(facets))),
    dataset=mostly(datasets),
    inputs=mostly(st.lists(mostly(datasets), max_size=3)),
    outputs=mostly(st.lists(mostly(datasets), max_size=3)),
    producer=mostly(TEXTS),
    schemaURL=mostly(TEXTS),
)
PATIENT = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], deadline=None)


@given(JSON.filter(lambda value: isinstance(value, dict)))
@PATIENT
def test_any_json_object_can_be_shaped(anything):
    before = copy.deepcopy(anything)
    keys(anything)
    shape(anything, Known())
    assert anything == before


@given(st.lists(EVENTS, min_size=1, max_size=4))
@PATIENT
def test_any_stream_can_be_shaped_and_shaping_what_was_sent_changes_nothing(stream):
    memory = Memory()
    for one in stream:
        before = copy.deepcopy(one)
        sent = memory.shape(one)
        assert one == before
        if sent:
            stored = dict(memory.stored)
            assert memory.shape(sent[-1]) == sent[-1:]
            memory.stored = stored


@given(st.lists(EVENTS, min_size=1, max_size=4))
@PATIENT
def test_the_keys_of_an_event_stay_when_it_is_shaped(stream):
    memory = Memory()
    for one in stream:
        named = keys(one)
        for sent in memory.shape(one)[-1:]:
            if keys(sent).run == named.run is not None:
                assert keys(sent).job == named.job


@pytest.mark.parametrize("hostile", ["\ud800", "a\0b"])
def test_characters_that_no_backend_stores_are_replaced(hostile):
    (sent,) = shape(event("START", job_facets={hostile: facet(text=[hostile])}), Known()).events
    encoded = msgspec.json.encode(sent)
    assert b"\\u0000" not in encoded


def test_endless_nesting_is_cut():
    deep: dict = {}
    inner = deep
    for _ in range(5000):
        inner["a"] = {}
        inner = inner["a"]
    (sent,) = shape(event("START", job_facets={"deep": deep}), Known()).events
    assert len(msgspec.json.encode(sent)) < 5000


@pytest.mark.timeout(60)
@pytest.mark.parametrize("part", [":", "?token", "://", "@", "&", "%", " ", "_x", ".db/", "[", "\0"])
def test_a_megabyte_of_anything_takes_no_longer_than_its_length(part):
    text = f"postgres://{part * (1_000_000 // len(part))}"
    dataset = {
        "namespace": text,
        "name": text,
        "facets": {"dataSource": facet(name=text, uri=text), "schema": facet(fields=[{"name": text}])},
    }
    location = {"sourceCodeLocation": facet(url=text, version=text)}
    (sent,) = shape(event("START", namespace=text, job=text, inputs=[dataset], job_facets=location), Known()).events
    assert len(msgspec.json.encode(sent)) < 4_000_000
