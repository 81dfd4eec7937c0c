"""A store that an older Clew made becomes the store that this one makes."""

from __future__ import annotations

import os
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from clew.errors import StoreInUse
from clew.server.store import Store, file, lock
from clew.server.store.sentences import schema
from clew.server.upkeep.check import check

OLDER = {int(f.stem): f.read_text() for f in sorted(Path(__file__).with_name("schemas").glob("*.sql"))}
"""The schemas of versions that were published, by their number."""


def things(connection):
    """Return what a database is made of, without comments and layout."""
    rows = connection.execute("SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL")
    return {(kind, name): re.sub(r"\s+", " ", re.sub(r"--[^\n]*", "", sql)) for kind, name, sql in rows}


def old_store(path, version):
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.executescript(OLDER[version])
        connection.execute("INSERT INTO namespace (name, created_at, updated_at, owner) VALUES ('default', 1, 1, 'anonymous')")
        connection.execute(f"PRAGMA application_id = {file.APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {version}")
    return path


def test_the_schema_of_every_older_version_is_kept_here():
    assert sorted(OLDER) == list(range(1, file.version()))


@pytest.mark.parametrize("version", OLDER)
def test_the_steps_from_an_older_version_lead_to_the_schema_of_today(version):
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as migrated, closing(sqlite3.connect(":memory:")) as fresh:
        migrated.executescript(OLDER[version])
        file.upgrade(migrated, version, file.migrations())
        fresh.executescript(schema())
        assert things(migrated) == things(fresh)
        assert migrated.execute("PRAGMA user_version").fetchone() == (file.version(),)


@pytest.mark.parametrize("version", OLDER)
def test_an_older_store_is_brought_up_to_date_when_it_is_opened(tmp_path, version):
    Store(old_store(tmp_path / "store.db", version)).close()
    with closing(sqlite3.connect(tmp_path / "store.db")) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (file.version(),)


def test_an_older_store_is_brought_up_to_date_before_it_is_checked(tmp_path):
    found = check(old_store(tmp_path / "store.db", 1))
    assert found.damage == []
    assert found.tables["job"].differences == 0


def test_an_older_store_that_somebody_has_open_is_left_as_it_is(tmp_path):
    path = old_store(tmp_path / "store.db", 1)
    theirs = lock.share(path)
    with pytest.raises(StoreInUse, match="an older one"):
        Store(path)
    os.close(theirs)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)


def test_a_step_that_fails_is_not_taken_in_part():
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        steps = {2: "CREATE TABLE a (x)", 3: "CREATE TABLE b (x); CREATE TABLE a (x)"}
        with pytest.raises(sqlite3.OperationalError):
            file.upgrade(connection, 1, steps)
        assert set(things(connection)) == {("table", "a")}
        assert connection.execute("PRAGMA user_version").fetchone() == (2,)
