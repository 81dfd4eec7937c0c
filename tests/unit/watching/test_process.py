from __future__ import annotations

from clew.watching import Seen, process

FILE = Seen(direction="read", namespace="file", name="/a")


def test_what_is_seen_while_nobody_watches_is_forgotten():
    process.see(FILE)
    assert process.end() == []


def test_a_run_that_begins_twice_is_one_run():
    first = process.begin([], of="run")
    process.see(FILE)
    assert process.begin([], of="run") is first
    assert process.end() == [FILE]


def test_another_run_begins_with_nothing_seen():
    process.begin([], of="one")
    process.see(FILE)
    process.begin([], of="two")
    assert process.watched() == "two"
    assert process.end() == []
    assert process.watched() is None
