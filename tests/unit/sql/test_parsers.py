"""Both parsers tell the same tables of a statement."""

from __future__ import annotations

from importlib import util

import pytest

from clew.sql import parsers
from clew.sql.parsers import used_by


@pytest.fixture(params=["openlineage_sql", "sqlglot"])
def parser(request, monkeypatch):
    """Only this parser is installed."""
    find = util.find_spec
    monkeypatch.setattr(parsers.util, "find_spec", lambda name: find(name) if name == request.param else None)
    used_by.cache_clear()
    yield request.param
    used_by.cache_clear()


@pytest.mark.parametrize(
    ("adapter", "sql", "read", "written"),
    [
        ("postgres", "select * from s.a join b using (x)", {(None, "s", "a"), (None, None, "b")}, set()),
        ("postgres", "insert into a select * from b", {"b"}, {"a"}),
        ("postgres", "with c as (select * from b) insert into a select * from c", {"b"}, {"a"}),
        ("postgres", "with gone as (delete from b returning *) insert into a select * from gone", set(), {"a", "b"}),
        ("postgres", "create table a as with c as (select * from b) select * from c", {"b"}, {"a"}),
        ("postgres", "create view a as select * from b", {"b"}, {"a"}),
        ("postgres", "select * into a from b", {"b"}, {"a"}),
        ("postgres", "update a set x = b.x from b", {"b"}, {"a"}),
        ("postgres", "delete from a using b where a.x = b.x", {"b"}, {"a"}),
        ("postgres", "merge into a using b on a.x = b.x when matched then delete", {"b"}, {"a"}),
        ("postgres", "insert into a values (1) on conflict (x) do update set x = excluded.x", set(), {"a"}),
        ("postgres", "truncate a", set(), {"a"}),
        ("postgres", "drop table if exists a, b", set(), {"a", "b"}),
        ("postgres", "alter table a add column x int", set(), {"a"}),
        ("postgres", "create index i on a (x)", set(), set()),
        ("postgres", "select extract(year from d), substring(x from 1 for 2) from a", {"a"}, set()),
        ("postgres", "select * from generate_series(1, 3), lateral (select * from a) b", {"a"}, set()),
        ("postgres", "with recursive r as (select 1 union all select * from r) select * from r", set(), set()),
        ("postgres", "select * from a where exists (select 1 from b) union all select * from c", {"a", "b", "c"}, set()),
        ("postgres", "select current_schema()", set(), set()),
        ("postgres", 'select * from "My"."Tab le"', {(None, "My", "Tab le")}, set()),
        ("postgres", "this is no sql (", set(), set()),
        ("sqlite", "insert or replace into a values (?, :x)", set(), {"a"}),
        ("duckdb", "from a", {"a"}, set()),
        ("duckdb", "create or replace table a as from b", {"b"}, {"a"}),
        ("duckdb", "select * from read_csv(['x', 'y']) r join a on true", {"a"}, set()),
        ("mysql", "insert ignore into `a` values (1)", set(), {"a"}),
        ("sqlserver", "select top 5 * from [dbo].[a] with (nolock)", {(None, "dbo", "a")}, set()),
        ("sqlserver", "select * into #a from b", {"b"}, {"#a"}),
        ("bigquery", "select * from `p.d.a`", {("p", "d", "a")}, set()),
        ("snowflake", "insert overwrite into a select * from b", {"b"}, {"a"}),
    ],
)
def test_tables_are_read_and_written(parser, adapter, sql, read, written):
    def whole(names):
        return {(None, None, name) if isinstance(name, str) else name for name in names}

    assert used_by(sql, adapter) == (whole(read), whole(written))


def test_where_no_parser_is_there_are_no_tables(monkeypatch):
    monkeypatch.setattr(parsers.util, "find_spec", lambda _: None)
    used_by.cache_clear()
    assert not parsers.has_parser()
    assert used_by("select * from a", "postgres") == (set(), set())
    used_by.cache_clear()


def test_what_one_parser_does_not_understand_the_other_may():
    assert used_by("select * from a asof join b using (x)", "duckdb").read == {(None, None, "a"), (None, None, "b")}
