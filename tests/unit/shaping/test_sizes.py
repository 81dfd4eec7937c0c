"""Large facets, many columns and many datasets are cut, and say so."""

from __future__ import annotations

import msgspec
import pytest

from clew.shaping import FACET_LIMIT, Known, shape, sizes

from ._events import B, event, facet


def cut(limit=FACET_LIMIT, **more):
    shaped = shape(event("COMPLETE", **more), Known(), facet_limit=limit)
    return shaped.events[0], shaped.warnings


@pytest.mark.parametrize(
    "content",
    [{"query": "x" * 5000}, {"lines": ["x" * 10] * 500}, {"by_name": {str(n): n for n in range(1000)}}, {"deep": [[["ö" * 4000]]]}],
    ids=["text", "list", "mapping", "deep"],
)
def test_a_facet_over_the_limit_is_cut_to_it_and_says_so(content):
    sent, warnings = cut(2000, job_facets={"big": facet(**content)})
    big = sent["job"]["facets"]["big"]
    assert len(msgspec.json.encode(big)) <= 2000
    assert "were cut" in big["clew_cut"]
    assert big["_producer"] == "https://example.org"
    assert "big has" in warnings[0]


def test_long_texts_are_cut_before_columns_are_lost():
    columns = [{"name": f"c{n}", "type": "int", "description": "x" * 1000} for n in range(900)]
    sent, _ = cut(outputs=[{**B, "facets": {"schema": facet(fields=columns)}}])
    assert len(sent["outputs"][0]["facets"]["schema"]["fields"]) == 900


def test_what_every_facet_must_have_is_never_cut_away():
    big = {**{str(n): "x" * 50 for n in range(1000)}, **facet()}
    sent, _ = cut(2000, job_facets={"big": big})
    assert sent["job"]["facets"]["big"]["_producer"] == "https://example.org"


def test_what_is_large_beside_the_facets_is_cut_too():
    sent, _ = cut(other=["x" * 1_000_000] * 40)
    assert len(msgspec.json.encode(sent)) < sizes.EVENT_LIMIT
    assert sent["eventType"] == "COMPLETE"


def test_a_facet_within_the_limit_stays_as_it_is_beside_one_that_does_not():
    small = facet(query="x" * 1500)
    sent, _ = cut(2000, job_facets={"small": small, "big": facet(query="x" * 5000)})
    assert sent["job"]["facets"]["small"] == small


def test_what_nothing_can_cut_is_left_out_and_says_so():
    sent, _ = cut(300, job_facets={"big": ["x" * 5000] * 3})
    assert "were left out" in sent["job"]["facets"]["big"]["reason"]


def test_a_thousand_columns_are_sent():
    columns = [{"name": str(n), "type": "int"} for n in range(1500)]
    lineage = {str(n): {"inputFields": []} for n in range(1500)}
    sent, warnings = cut(outputs=[{**B, "facets": {"schema": facet(fields=columns), "columnLineage": facet(fields=lineage)}}])
    facets = sent["outputs"][0]["facets"]
    assert (len(facets["schema"]["fields"]), facets["schema"]["clew_cut"]) == (1000, "the first 1000 of 1500 columns")
    assert len(facets["columnLineage"]["fields"]) == 1000
    assert len(warnings) == 1


def test_five_hundred_inputs_are_sent():
    sent, warnings = cut(inputs=[{"namespace": "n", "name": str(n)} for n in range(600)])
    assert len(sent["inputs"]) == 500
    assert warnings == ("600 inputs: the first 500 are sent",)


def test_many_facets_within_their_limit_do_not_make_an_endless_event():
    outputs = [{"namespace": "n", "name": str(n), "facets": {"other": facet(text="x" * 500_000)}} for n in range(60)]
    sent, _ = cut(outputs=outputs)
    assert len(msgspec.json.encode(sent)) < sizes.EVENT_LIMIT
