"""A library that has changed under us costs one warning, and whoever imports it nothing."""

from __future__ import annotations

from types import ModuleType

import pytest

from clew.watching import libraries, warning


@pytest.mark.parametrize("name", ["duckdb", "psycopg", "psycopg2", "sqlalchemy", "sqlite3"])
def test_a_driver_without_what_we_watch_is_one_warning(name, caplog, monkeypatch):
    monkeypatch.setattr(warning, "_said", set())
    for _ in range(2):
        libraries._watch(name, ModuleType(name))
    assert [record.message.partition(":")[0] for record in caplog.records] == [
        f"clew does not know this version of {name} and cannot see what it reads and writes"
    ]
