from __future__ import annotations

import os
import shutil
from pathlib import Path

import pandas as pd
import pytest

from clew.watching import libraries
from clew.watching.folders import settled

FRAME = pd.DataFrame({"id": [1]})


@pytest.mark.parametrize(
    ("owner", "call"),
    [(os, "rename"), (os, "replace"), (Path, "rename"), (Path, "replace"), (shutil, "move"), (shutil, "copy"), (shutil, "copy2")],
)
def test_a_file_that_was_written_beside_its_place_is_the_file_in_its_place(watching, tmp_path, owner, call):
    FRAME.to_csv(tmp_path / "orders.tmp", index=False)
    getattr(owner, call)(tmp_path / "orders.tmp", tmp_path / "orders.csv")
    last = settled(watching.things())[-1]
    assert (last.direction, last.name) == ("write", str(tmp_path / "orders.csv"))
    assert [field["name"] for field in last.facets["schema"]["fields"]] == ["id"]
    assert last.rows == 1


def test_a_file_that_was_moved_is_not_where_it_was(watching, tmp_path):
    FRAME.to_csv(tmp_path / "orders.tmp", index=False)
    os.replace(src=tmp_path / "orders.tmp", dst=tmp_path / "orders.csv")  # noqa: PTH105  this is what is watched
    assert [thing.name for thing in settled(watching.things())] == [str(tmp_path / "orders.csv")]


@pytest.mark.parametrize(("owner", "call"), [(os, "rename"), (shutil, "move")])
def test_a_folder_that_was_filled_beside_its_place_is_the_folder_in_its_place(watching, tmp_path, owner, call):
    (tmp_path / "run-1").mkdir()
    FRAME.to_csv(tmp_path / "run-1" / "orders.csv", index=False)
    FRAME.to_parquet(tmp_path / "run-1" / "sales", partition_cols=["id"])
    FRAME.to_csv(tmp_path / "run-10.csv")
    getattr(owner, call)(tmp_path / "run-1", tmp_path / "today")
    found = {thing.name.removeprefix(f"{tmp_path}/"): thing.rows for thing in settled(watching.things())}
    assert found == {"run-10.csv": 1, "today/orders.csv": 1, "today/sales": 1}


def test_a_file_that_nobody_saw_being_written_is_no_concern(watching, tmp_path):
    (tmp_path / "a").write_text("")
    shutil.copy(tmp_path / "a", tmp_path / "b")
    shutil.move(tmp_path / "a", tmp_path / "c")
    assert watching.things() == []


def test_an_error_of_the_users_passes(watching, tmp_path):
    with pytest.raises(FileNotFoundError):
        os.rename(tmp_path / "missing", tmp_path / "other")  # noqa: PTH104
    assert watching.things() == []


def test_what_python_says_of_renaming_stays_true(watching):
    assert os.rename in os.supports_dir_fd
    assert os.rename.__name__ == "rename"


def test_a_version_without_a_call_that_is_known_costs_one_warning(caplog, monkeypatch):
    for call in ("rename", "replace"):
        monkeypatch.setattr(os, call, getattr(os, call))
    libraries._watch("shutil", type("Changed", (), {}))
    assert "there is no copyfile" in caplog.text
    assert len(caplog.records) == 1
