"""Deferral: which table of another state a node reads, found in its compiled code."""

from __future__ import annotations

import pytest

from dbt_clew.artifacts.shapes import Node
from dbt_clew.narration import deferral

ORDERS = Node(unique_id="model.shop.orders", resource_type="model", name="orders", database="shop", schema="ci", alias="orders")


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ('select * from "shop"."main"."orders"', ("shop", "main")),
        ('select "a b", c from "big shop"."main schema"."orders" o', ("big shop", "main schema")),
        ("select * from `my-project`.`größe & mehr`.`orders`", ("my-project", "größe & mehr")),
        ("select * from [big shop].[dbo].[orders]", ("big shop", "dbo")),
        ("select * from main.orders", ("shop", "main")),
        ('select "main"."orders_old".x from "main"."orders_old"', None),
        ('select * from "my ""big"" shop"."orders_old"', None),
    ],
)
def test_a_table_is_found_by_its_name_in_another_schema_or_database(code, expected):
    found = deferral.relation(code, ORDERS, ())
    assert (found and (found.database, found.schema)) == expected


def test_what_the_code_names_for_something_else_is_not_taken():
    assert deferral.relation('select * from "raw"."orders"', ORDERS, {'"raw"."orders"'}) is None


@pytest.mark.parametrize("hostile", ['"' * 200_000, "[" * 200_000, "`a" * 100_000, "a." * 100_000, '"a".' * 50_000])
def test_hostile_code_takes_no_time(hostile):
    assert deferral.relation(hostile, ORDERS, ()) is None
