"""What is large is kept deflated, and nobody who asks can tell."""

from __future__ import annotations

import sqlite3
import zlib
from contextlib import closing

import pytest

from clew.server.store import Store
from clew.server.store.packing import LARGE, packed, unpacked
from clew.server.upkeep.check import check
from tests.unit.server.conftest import Backend, dataset, made_of

COLUMNS = tuple(f"column_{n}" for n in range(100))


@pytest.mark.parametrize("json", [b"{}", b'"x"', b" []", b'"' + b"x" * LARGE + b'"'])
def test_json_comes_back_as_it_went_in(json):
    assert unpacked(packed(json)) == json


def test_only_what_is_large_is_deflated():
    assert packed(b" " * (LARGE - 1)) == b" " * (LARGE - 1)
    assert len(packed(b" " * LARGE)) < 100


@pytest.fixture
def wide(backend):
    """A store that knows a wide table, and what its columns were made of."""
    made = dataset("made", columns=COLUMNS, columnLineage=made_of("raw", **{c: c for c in COLUMNS}))
    backend.run("COMPLETE", inputs=(dataset("raw", columns=COLUMNS),), outputs=(made,))
    return backend


def contents(path):
    with closing(sqlite3.connect(path)) as connection:
        return [bytes(json) for (json,) in connection.execute("SELECT json FROM content")]


def test_a_wide_schema_and_its_lineage_are_kept_deflated(wide):
    assert max(map(len, contents(wide.store.path))) < LARGE


def test_a_wide_table_is_answered_whole(wide):
    found = wide.dataset("made")
    assert [f["name"] for f in found["fields"]] == list(COLUMNS)
    assert set(found["facets"]["columnLineage"]["fields"]) == set(COLUMNS)
    assert len(found["columnLineage"]) == len(COLUMNS)
    assert len(wide.columns("dataset:db:made")) == 2 * len(COLUMNS)


def test_a_wide_table_looks_the_same_in_versions_runs_and_the_graph(wide):
    (version,) = wide.get("namespaces", "db", "datasets", "made", "versions")["versions"]
    assert version["fields"] == wide.dataset("made")["fields"] == wide.graph("dataset:db:made")["dataset:db:made"]["data"]["fields"]


def test_the_same_json_deflated_otherwise_is_no_difference(wide):
    with closing(sqlite3.connect(wide.store.path, isolation_level=None)) as connection:
        connection.create_function("otherwise", 1, lambda kept: zlib.compress(unpacked(kept), 9))
        assert connection.execute("UPDATE content SET json = otherwise(json) WHERE length(json) > 200").rowcount > 0
    assert check(wide.store.path).clean


def test_large_json_that_differs_is_shown_as_text(wide):
    with closing(sqlite3.connect(wide.store.path, isolation_level=None)) as connection:
        connection.execute("UPDATE content SET json = ? WHERE id = 1", (packed(b'{"slipped": "in"}' + b" " * LARGE),))
    (difference,) = check(wide.store.path).tables["content"].examples
    assert difference.stored["json"].startswith('{"slipped": "in"}')
    assert difference.derived["json"].startswith('[{"name":"column_0"')


def test_deflated_json_that_is_damaged_is_a_difference(wide):
    with closing(sqlite3.connect(wide.store.path, isolation_level=None)) as connection:
        connection.execute("UPDATE content SET json = x'7801ff' WHERE id = 1")
    assert check(wide.store.path).tables["content"].differences == 1


def test_what_an_older_clew_kept_as_it_came_is_deflated_when_the_store_is_opened(wide):
    path, before = wide.store.path, wide.dataset("made")
    wide.store.close()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.create_function("unpacked", 1, unpacked)
        connection.execute("UPDATE content SET json = unpacked(json)")
        connection.execute("DROP TABLE last_edges")
        connection.execute("PRAGMA user_version = 3")
    store = Store(path)
    assert max(map(len, contents(path))) < LARGE
    assert Backend(store).dataset("made") == before
    store.close()
    assert check(path).clean
