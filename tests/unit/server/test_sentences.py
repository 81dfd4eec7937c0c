"""Every sentence of SQL means something to the schema, is used, and costs what it returns."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

import clew.server
from clew.server.store.sentences import schema, sentences

PARAMETER = re.compile(r":(\w+)")
SMALL = {"tags.page", "stats.sources_before"}
"""Read a whole table, which holds little: tags and sources."""
WHOLE = {"search.by_name"}
"""Looks for a part of a name in all names."""


@pytest.fixture(scope="module")
def empty():
    with closing(sqlite3.connect(":memory:")) as db:
        db.executescript(schema())
        yield db


@pytest.mark.parametrize("name", sentences())
def test_no_sentence_reads_more_than_it_returns(name, empty):
    sql = sentences()[name]
    plan = [r[3] for r in empty.execute(f"EXPLAIN QUERY PLAN {sql}", dict.fromkeys(PARAMETER.findall(sql)))]
    scans = [step for step in plan if step.startswith("SCAN") and "INDEX" not in step]
    assert not scans or name in SMALL | WHOLE


def test_every_sentence_is_used():
    sources = "".join(f.read_text() for f in Path(clew.server.__file__).parent.rglob("*.py"))
    assert [name for name in sentences() if f'"{name}"' not in sources] == []


def test_tables_are_strict(empty):
    assert {
        strict
        for *_, strict in empty.execute("SELECT name, strict FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'sqlite_%'")
    } == {1}
