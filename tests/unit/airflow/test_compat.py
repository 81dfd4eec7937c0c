"""Which package listens is decided by Airflow's version."""

from __future__ import annotations

import pytest

from clew_airflow.compat import is_older_than_the_provider


@pytest.mark.parametrize(("version", "is_older"), [("2.7.3", True), ("2.8.0", False), ("2.10.5", False), ("3.3.2", False), ("2.8.0b1", False)])
def test_below_2_8_the_older_package_listens(version, is_older):
    assert is_older_than_the_provider(version) is is_older
