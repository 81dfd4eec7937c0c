"""Where columns come from: each rule on the smallest SQL that shows it.

Written as `output <- input: USE`; `*` after a use: the value is hidden; rows: what decides which rows there are.
"""

from __future__ import annotations

import pytest

from dbt_clew.column_lineage.lineage import Table
from dbt_clew.column_lineage.read import LARGEST, Unreadable, read
from dbt_clew.column_lineage.uses import NAMES, each

T = Table(key="t", path=("shop", "main", "t"), columns=("id", "a", "b", "items", "address"), complete=True)
U = Table(key="u", path=("shop", "main", "u"), columns=("id", "t_id", "x", "y"), complete=True)
UNKNOWN = Table(key="raw", path=("shop", "main", "raw"))


def said(uses):
    return ", ".join(sorted(f"{k}.{c}: {'+'.join(NAMES[u] + '*' * hidden for u, hidden in each(bits))}" for (k, c), bits in uses.items()))


def columns(sql, dialect="duckdb"):
    return {name: said(uses) for name, uses in read(sql, dialect, (T, U, UNKNOWN)).columns.items()}


def rows(sql, dialect="duckdb"):
    return said(read(sql, dialect, (T, U, UNKNOWN)).dataset)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("a", "t.a: IDENTITY"),
        ("(a)", "t.a: IDENTITY"),
        ("'EUR'", ""),
        ("a + b * 2", "t.a: TRANSFORMATION, t.b: TRANSFORMATION"),
        ("cast(a as varchar)", "t.a: TRANSFORMATION"),
        ("coalesce(a, b)", "t.a: TRANSFORMATION, t.b: TRANSFORMATION"),
        ("case when a > 1 then b end", "t.a: CONDITIONAL, t.b: TRANSFORMATION"),
        ("case a when 1 then b end", "t.a: CONDITIONAL, t.b: TRANSFORMATION"),
        ("if(a > 1, b, id)", "t.a: CONDITIONAL, t.b: TRANSFORMATION, t.id: TRANSFORMATION"),
        ("nullif(a, b)", "t.a: TRANSFORMATION, t.b: CONDITIONAL"),
        ("md5(a)", "t.a: TRANSFORMATION*"),
        ("sum(a)", "t.a: AGGREGATION"),
        ("count(*)", ""),
        ("count(distinct a)", "t.a: AGGREGATION*"),
        ("sum(a) filter (where b)", "t.a: AGGREGATION, t.b: CONDITIONAL"),
        ("max_by(a, b)", "t.a: AGGREGATION, t.b: CONDITIONAL"),
        ("string_agg(a, ',' order by b)", "t.a: AGGREGATION, t.b: SORT"),
        ("jsonb_agg(a order by b)", "t.a: AGGREGATION, t.b: SORT"),
        ("quantile_cont(a, 0.5)", "t.a: AGGREGATION"),
        ("percentile_cont(0.5) within group (order by a)", "t.a: AGGREGATION"),
        ("row_number() over (partition by a order by b)", "t.a: WINDOW, t.b: WINDOW"),
        ("sum(id) over (partition by a)", "t.a: WINDOW, t.id: AGGREGATION"),
        ("lag(a) over (order by b)", "t.a: TRANSFORMATION, t.b: WINDOW"),
        ("a in (select x from u where y > 1)", "t.a: TRANSFORMATION, u.x: TRANSFORMATION, u.y: FILTER"),
        ("(select max(x) from u where u.t_id = t.id)", "t.id: FILTER, u.t_id: FILTER, u.x: AGGREGATION"),
        ("exists (select 1 from u where u.t_id = t.id)", "t.id: FILTER, u.t_id: FILTER"),
        ("address.city", "t.address: TRANSFORMATION"),
        ("t.address.city.name", "t.address: TRANSFORMATION"),
        ("address['city']", "t.address: TRANSFORMATION"),
        ("{'first': a, 'second': b}", "t.a: TRANSFORMATION, t.b: TRANSFORMATION"),
        ("list_transform(items, i -> i + a)", "t.a: TRANSFORMATION, t.items: TRANSFORMATION"),
        ("t", "t.a: IDENTITY, t.address: IDENTITY, t.b: IDENTITY, t.id: IDENTITY, t.items: IDENTITY"),
    ],
)
def test_an_output_depends_on_what_its_expression_uses(expression, expected):
    assert columns(f"select {expression} as o from t") == {"o": expected}


def test_a_use_of_a_use_is_the_stronger_one_and_the_indirect_one_stays():
    sql = "with c as (select a, case when b then 1 end as k from t) select sum(a) as s, max(k) as m from c"
    assert columns(sql) == {"s": "t.a: AGGREGATION", "m": "t.b: CONDITIONAL"}


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("select a from t where b", "t.b: FILTER"),
        ("select a, sum(b) as s from t group by 1 having sum(id) > 1", "t.a: GROUP_BY, t.id: FILTER"),
        ("select a, sum(b) as s from t group by all", "t.a: GROUP_BY"),
        ("select sum(b) as s from t group by rollup (a)", "t.a: GROUP_BY"),
        ("select distinct a from t", "t.a: GROUP_BY"),
        ("select distinct on (b) a from t", "t.b: GROUP_BY"),
        ("select a from t order by b limit 3", "t.b: SORT"),
        ("select a from t qualify row_number() over (order by b) = 1", "t.b: FILTER"),
        ("select a from t join u on u.t_id = t.id", "t.id: JOIN, u.t_id: JOIN"),
        ("select a from t semi join u on u.t_id = t.id", "t.id: JOIN, u.t_id: JOIN"),
        ("select a from t where id in (select t_id from u where x)", "t.id: FILTER, u.t_id: FILTER, u.x: FILTER"),
        ("select a from (select * from t where b) as s", "t.b: FILTER"),
        ("select id from t except select t_id from u", "t.id: FILTER, u.t_id: FILTER"),
        ("select id from t union select t_id from u", "t.id: GROUP_BY, u.t_id: GROUP_BY"),
    ],
)
def test_what_decides_which_rows_there_are_is_told_of_the_whole_table(sql, expected):
    assert rows(sql) == expected


@pytest.mark.parametrize(
    ("sql", "names"),
    [
        ("select * from u", "id t_id x y"),
        ("select u.* from t, u", "id t_id x y"),
        ("select * exclude (x, y) from u", "id t_id"),
        ("select * replace (x + 1 as x) from u", "id t_id x y"),
        ("select * rename (x as z) from u", "id t_id z y"),
        ("select columns('^[xy]$') from u", "x y"),
        ("select * from t join u using (id)", "id a b items address t_id x y"),
        ("select * from t, u", "id a b items address id_1 t_id x y"),
        ("select * from (values (1, 2)) as v(p, q)", "p q"),
        ("select * from u unpivot (v for k in (x, y))", "id t_id k v"),
        ("select * from u pivot (sum(y) for x in ('p', 'q'))", "id t_id p q"),
        ("from u select x", "x"),
        ("with recursive r(n) as (select 1 union all select n + 1 from r) select * from r", "n"),
    ],
)
def test_a_star_stands_for_the_columns_that_are_there(sql, names):
    assert " ".join(columns(sql)) == names


def test_a_star_over_columns_that_nobody_knows_is_incomplete():
    found = read("select *, 1 as one from raw", "duckdb", (UNKNOWN,))
    assert (list(found.columns), found.complete) == (["one"], False)


def test_columns_that_nobody_knows_pass_through_a_star():
    sql = "with source as (select * from raw), renamed as (select k as id, upper(n) as name from source) select * from renamed"
    assert columns(sql) == {"id": "raw.k: IDENTITY", "name": "raw.n: TRANSFORMATION"}


def test_a_table_may_be_read_twice():
    assert columns("select one.a, two.b from t as one, t as two") == {"a": "t.a: IDENTITY", "b": "t.b: IDENTITY"}
    assert columns("with c as (select * from u) select x, d.y as z from c, c as d") == {"x": "u.x: IDENTITY", "z": "u.y: IDENTITY"}


def test_a_column_of_a_table_that_nobody_knows_is_that_tables_where_no_other_can_have_it():
    assert columns("select q, x from raw join u on raw.k = u.id") == {"q": "raw.q: IDENTITY", "x": "u.x: IDENTITY"}


def test_set_operations_go_by_place_or_by_name():
    assert columns("select a, b from t union all select x, y from u") == {
        "a": "t.a: IDENTITY, u.x: IDENTITY",
        "b": "t.b: IDENTITY, u.y: IDENTITY",
    }
    assert columns("select a, b from t union all by name select y as b, x as a from u")["a"] == "t.a: IDENTITY, u.x: IDENTITY"


def test_the_column_of_using_is_that_of_the_side_that_is_kept():
    assert columns("select id from t left join u using (id)") == {"id": "t.id: IDENTITY"}
    assert columns("select id from t right join u using (id)") == {"id": "u.id: IDENTITY"}
    assert columns("select id from t full join u using (id)") == {"id": "t.id: IDENTITY, u.id: TRANSFORMATION"}


def test_an_output_column_may_be_used_by_those_after_it_unless_a_table_has_one_of_that_name():
    assert columns("select a + 1 as next, next * 2 as twice, b as a, a as same from t") == {
        "next": "t.a: TRANSFORMATION",
        "twice": "t.a: TRANSFORMATION",
        "a": "t.b: IDENTITY",
        "same": "t.a: IDENTITY",
    }


def test_a_recursive_query_is_read_until_nothing_new_is_found():
    sql = """
        with recursive c as (
            select id, a as p, b as q from t union all select c.id, c.q, u.x from c join u on u.t_id = c.id
        ) select p from c"""
    assert columns(sql) == {"p": "t.a: IDENTITY, t.b: IDENTITY, u.x: IDENTITY"}


def test_a_pivot_makes_columns_of_aggregates_that_depend_on_the_value():
    sql = "select p from (select id, x, y from u) pivot (sum(y) for x in ('p', 'q'))"
    assert columns(sql) == {"p": "u.x: CONDITIONAL, u.y: AGGREGATION"}


def test_duckdbs_statements_pivot_as_well():
    assert columns("pivot u on x in ('p', 'q') using sum(y) as s, count(*) as n group by id") == {
        "id": "u.id: IDENTITY",
        **{f"{v}_s": "u.x: CONDITIONAL, u.y: AGGREGATION" for v in "pq"},
        **{f"{v}_n": "u.x: CONDITIONAL" for v in "pq"},
    }
    assert columns("unpivot (select id, x, y from u) on x, y into name kind value amount") == {
        "id": "u.id: IDENTITY",
        "kind": "",
        "amount": "u.x: TRANSFORMATION, u.y: TRANSFORMATION",
    }


@pytest.mark.parametrize(
    ("dialect", "sql", "expected"),
    [
        ("snowflake", "select f.value:name::string as o from t, lateral flatten(input => t.items) f", "t.items: TRANSFORMATION"),
        ("bigquery", "select item.price as o from `t`, unnest(items) as item", "t.items: TRANSFORMATION"),
        ("spark", "select c as o from t lateral view explode(items) e as c", "t.items: TRANSFORMATION"),
        ("postgres", "select r.p as o from t cross join lateral jsonb_to_recordset(t.items) as r(p int)", "t.items: TRANSFORMATION"),
        ("trino", "select e as o from t cross join unnest(items) as x(e)", "t.items: TRANSFORMATION"),
        ("duckdb", "select unnest(items) as o from t", "t.items: TRANSFORMATION"),
        ("tsql", "select top 3 z.q as o from [shop].[main].[t] cross apply (select t.a + 1 as q) z", "t.a: TRANSFORMATION"),
        ("clickhouse", "select a as o from shop.t", "t.a: IDENTITY"),
        ("redshift", 'select "A" as o from "shop"."main"."t"', "t.a: IDENTITY"),
    ],
)
def test_each_dialect_unfolds_in_its_own_words(dialect, sql, expected):
    assert columns(sql, dialect) == {"o": expected}


def test_a_table_is_found_by_as_much_of_its_name_as_the_sql_has():
    for name in ("t", "main.t", '"shop"."main"."t"', "SHOP.Main.T", "deferred.elsewhere.t"):
        assert columns(f"select a from {name}") == {"a": "t.a: IDENTITY"}


def test_of_tables_that_are_no_inputs_nothing_is_told():
    assert columns("select a, v from t cross join other.place.secrets as s(v)") == {"a": "t.a: IDENTITY", "v": ""}


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("select from where", "sqlglot cannot read"),
        ("select 'open", "sqlglot cannot read"),
        ("drop table t", "is no query"),
        ("", "is no query"),
        ("select " + "(" * 5000 + "a" + ")" * 5000 + " from t", "nested too deeply"),
        ("select a from t -- " + "x" * LARGEST, "characters"),
        ("select " + ", ".join(["*"] * 2000) + " from t" + "".join(f", t as t{n}" for n in range(300)), "too many columns"),
    ],
    ids=["no SQL", "open text", "no query", "empty", "deep", "long", "wide"],
)
def test_sql_that_cannot_be_read_is_an_error_that_says_why(sql, why):
    with pytest.raises(Unreadable, match=why):
        read(sql, "duckdb", (T,))


def test_a_long_chain_of_operators_is_no_deep_nesting():
    assert columns("select " + " + ".join(["a"] * 3000) + " as o from t") == {"o": "t.a: TRANSFORMATION"}
    assert rows("select a from t where " + " and ".join(["b = 1"] * 3000)) == "t.b: FILTER"
    assert columns(" union all ".join(["select a from t"] * 600)) == {"a": "t.a: IDENTITY"}
