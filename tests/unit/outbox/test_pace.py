from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from clew.outbox.pace import LONGEST, LONGEST_ASKED, Pace, pause


def pace() -> Pace:
    return Pace(threads=4, chance=lambda: 1.0)


def test_pauses_double_up_to_a_minute() -> None:
    assert [pause(failures, chance=1.0) for failures in (1, 2, 3, 4, 100)] == [0.5, 1.0, 2.0, 4.0, LONGEST]


@given(st.integers(1, 50), st.floats(0, 1))
def test_a_pause_is_at_least_half_of_what_it_may_be(failures: int, chance: float) -> None:
    assert pause(failures, 1.0) / 2 <= pause(failures, chance) <= pause(failures, 1.0)


def test_a_backend_may_ask_for_a_longer_pause_but_not_for_days() -> None:
    assert pause(1, 1.0, asked=30.0) == 30.0
    assert pause(1, 1.0, asked=86400.0) == LONGEST_ASKED


def test_a_backend_that_is_well_gets_as_many_events_at_once_as_there_are_threads() -> None:
    assert pace().may_send(now=0.0, under_way=3)
    assert not pace().may_send(now=0.0, under_way=4)


def test_a_backend_that_is_down_gets_nothing_in_the_pause_and_one_event_after_it() -> None:
    down = pace()
    down.unreachable(now=10.0, asked=None)
    assert not down.may_send(now=10.4, under_way=0)
    assert down.may_send(now=10.5, under_way=0)
    assert not down.may_send(now=10.5, under_way=1)


def test_events_that_were_under_way_together_when_it_went_down_count_as_one_failure() -> None:
    down = pace()
    for _ in range(4):
        down.unreachable(now=10.0, asked=None)
    assert down.paused_until == 10.5


def test_one_accepted_event_ends_the_caution() -> None:
    down = pace()
    down.unreachable(now=10.0, asked=None)
    down.accepted()
    assert down.may_send(now=10.5, under_way=3)


def test_one_event_that_is_answered_500_again_and_again_does_not_slow_the_others() -> None:
    poisoned = pace()
    for _ in range(9):
        poisoned.troubled(now=10.0, seq=1)
    assert poisoned.may_send(now=10.0, under_way=3)


def test_a_backend_that_answers_500_to_everything_is_down() -> None:
    broken = pace()
    broken.troubled(now=10.0, seq=1)
    broken.troubled(now=10.0, seq=2)
    assert broken.is_down
