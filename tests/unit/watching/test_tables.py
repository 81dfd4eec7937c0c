from __future__ import annotations

from clew import facets
from clew.watching import Database, Seen, Statement
from clew.watching.datasets import inputs_and_outputs
from clew.watching.tables import of_statements

SHOP = Database(adapter="postgres", host="db", port=5432, name="shop")
DUCK = Database(adapter="duckdb", path="/data/shop.duckdb", name="shop")


def test_tables_of_all_databases_are_named_by_theirs():
    seen = of_statements(
        [Statement(database=SHOP, text="select * from a"), Statement(database=DUCK, text="insert into a from b", rows=3)],
    )
    assert seen == [
        Seen(direction="read", namespace="postgres://db:5432", name="shop.public.a"),
        Seen(direction="read", namespace="duckdb:///data/shop.duckdb", name="shop.main.b"),
        Seen(
            direction="write",
            namespace="duckdb:///data/shop.duckdb",
            name="shop.main.a",
            rows=3,
        ),
    ]


def test_a_new_table_says_that_it_is():
    (seen,) = of_statements([Statement(database=SHOP, text="create table a (x int)")])
    assert seen.facets == {"lifecycleStateChange": facets.lifecycle_state_change("CREATE")}


def test_files_that_a_database_opened_are_files():
    seen = of_statements([Statement(database=DUCK, text="copy (from '/in/dt=1/a.parquet') to 's3://b/out.csv'")])
    assert [(one.direction, one.namespace, one.name) for one in seen] == [("read", "file", "/in"), ("write", "s3://b", "out.csv")]


def test_a_table_that_was_seen_in_two_ways_is_one_dataset():
    frame = Seen(direction="write", namespace="postgres://db:5432", name="shop.public.a", facets={"schema": {}})
    _, written = inputs_and_outputs([frame, Statement(database=SHOP, text="insert into a values (1)", rows=1)])
    assert [(d["name"], set(d["facets"]), set(d["outputFacets"])) for d in written] == [("shop.public.a", {"schema"}, {"outputStatistics"})]


def test_a_name_without_its_schema_is_what_was_told():
    read, _ = inputs_and_outputs([Statement(database=SHOP, text="select * from a")], known=[("postgres://db:5432", "shop.till.a")])
    assert [d["name"] for d in read] == ["shop.till.a"]
