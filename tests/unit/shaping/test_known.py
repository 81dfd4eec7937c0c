"""What is known stays small, and two versions of Clew can read it."""

from __future__ import annotations

import msgspec

from clew.shaping import Known, KnownJob, KnownRun, shape
from clew.shaping.known import ROOM, bounded

from ._events import A, B, Memory, event, facet, keys


def test_the_largest_facets_are_forgotten_first_and_schemas_last():
    facets = {"small": facet(text="x"), "big": facet(text="x" * ROOM), "schema": facet(fields=[{"name": "x" * 1000}])}
    assert bounded({"facets": facets}).get("facets").keys() == {"small", "schema"}


def test_what_is_known_stays_small_whatever_the_events_bring():
    memory = Memory()
    for run in range(1, 5):
        big = {f"big{run}{n}": facet(text="x" * 100_000) for n in range(4)}
        memory.shape(event("START", run=run, job_facets=big, run_facets=big, inputs=[{**A, "facets": big}], outputs=[{**B, "facets": big}]))
    assert max(map(len, memory.stored.values())) < 3 * ROOM


def test_fields_of_a_newer_version_are_ignored_and_missing_ones_have_defaults():
    assert msgspec.json.decode(b'{"newer": 1, "started": "t"}', type=KnownRun) == KnownRun(started="t")
    assert msgspec.json.decode(b"{}", type=KnownJob) == KnownJob()


def test_the_keys_name_every_dataset_once_also_the_sources_of_columns():
    lineage = {"columnLineage": facet(fields={"y": {"inputFields": [{**A, "field": "x"}]}})}
    named = keys(event("START", inputs=[B], outputs=[{**B, "facets": lineage}]))
    assert named.datasets == ((B["namespace"], "b"), (A["namespace"], "a"))


def test_the_keys_are_those_under_which_things_are_sent():
    assert keys(event("START", inputs=[{"namespace": "postgresql://DB", "name": "a"}])).datasets == ((A["namespace"], "a"),)


def test_two_alike_events_are_shaped_alike():
    one = event("START", inputs=[A])
    assert shape(one, Known()) == shape(one, Known())
