"""Facets are the standard ones: each schema URL is that of openlineage-python's class of the same name."""

from __future__ import annotations

import importlib
import inspect
import pkgutil

import openlineage.client.generated
import pytest

from clew import PRODUCER, facets

STANDARD = {
    cls.__name__: cls._get_schema()
    for module in pkgutil.iter_modules(openlineage.client.generated.__path__)
    for cls in vars(importlib.import_module(f"openlineage.client.generated.{module.name}")).values()
    if isinstance(cls, type) and cls.__name__.endswith("Facet") and hasattr(cls, "_get_schema")
}
NOT_STANDARD = {"facet", "ours"}
MADE = {
    name: make
    for name, make in vars(facets).items()
    if inspect.isfunction(make) and make.__module__ == facets.__name__ and not name.startswith("_") and name not in NOT_STANDARD
}


def example(make):
    """Call a facet's function with the smallest arguments of the right kind."""
    parameters = inspect.signature(make).parameters.values()
    kinds = {"str": "x", "int": 1, "bool": True}
    needed = {p.name: p for p in parameters if p.default is p.empty and p.kind is not p.VAR_KEYWORD}
    return make(**{n: kinds.get(p.annotation, {} if p.annotation == "Mapping[str, Any]" else []) for n, p in needed.items()})


@pytest.mark.parametrize("make", MADE.values(), ids=MADE.keys())
def test_a_facets_schema_is_that_of_its_class(make):
    made = example(make)
    assert made["_schemaURL"] == STANDARD[made["_schemaURL"].rpartition("/")[2]]
    assert made["_producer"] == PRODUCER


def test_content_that_is_none_is_left_out():
    assert "dialect" not in facets.sql("select 1")
    assert facets.sql("select 1", "duckdb")["dialect"] == "duckdb"


def test_parameters_are_texts_and_what_is_none_is_written_as_json():
    made = facets.execution_parameters({"day": "2026-01-01", "full": True, "ids": [1, 2], "none": None})
    assert [(p["key"], p["value"]) for p in made["parameters"]] == [
        ("day", "2026-01-01"),
        ("full", "true"),
        ("ids", "[1,2]"),
        ("none", "null"),
    ]


def test_a_facet_of_ours_says_whose_it_is():
    assert facets.ours("borrowed", reason="why") == {"_producer": PRODUCER, "_schemaURL": f"{PRODUCER}#borrowed", "reason": "why"}
