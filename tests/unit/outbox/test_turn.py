from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from clew.outbox.turn import Turn

if TYPE_CHECKING:
    from pathlib import Path


def test_while_one_waits_for_the_file_nobody_else_gets_a_turn(tmp_path: Path) -> None:
    with closing(Turn(tmp_path)) as mine, closing(Turn(tmp_path)) as theirs:
        tries = iter([False, False, True])

        def meanwhile() -> bool:
            assert not theirs.take(lambda: True, seconds=0.0)
            return next(tries)

        assert mine.take(meanwhile, seconds=10.0)
        assert theirs.take(lambda: True, seconds=0.0)


def test_a_turn_in_which_nothing_comes_true_ends_in_time_and_is_given_back(tmp_path: Path) -> None:
    with closing(Turn(tmp_path)) as mine, closing(Turn(tmp_path)) as theirs:
        assert not mine.take(lambda: False, seconds=0.01)
        assert theirs.take(lambda: True, seconds=0.0)
