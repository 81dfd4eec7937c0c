from __future__ import annotations

import pytest
from upath import UPath

from clew.watching import libraries


@pytest.fixture
def orders(tmp_path):
    return UPath(f"file://{tmp_path}/orders.csv")


def test_what_is_written_and_read_whole_is_seen(watching, orders):
    orders.write_text("id\n")
    assert orders.read_text() == "id\n"
    orders.write_bytes(b"id\n")
    assert orders.read_bytes() == b"id\n"
    assert [(t.direction, t.namespace, t.name) for t in watching.things()] == [(d, "file", orders.path) for d in ("write", "read")]


def test_an_error_of_the_users_passes_and_nothing_is_seen(watching, orders):
    with pytest.raises(FileNotFoundError):
        orders.read_text()
    assert watching.things() == []


def test_memory_is_no_place(watching):
    path = UPath("memory://orders.csv")
    path.write_text("id\n")
    assert path.read_text() == "id\n"
    assert watching.things() == []


def test_a_version_without_a_call_that_is_known_costs_one_warning(caplog):
    libraries._watch("upath", type("Changed", (), {}))
    assert "does not know this version of upath" in caplog.text
    assert len(caplog.records) == 1
