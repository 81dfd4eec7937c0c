"""SQL of microbatch models, which stands in no artifact."""

from __future__ import annotations

import pytest

from dbt_clew.artifacts.read import read_target
from tests.unit.dbt import projects

MODEL = "model.shop.hits"
DONE = [["2026-01-01T05:00:00Z", "2026-01-01T06:00:00Z"], ["2026-01-01T06:00:00Z", "2026-01-01T07:00:00Z"]]


def code(folder, file: str | None, *, size: str = "hour", batches=None, **model) -> str | None:
    """Return the SQL that is read of a model whose batches dbt compiled into one file."""
    node = projects.node(MODEL, config={"materialized": "incremental", "batch_size": size}, **model)
    ran = projects.result(MODEL, batch_results=batches or {"successful": DONE, "failed": []})
    target = projects.target(folder / "target", [node], [ran])
    if file is not None:
        (target / file).parent.mkdir(parents=True, exist_ok=True)
        (target / file).write_text("select 1 as one")
    (read,) = read_target(target).run_results.results
    return read.compiled_code


@pytest.mark.parametrize(
    ("size", "name"), [("hour", "2026-01-01T06"), ("day", "2026-01-01"), ("month", "2026-01"), ("year", "2026")], ids=lambda said: said
)
def test_it_is_that_of_the_last_batch(tmp_path, size, name):
    assert code(tmp_path, f"compiled/shop/models/hits/hits_{name}.sql", size=size) == "select 1 as one"


def test_where_all_batches_failed_it_is_that_of_the_last_one_that_failed(tmp_path):
    file = "compiled/shop/models/hits/hits_2026-01-01T06.sql"
    assert code(tmp_path, file, batches={"successful": [], "failed": DONE}) == "select 1 as one"


def test_where_dbts_files_are_gone_there_is_none(tmp_path):
    assert code(tmp_path, None) is None


@pytest.mark.parametrize("path", ["../../../hits.sql", "/", "", "models/hi\0ts.sql"], ids=["outside", "root", "empty", "no path"])
def test_nothing_is_read_that_is_not_in_the_target_directory(tmp_path, path):
    assert code(tmp_path, "../hits/hits_2026-01-01T06.sql", original_file_path=path) is None
