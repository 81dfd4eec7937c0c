from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from clew.server.store import Store

from ._site import Site

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """The pages over an empty store."""
    store = Store(tmp_path / "store.db")
    yield Site(store)
    store.close()
