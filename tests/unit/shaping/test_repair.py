"""Small faults for which Marquez refuses a whole event are put right; nothing that is not plain is made up."""

from __future__ import annotations

import pytest

from clew.shaping import Known, shape

from ._events import A, event, facet


def repaired(**more):
    shaped = shape({**event("COMPLETE"), **more}, Known())
    return shaped.events[-1], shaped.warnings


def test_a_known_facet_without_producer_and_schema_gets_those_of_the_event():
    sent, _ = repaired(job={"namespace": "ns", "name": "job", "facets": {"sql": {"query": "select 1"}}})
    assert sent["job"]["facets"]["sql"] == {
        "query": "select 1",
        "_producer": "https://example.org",
        "_schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
    }


@pytest.mark.parametrize("producer", [None, 5, "my producer", ""])
def test_a_producer_that_is_no_uri_is_replaced(producer):
    sent, _ = repaired(job={"namespace": "ns", "name": "job", "facets": {"sql": {"query": "select 1", "_producer": producer}}})
    assert sent["job"]["facets"]["sql"]["_producer"] == "https://example.org"


def test_an_unknown_facet_stays_as_it_is():
    sent, _ = repaired(job={"namespace": "ns", "name": "job", "facets": {"mine": {"a": 1}}})
    assert sent["job"]["facets"] == {"mine": {"a": 1}}


@pytest.mark.parametrize(
    ("name", "content"),
    [("documentation", {"description": None}), ("sql", {}), ("sql", []), ("jobType", {"integration": "X"}), ("sql", None)],
)
def test_a_known_facet_that_lacks_what_it_must_have_is_left_out_and_the_rest_arrives(name, content):
    facets = {name: facet(**content) if isinstance(content, dict) else content, "mine": {}}
    sent, warnings = repaired(job={"namespace": "ns", "name": "job", "facets": facets})
    assert sent["job"]["facets"] == {"mine": {}}
    assert name in warnings[0]


def test_a_job_type_needs_no_job_type_in_the_specification_and_gets_one_for_marquez():
    facets = {"jobType": facet(processingType="BATCH", integration="X")}
    sent, _ = repaired(job={"namespace": "ns", "name": "job", "facets": facets})
    assert sent["job"]["facets"]["jobType"]["jobType"] == "JOB"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-01-01T01:00:00.123456789Z", "2026-01-01T01:00:00.123456789Z"),
        ("2026-01-01T01:00:00+02:00", "2026-01-01T01:00:00+02:00"),
        ("2026-01-01T01:00:00", "2026-01-01T01:00:00Z"),
        ("2026-01-01 01:00:00+0200", "2025-12-31T23:00:00Z"),
        ("2026-01-01T01:00Z", "2026-01-01T01:00:00Z"),
        ("2026-01-01T01:00:00.5+01:00[Europe/Paris]", "2026-01-01T00:00:00.500000Z"),
    ],
)
def test_times_become_rfc_3339_and_one_without_a_zone_is_utc(written, meant):
    assert repaired(eventTime=written)[0]["eventTime"] == meant


@pytest.mark.parametrize("wrong", ["yesterday", "2026-13-01T00:00:00Z", 5, None])
def test_a_time_that_is_none_is_left_for_the_backend_to_refuse(wrong):
    assert repaired(eventTime=wrong)[0]["eventTime"] == wrong


def test_a_nominal_time_without_a_start_is_left_out():
    sent, _ = repaired(run={"runId": "1", "facets": {"nominalTime": facet(nominalStartTime="soon")}})
    assert sent["run"]["facets"] == {}


def test_a_nominal_end_that_is_none_is_left_out_alone():
    times = facet(nominalStartTime="2026-01-01T00:00:00", nominalEndTime=None)
    sent, _ = repaired(run={"runId": "1", "facets": {"nominalTime": times}})
    assert sent["run"]["facets"]["nominalTime"] == facet(nominalStartTime="2026-01-01T00:00:00Z")


def test_datasets_without_namespace_or_name_are_left_out():
    sent, warnings = repaired(inputs=[A, {"name": "b"}, "c", None], outputs="d")
    assert [d["name"] for d in sent["inputs"]] == ["a"]
    assert sent["outputs"] == []
    assert "3 inputs" in warnings[0]


def test_a_column_without_a_type_gets_an_empty_one_since_marquez_would_show_it_once_more_with_every_event():
    columns = [{"name": "a"}, {"name": "b", "type": None}, {"name": "c", "type": "int"}, {"type": "int"}]
    sent, _ = repaired(outputs=[{**A, "facets": {"schema": facet(fields=columns)}}])
    fields = sent["outputs"][0]["facets"]["schema"]["fields"]
    assert [(f["name"], f["type"]) for f in fields] == [("a", ""), ("b", ""), ("c", "int")]


@pytest.mark.parametrize(
    ("source", "name", "uri"),
    [
        ({"uri": "postgres://db"}, "postgres://db", "postgres://db"),
        ({"name": "db"}, "db", "db"),
        ({"name": "db", "uri": "a b%"}, "db", "a_b_"),
    ],
)
def test_a_data_source_gets_the_name_and_uri_that_marquez_needs(source, name, uri):
    sent, _ = repaired(outputs=[{**A, "facets": {"dataSource": facet(**source)}}])
    mended = sent["outputs"][0]["facets"]["dataSource"]
    assert (mended["name"], mended["uri"]) == (name, uri)


@pytest.mark.parametrize("missing", ["run", "job", "eventTime", "producer"])
def test_what_an_event_must_have_is_never_made_up(missing):
    broken = {k: v for k, v in event("START").items() if k != missing}
    (sent,) = shape(broken, Known()).events
    assert missing not in sent
