"""Marquez draws column lineage between columns of schemas, from datasets among the inputs."""

from __future__ import annotations

from clew.shaping import Known, KnownDataset, shape

from ._events import A, B, event, facet

LINEAGE = {"columnLineage": facet(fields={"y": {"inputFields": [{**A, "field": "x"}]}})}


def columns(dataset):
    return [(f["name"], f["type"]) for f in dataset["facets"]["schema"]["fields"]]


def test_the_sources_of_columns_become_inputs():
    (sent,) = shape(event("COMPLETE", outputs=[{**B, "facets": LINEAGE}]), Known()).events
    assert [d["name"] for d in sent["inputs"]] == ["a"]


def test_missing_schemas_are_made_of_the_columns_that_the_lineage_names():
    (sent,) = shape(event("COMPLETE", outputs=[{**B, "facets": LINEAGE}]), Known()).events
    assert columns(sent["inputs"][0]) == [("x", "")]
    assert columns(sent["outputs"][0]) == [("y", "")]


def test_a_known_schema_is_used_instead():
    known = Known(datasets={(A["namespace"], "a"): KnownDataset(facets={"schema": facet(fields=[{"name": "x", "type": "int"}])})})
    (sent,) = shape(event("COMPLETE", outputs=[{**B, "facets": LINEAGE}]), known).events
    assert columns(sent["inputs"][0]) == [("x", "int")]


def test_columns_that_a_schema_lacks_are_added_to_it():
    schema = {"schema": facet(fields=[{"name": "z", "type": "int"}])}
    (sent,) = shape(event("COMPLETE", outputs=[{**B, "facets": {**LINEAGE, **schema}}]), Known()).events
    assert columns(sent["outputs"][0]) == [("z", "int"), ("y", "")]


def test_a_dataset_that_reads_itself_is_an_input_of_its_own():
    itself = {"columnLineage": facet(fields={"y": {"inputFields": [{**B, "field": "x"}]}})}
    (sent,) = shape(event("COMPLETE", outputs=[{**B, "facets": itself}]), Known()).events
    assert [d["name"] for d in sent["inputs"]] == ["b"]
