from __future__ import annotations

import pytest

from clew.errors import Unreachable
from clew.marquez import Answer
from clew_airflow.ui.backend import InTime


class Seam:
    def call(self, *_):
        return Answer(status=200, body=b"{}")


def test_a_page_that_took_too_long_asks_no_more():
    now = iter([0.0, 5.0, 20.0, 20.5])
    seam = InTime(Seam(), 20, lambda: next(now))
    assert seam.call("GET", "/").status == 200
    assert seam.call("GET", "/").status == 200
    with pytest.raises(Unreachable, match="too slowly"):
        seam.call("GET", "/")
