"""Columns of a whole project: how they pass from table to table, and what is told of them."""

from __future__ import annotations

import logging
import sqlite3
from pathlib import Path

import pytest

from dbt_clew.artifacts.read import read_target
from dbt_clew.column_lineage.cache import FILE
from dbt_clew.column_lineage.columns import Columns
from dbt_clew.narration.datasets import Datasets
from tests.unit.dbt.projects import CONTEXT, node, reads, source, target

ORDERS, RAW = "model.shop.orders", "source.shop.raw.orders"


@pytest.fixture
def told(tmp_path):
    """Return what is told of the columns of nodes, after the target directory of a project with them was read."""
    home = tmp_path / "home"
    home.mkdir()

    def of(unique_id, *nodes, sources=(), folder=tmp_path, **sections):
        artifacts = read_target(target(tmp_path / "target", list(nodes), [], sources=list(sources), **sections))
        datasets = Datasets(artifacts.manifest, artifacts.catalog, CONTEXT.tables, folder)
        made = artifacts.manifest.nodes[unique_id]
        return Columns(home)(made, made.compiled_code, datasets)

    of.home = home
    return of


def model(name, sql, *below, **more):
    return node(f"model.shop.{name}", compiled_code=sql, **reads(*below), **more)


def fields(told):
    return {c: [f"{i['name']}.{i['field']}" for i in made["inputFields"]] for c, made in told["columnLineage"]["fields"].items()}


def names(told):
    return [field["name"] for field in told["schema"]["fields"]]


def test_a_star_passes_through_models_from_a_seeds_header(told, tmp_path):
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "people.csv").write_text('id,"full, name"\n1,Ann\n')
    found = told(
        "model.shop.b",
        node("seed.shop.people", original_file_path="seeds/people.csv"),
        model("a", 'select * from "shop"."analytics"."people"', "seed.shop.people"),
        model("b", 'select *, 1 as one from "shop"."analytics"."a"', "model.shop.a"),
    )
    assert names(found) == ["id", "full, name", "one"]
    assert fields(found) == {"id": ["shop.analytics.a.id"], "full, name": ["shop.analytics.a.full, name"]}


def test_a_seed_is_made_of_the_columns_of_its_file(told, tmp_path):
    (tmp_path / "people.csv").write_text("id,name\n")
    found = told("seed.shop.people", node("seed.shop.people", original_file_path="people.csv"))
    assert fields(found) == {"id": [f"{tmp_path}/people.csv.id"], "name": [f"{tmp_path}/people.csv.name"]}


def test_through_an_ephemeral_model_come_the_columns_of_what_it_reads(told):
    found = told(
        ORDERS,
        model("paid", "select id from raw.orders", RAW, config={"materialized": "ephemeral"}),
        model(
            "orders",
            'with __dbt__cte__paid as (select id as order_id from "shop"."raw"."orders") select * from __dbt__cte__paid',
            "model.shop.paid",
        ),
        sources=[source(RAW)],
    )
    assert fields(found) == {"order_id": ["shop.raw.orders.id"]}


def test_a_source_is_found_by_its_identifier(told):
    found = told(ORDERS, model("orders", "select id from raw.orders_v2", RAW), sources=[source(RAW, identifier="orders_v2")])
    assert fields(found) == {"id": ["shop.raw.orders_v2.id"]}


def test_columns_are_called_as_the_project_describes_them(told):
    described = {"ORDER_ID": {"name": "ORDER_ID"}}
    found = told(
        ORDERS, model("orders", "select order_id from raw.orders", RAW, columns=described), sources=[source(RAW, columns=described)]
    )
    assert fields(found) == {"ORDER_ID": ["shop.raw.orders.ORDER_ID"]}
    assert "schema" not in found  # what is described already is told without us


def test_what_a_model_reads_of_itself_is_no_input(told):
    sql = "select id from raw.orders where id > (select max(id) from analytics.orders)"
    found = told(ORDERS, model("orders", sql, RAW), sources=[source(RAW)])
    assert {i["name"] for i in found["columnLineage"]["dataset"]} == {"shop.raw.orders"}


def test_a_facet_says_how_columns_are_used_and_what_decides_the_rows(told):
    found = told(ORDERS, model("orders", "select md5(a) as h from raw.orders where b", RAW), sources=[source(RAW)])["columnLineage"]
    (made,) = found["fields"]["h"]["inputFields"]
    assert made == {
        "namespace": "duckdb:///shop/shop.duckdb",
        "name": "shop.raw.orders",
        "field": "a",
        "transformations": [{"type": "DIRECT", "subtype": "TRANSFORMATION", "description": "", "masking": True}],
    }
    assert [(i["field"], i["transformations"][0]["subtype"]) for i in found["dataset"]] == [("b", "FILTER")]


def test_a_python_model_has_no_column_lineage(told):
    assert told(ORDERS, model("orders", "def model(dbt, session): ...", RAW, language="python"), sources=[source(RAW)]) == {}


def test_sql_that_cannot_be_read_is_named_in_one_line_and_harms_no_other(told, caplog):
    with caplog.at_level(logging.WARNING, "clew"):
        found = told(
            "model.shop.good",
            model("bad", "select 'open", RAW),
            model("good", "select id, g.x from analytics.bad as g", "model.shop.bad"),
            sources=[source(RAW)],
        )
    assert fields(found) == {"id": ["shop.analytics.bad.id"], "x": ["shop.analytics.bad.x"]}
    (line,) = caplog.messages
    assert line.startswith("model.shop.bad has no column lineage: ")
    assert "\n" not in line


def test_a_chain_of_models_may_be_long(told):
    chain = [model(f"m{n}", f"select * from analytics.m{n - 1}", f"model.shop.m{n - 1}") for n in range(1, 1500)]
    found = told("model.shop.m1499", model("m0", "select 1 as one"), *chain)
    assert names(found) == ["one"]


def test_what_was_found_is_found_again_without_reading_sql(told, monkeypatch):
    nodes = [model("a", "select id from raw.orders", RAW), model("b", "select * from analytics.a", "model.shop.a")]
    first = told("model.shop.b", *nodes, sources=[source(RAW)])
    monkeypatch.setattr("dbt_clew.column_lineage.read.read", lambda *_: pytest.fail("read again"))
    assert told("model.shop.b", *nodes, sources=[source(RAW)]) == first
    assert Path(told.home / FILE).stat().st_mode & 0o777 == 0o600


def test_a_model_is_read_again_when_a_table_that_it_reads_has_other_columns(told):
    b = model("b", "select * from analytics.a", "model.shop.a")
    told("model.shop.b", model("a", "select id from raw.orders", RAW), b, sources=[source(RAW)])
    found = told("model.shop.b", model("a", "select id, x from raw.orders", RAW), b, sources=[source(RAW)])
    assert names(found) == ["id", "x"]


@pytest.mark.parametrize("content", [b"no database" * 200, b""])
def test_a_broken_cache_is_as_if_it_were_empty(told, content):
    (told.home / FILE).write_bytes(content)
    found = told(ORDERS, model("orders", "select id from raw.orders", RAW), sources=[source(RAW)])
    assert fields(found) == {"id": ["shop.raw.orders.id"]}
    with sqlite3.connect(told.home / FILE) as database:
        assert database.execute("select count(*) from lineage").fetchone() == (1,)


def test_without_a_home_nothing_is_kept_and_all_is_told(told):
    told.home.rmdir()
    found = told(ORDERS, model("orders", "select id from raw.orders", RAW), sources=[source(RAW)])
    assert fields(found) == {"id": ["shop.raw.orders.id"]}
    assert not told.home.exists()
