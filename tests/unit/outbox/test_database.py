from __future__ import annotations

import sqlite3
import stat
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from clew.errors import OutboxBroken, OutboxUnwritable
from clew.outbox import Outbox, database
from clew.outbox.turn import Turn
from tests.events import event

if TYPE_CHECKING:
    from pathlib import Path


def pragma(connection: sqlite3.Connection, name: str) -> object:
    return connection.execute(f"PRAGMA {name}").fetchone()[0]


def altered(home: Path, *statements: str) -> None:
    database.connect(home).close()
    with closing(sqlite3.connect(home / database.FILE)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def test_an_append_waits_until_the_disk_has_it(tmp_path: Path) -> None:
    with closing(database.connect(tmp_path)) as connection:
        assert (pragma(connection, "journal_mode"), pragma(connection, "synchronous")) == ("wal", 2)  # 2 is FULL


def test_a_relays_own_commits_do_not_wait_for_the_disk(tmp_path: Path) -> None:
    database.connect(tmp_path).close()
    with closing(database.connect(tmp_path, for_relay=True)) as connection:
        assert pragma(connection, "synchronous") == 1  # NORMAL


def test_the_files_are_private(tmp_path: Path) -> None:
    with closing(database.connect(tmp_path)) as connection:
        connection.execute("INSERT INTO meta VALUES ('x', 1)")
        files = sorted(file.name for file in tmp_path.iterdir())
        assert files == ["outbox.db", "outbox.db-shm", "outbox.db-wal"]
        assert {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()} == {0o600}


def test_a_file_that_is_no_database_is_named_and_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / database.FILE).write_bytes(b"something else" * 100)
    with pytest.raises(OutboxBroken, match=r"outbox\.db is damaged"):
        database.connect(tmp_path)
    assert (tmp_path / database.FILE).read_bytes() == b"something else" * 100


def test_a_database_of_somebody_else_is_no_outbox(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / database.FILE)) as other:
        other.execute("CREATE TABLE events (id)")
    with pytest.raises(OutboxBroken, match="no outbox"):
        database.connect(tmp_path)


def test_an_empty_file_is_no_outbox(tmp_path: Path) -> None:
    (tmp_path / database.FILE).touch()
    with pytest.raises(OutboxBroken, match="no outbox"):
        database.connect(tmp_path)


def test_a_newer_outbox_that_says_so_is_shared(tmp_path: Path) -> None:
    altered(tmp_path, f"PRAGMA user_version = {database.SCHEMA + 1}")
    database.connect(tmp_path).close()


def test_a_newer_outbox_that_cannot_be_shared_asks_for_an_update(tmp_path: Path) -> None:
    newer = database.SCHEMA + 1
    altered(tmp_path, f"PRAGMA user_version = {newer}", f"UPDATE meta SET value = {newer} WHERE key = 'shared_from'")
    with pytest.raises(OutboxBroken, match=r"newer Clew.*Update Clew here"):
        database.connect(tmp_path)


def test_what_failed_in_the_middle_leaves_nothing_behind(tmp_path: Path) -> None:
    with closing(database.connect(tmp_path)) as connection, closing(Turn(tmp_path)) as turn:
        with pytest.raises(sqlite3.IntegrityError), database.transaction(connection, turn):
            connection.executemany("INSERT INTO meta VALUES (?, 1)", [("x",), ("x",)])
        assert connection.execute("SELECT count(*) FROM meta WHERE key = 'x'").fetchone() == (0,)


def test_an_error_without_a_better_word_still_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(OutboxUnwritable, match=r"outbox\.db could not be used \(strange\)"), database.translated(tmp_path / "outbox.db"):
        raise sqlite3.OperationalError("strange")


def test_who_waits_too_long_for_another_writer_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.05)
    with closing(database.connect(tmp_path)) as other, closing(Outbox(tmp_path)) as outbox:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(OutboxUnwritable, match="in use by another process"):
            outbox.append([event()])
        other.execute("ROLLBACK")
        outbox.append([event()])
