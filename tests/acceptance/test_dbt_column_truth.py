"""Column lineage of the example project against truth by execution: values are changed, and what changes with them is seen."""

from __future__ import annotations

import pytest

from benchmarks import column_lineage
from dbt_clew.column_lineage import workers

pytestmark = pytest.mark.acceptance


def test_columns_depend_on_what_changes_them_and_on_nothing_else(tmp_path, dbt, monkeypatch):
    monkeypatch.setattr(workers, "MANY", workers.MANY)  # the benchmark sets it, for good
    built = column_lineage.Built("shop", tmp_path, dbt.parent / "python")
    said, *_ = column_lineage.ours(built)
    right, wrong, missed, *_ = column_lineage.compared(said, built.truth())
    assert (wrong, missed) == ([], [])
    assert len(right) > 30
