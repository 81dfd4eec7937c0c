from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest

from clew import stopping

if TYPE_CHECKING:
    from collections.abc import Iterator

SIGNALS = (signal.SIGTERM, signal.SIGINT)


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """Leave the test runner its own."""
    before = [signal.getsignal(number) for number in SIGNALS]
    yield
    for number, handler in zip(SIGNALS, before, strict=True):
        signal.signal(number, handler)


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_is_a_reason_to_stop(number: signal.Signals) -> None:
    stop = stopping.on_signals()
    assert not stop.is_set()
    os.kill(os.getpid(), number)
    assert stop.wait(30)


def test_a_signal_that_comes_while_the_event_is_locked_stops_as_well() -> None:
    stop = stopping.on_signals()
    with stop._cond:  # where `wait` is at the moment
        os.kill(os.getpid(), signal.SIGTERM)
    assert stop.wait(30)
