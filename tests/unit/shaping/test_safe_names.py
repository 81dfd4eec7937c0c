"""Names that would poison Marquez are made safe, and can be read back."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.shaping import Known, safe_names, shape

from ._events import A, event, facet, parent

MARKS = re.compile(r"_x[0-9A-F]*_")
NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60).filter(lambda text: not MARKS.search(text))


def sent(**more):
    shaped = shape(event("START", **more), Known())
    return shaped.events[-1], shaped.warnings


@pytest.mark.parametrize(
    ("namespace", "safe"),
    [
        ("postgres://db:5432", "postgres://db:5432"),
        ("my db", "my_x20_db"),
        ("böse", "b_xF6_se"),
        ("a'b\"c", "a_x27_b_x22_c"),
        ("", "_x_"),
        ("sqlserver://h;database=x", "sqlserver://h;database=x"),
    ],
)
def test_what_a_dataset_namespace_may_not_have_is_marked_by_its_code_point(namespace, safe):
    assert safe_names.dataset_namespace(namespace) == safe


def test_a_job_namespace_may_have_less():
    assert safe_names.job_namespace("a=b;c") == "a_x3D_b_x3B_c"


@given(NAMES)
def test_safe_names_can_be_read_back(text):
    for made_safe in (safe_names.dataset_namespace(text), safe_names.job_namespace(text), safe_names.name(text)):
        assert safe_names.original(made_safe) == text


@given(st.text(max_size=3000))
def test_making_safe_twice_is_making_safe_once(text):
    for make in (safe_names.dataset_namespace, safe_names.job_namespace, safe_names.name, safe_names.column):
        assert make(make(text)) == make(text)


@given(st.text(max_size=1500))
def test_a_safe_namespace_is_one_that_marquez_takes(text):
    assert re.fullmatch(r"[a-zA-Z:;=/0-9_\-.@+]{1,1024}", safe_names.dataset_namespace(text))


@given(st.text(max_size=3000))
def test_a_safe_name_fits_into_an_index_and_is_not_blank(text):
    made_safe = safe_names.name(text)
    assert made_safe.strip()
    assert len(made_safe.encode()) <= 1000
    assert "\0" not in made_safe


def test_long_names_stay_apart():
    assert safe_names.name("x" * 2000 + "1") != safe_names.name("x" * 2000 + "2")


def test_the_original_name_is_kept_in_a_facet_and_somebody_hears_of_it():
    one, warnings = sent(inputs=[{"namespace": "my db", "name": "t"}])
    assert one["inputs"][0]["namespace"] == "my_x20_db"
    assert one["inputs"][0]["facets"]["clew_originalName"]["namespace"] == "my db"
    assert "'my db'" in warnings[0]


def test_a_job_and_its_parent_are_made_safe_alike():
    one, _ = sent(job="", namespace="böse", parent=parent(2, "", "böse"))
    assert (one["job"]["namespace"], one["job"]["name"]) == ("b_xF6_se", "_x_")
    assert (one["run"]["facets"]["parent"]["job"]["namespace"], one["run"]["facets"]["parent"]["job"]["name"]) == ("b_xF6_se", "_x_")


def test_columns_symlinks_sources_and_column_lineage_are_made_safe_like_the_datasets_they_name():
    other = {"namespace": "my db", "name": ""}
    facets = {
        "schema": facet(fields=[{"name": "", "type": "int"}]),
        "symlinks": facet(identifiers=[{**other, "type": "TABLE"}]),
        "dataSource": facet(name=" ", uri="x:"),
        "columnLineage": facet(fields={"": {"inputFields": [{**other, "field": ""}]}}),
    }
    one, _ = sent(inputs=[other], outputs=[{**A, "facets": facets}])
    safe = one["outputs"][0]["facets"]
    named = {"namespace": "my_x20_db", "name": "_x_"}
    assert safe["schema"]["fields"] == [{"name": "_x_", "type": "int"}]
    assert safe["symlinks"]["identifiers"] == [{**named, "type": "TABLE"}]
    assert safe["dataSource"]["name"] == "_x20_"
    assert safe["columnLineage"]["fields"] == {"_x_": {"inputFields": [{**named, "field": "_x_"}]}}


def test_nul_is_shown_by_its_symbol_wherever_it_stands():
    one, warnings = sent(job_facets={"a\0": facet(b=[{"c\0": "d\0"}])})
    assert one["job"]["facets"]["a␀"]["b"] == [{"c␀": "d␀"}]
    assert "NUL" in warnings[0]


def test_a_dataset_has_one_name_whichever_tool_named_it_and_the_other_stands_in_a_facet():
    one, warnings = sent(inputs=[{"namespace": "postgresql://DB", "name": "shop.public.t"}])
    assert (one["inputs"][0]["namespace"], one["inputs"][0]["name"]) == ("postgres://db:5432", "shop.public.t")
    assert one["inputs"][0]["facets"]["clew_originalName"]["namespace"] == "postgresql://DB"
    assert warnings == ()


def test_a_name_is_no_symlink_since_marquez_would_list_no_versions_of_the_dataset():
    one, _ = sent(inputs=[{"namespace": "postgresql://DB", "name": "shop.public.t"}])
    assert "symlinks" not in one["inputs"][0]["facets"]


def test_the_sources_of_columns_have_that_one_name_too():
    lineage = facet(fields={"y": {"inputFields": [{"namespace": "postgresql://DB", "name": "t", "field": "x"}]}})
    one, _ = sent(outputs=[{**A, "facets": {"columnLineage": lineage}}])
    assert [d["namespace"] for d in one["inputs"]] == ["postgres://db:5432"]


def test_dataset_events_and_job_events_are_made_safe_too():
    static = {"eventTime": "2026-01-01T00:00:00Z", "dataset": {"namespace": "my db", "name": "t"}}
    assert shape(static, Known()).events[0]["dataset"]["namespace"] == "my_x20_db"
    static = {"eventTime": "2026-01-01T00:00:00Z", "job": {"namespace": "ns", "name": " "}}
    assert shape(static, Known()).events[0]["job"]["name"] == "_x20_"


def test_a_warning_is_short_however_long_the_name_is():
    assert len(sent(job="x" * 1_000_000)[1][0]) < 600
