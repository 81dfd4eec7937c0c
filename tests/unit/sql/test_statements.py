"""A text becomes statements that a parser reads."""

from __future__ import annotations

import pytest

from clew.sql.statements import LONGEST, compacted, split


@pytest.mark.parametrize(
    ("text", "adapter", "statements"),
    [
        ("select 1; select 2;", "postgres", ["select 1", "select 2"]),
        ("select ';' from a -- ; no\n; select /* ; */ 2", "postgres", ["select ';' from a", "select   2"]),
        ("select $f$ ; $f$; select 2", "postgres", ["select $f$ ; $f$", "select 2"]),
        (r"select 'it\'s; x'; select 2", "mysql", [r"select 'it\'s; x'", "select 2"]),
        ("select 'c:\\'; select 2", "postgres", ["select 'c:\\'", "select 2"]),
        ('select "a;b"; select 2', "sqlite", ['select "a;b"', "select 2"]),
        ("select 'open; select 2", "postgres", ["select 'open; select 2"]),
        ("", "postgres", []),
    ],
)
def test_a_text_is_cut_between_its_statements(text, adapter, statements):
    assert split(text, adapter) == statements


@pytest.mark.parametrize(
    ("text", "statement"),
    [
        ("insert into a values (%s, %(day)s)", "insert into a values ('0', '0')"),
        ("insert into a values %s", "insert into a values ('0')"),
        ("select * from a where b in %s", "select * from a where b in ('0')"),
        ("select * from a where b like '%%x'", "select * from a where b like '%%x'"),
        ("select 7 %% 2 from a where b = '%s'", "select 7 % 2 from a where b = '%s'"),
    ],
)
def test_placeholders_have_a_value(text, statement):
    assert split(text, "postgres") == [statement]


def test_a_remainder_is_no_placeholder_where_drivers_have_none():
    assert split("select 7 %s", "sqlite") == ["select 7 %s"]


def test_thousands_of_rows_tell_no_more_than_one():
    assert split("insert into a (x) values " + ", ".join(["(1, 'x', null)"] * 100_000), "postgres") == ["insert into a (x) values (0)"]


@pytest.mark.parametrize(
    ("adapter", "text", "short"),
    [
        ("postgres", "insert into a values (1, 'x'), (2, 'y;z') -- two", "insert into a values (0)"),
        ("postgres", "insert into a values (1);insert into a values (2)", "insert into a values (0)"),
        ("postgres", "select * from t2 where b in (1, 2.5, 'x') and c = 'it''s'", "select * from t2 where b in (0) and c = '0'"),
        ("duckdb", "insert into a select * from 'in.csv' where x = 17", "insert into a select * from 'in.csv' where x = 0"),
        ("postgres", "select set_config('search_path', 'x', false)", "select set_config('search_path', 'x', false)"),
        ("postgres", "copy a from 's3://b/c'", "copy a from 's3://b/c'"),
    ],
)
def test_values_are_left_out_of_what_is_kept_and_nothing_that_names_a_table_or_file(adapter, text, short):
    assert compacted(text, adapter) == short


def test_what_takes_too_long_to_read_is_left():
    assert split(f"select {'x' * LONGEST}", "postgres") == []
