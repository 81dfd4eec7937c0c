from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    """A file with two orders."""
    path = tmp_path / "orders.csv"
    path.write_text("id,city\n1,Ulm\n2,Bonn\n")
    return path
