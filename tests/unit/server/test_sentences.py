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
WHOLE = {
    "tags.page": "there are few tags, and a page of them is asked for",
    "stats.sources_before": "there are few sources",
    "search.by_name": "a part of a name may stand anywhere in it; names alone are read, and they do not grow with runs",
    "jobs.count": "the number of all jobs is what is asked for",
}
"""Sentences that read all of a table, and why they may."""
PAGES = {"jobs.page", "namespaces.page", "sources.page"}
"""Sentences that read a table in the order of an index, up to the end of the page."""
SORTED = {
    "columns.version_that_was_read": "what one run read",
    "columns.fields_written_by_job": "the columns of one run's datasets",
    "columns.type_of_field": "the types that one column ever had",
    "datasets.fields": "the columns of one dataset",
    "datasets.tags": "the tags of the datasets that are shown",
    "datasets.field_tags": "the tags of the datasets that are shown",
    "events.newest_first": "events of the same microsecond",
    "jobs.tags": "the tags of the jobs that are shown",
    "lineage.job_of_dataset": "the jobs of one dataset",
    "lineage.upstream_inputs": "what one run read",
    "search.by_name": "what was found",
    "stats.events_between": "the types of event, of which there are six",
    "versions.inputs_of_run": "what one run read",
}
"""Sentences that sort, and what."""


@pytest.fixture(scope="module")
def empty():
    with closing(sqlite3.connect(":memory:")) as db:
        db.executescript(schema())
        yield db


@pytest.mark.parametrize("name", sentences())
def test_no_sentence_reads_a_whole_table(name, empty):
    scans = [step for step in plan(name, empty) if re.match(r"SCAN (?!w\b|\(subquery|.*json_each)", step)]
    assert not scans or name in WHOLE or (name in PAGES and all("USING INDEX" in step for step in scans))


@pytest.mark.parametrize("name", sentences())
def test_no_sentence_sorts_more_than_it_returns(name, empty):
    assert not any("TEMP B-TREE" in step for step in plan(name, empty)) or name in SORTED


def plan(name, empty):
    sql = sentences()[name]
    return [r[3] for r in empty.execute(f"EXPLAIN QUERY PLAN {sql}", dict.fromkeys(PARAMETER.findall(sql)))]


def test_every_sentence_is_used():
    sources = "".join(f.read_text() for f in Path(clew.server.__file__).parent.rglob("*.py"))
    assert [name for name in sentences() if f'"{name}"' not in sources] == []


def test_tables_are_strict(empty):
    assert {
        strict
        for *_, strict in empty.execute("SELECT name, strict FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'sqlite_%'")
    } == {1}


STAND_FOR_THE_SAME = {
    "content": {"json"},
    "dataset": {"namespace_id", "name"},
    "dataset_version": {"dataset_id", "version"},
    "job": {"namespace_id", "name"},
    "job_version": {"job_id", "version"},
    "namespace": {"name"},
}
"""What the look of a run takes from rows that it knows by their ids."""


@pytest.mark.parametrize("name", sentences())
def test_an_id_stands_for_the_same_as_long_as_a_store_is_open(name):
    sql = sentences()[name]
    for table, columns in STAND_FOR_THE_SAME.items():
        change = re.search(rf"(?:UPDATE {table} SET|INSERT INTO {table} .* DO UPDATE SET)(.*?)(?:WHERE|$)", sql, re.DOTALL)
        assert not re.search(rf"\b(?:DELETE FROM|REPLACE INTO) {table}\b", sql)
        assert not change or not {*re.findall(r"(\w+) =", change[1])} & columns
