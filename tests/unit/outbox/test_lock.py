from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from clew.errors import OutboxUnwritable
from clew.outbox import lock
from clew.outbox.lock import Holder

if TYPE_CHECKING:
    from pathlib import Path


def test_one_has_the_lock_and_nobody_else_gets_it(tmp_path: Path) -> None:
    mine = lock.acquire(tmp_path)
    assert mine is not None
    assert lock.acquire(tmp_path) is None
    mine.release()
    again = lock.acquire(tmp_path)
    assert again is not None
    again.release()


def test_whoever_holds_the_lock_can_be_seen(tmp_path: Path) -> None:
    assert lock.current(tmp_path) is None
    mine = lock.acquire(tmp_path)
    assert mine is not None
    mine.write(Holder(pid=7, owner="me", since=1.0))
    assert lock.current(tmp_path) == Holder(pid=7, owner="me", since=1.0)
    mine.release()
    assert lock.current(tmp_path) is None


def test_what_the_last_holder_wrote_stays_to_be_read(tmp_path: Path) -> None:
    for holder in (Holder(pid=7, owner="a-very-long-name", since=1.0), Holder(ended="idle")):
        mine = lock.acquire(tmp_path)
        assert mine is not None
        mine.write(holder)
        assert mine.holder() == holder
        mine.release()


def test_a_lock_whose_file_was_removed_is_out_of_place(tmp_path: Path) -> None:
    mine = lock.acquire(tmp_path)
    assert mine is not None
    assert mine.is_in_place()
    (tmp_path / lock.FILE).unlink()
    assert not mine.is_in_place()
    other = lock.acquire(tmp_path)
    assert other is not None
    assert not mine.is_in_place()
    other.release()
    mine.release()


def test_a_lock_that_is_given_back_is_free_whoever_inherited_its_descriptor(tmp_path: Path) -> None:
    mine = lock.acquire(tmp_path)
    assert mine is not None
    inherited = os.dup(mine.descriptor)
    mine.release()
    other = lock.acquire(tmp_path)
    assert other is not None
    other.release()
    os.close(inherited)


def test_a_file_with_nonsense_in_it_is_a_lock_of_which_nothing_is_known(tmp_path: Path) -> None:
    (tmp_path / lock.FILE).write_text("{", encoding="utf-8")
    mine = lock.acquire(tmp_path)
    assert mine is not None
    assert mine.holder() == Holder()
    mine.release()


def test_a_lock_that_cannot_be_made_names_the_place(tmp_path: Path) -> None:
    with pytest.raises(OutboxUnwritable, match=r"nowhere/relay\.lock"):
        lock.acquire(tmp_path / "nowhere")
