from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from clew.watching import process

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clew.watching.recorder import Recorder


@pytest.fixture
def watching() -> Iterator[Recorder]:
    """Everything that is known is watched while the test runs; `.things()` is what was seen."""
    yield process.begin()
    process.end()
