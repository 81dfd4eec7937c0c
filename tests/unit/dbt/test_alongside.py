"""Who else tells of a dbt run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dbt_clew.live import alongside

ITSELF = "import os; from pathlib import Path; from dbt_clew.live import alongside; print(alongside.other({}, Path('/'), {}, os.getpid()))"


@pytest.mark.parametrize(("name", "found"), [("dbt-ol", "dbt-ol"), ("dbt-all", "None")])
def test_dbt_ol_is_found_however_far_up_it_is(tmp_path, name, found):
    program = tmp_path / name
    program.write_text(f'#!/bin/sh\nsh -c \'"$@"; exit $?\' sh "{sys.executable}" -c "{ITSELF}"\n')
    program.chmod(0o755)
    done = subprocess.run(
        [program], capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    )
    assert done.stdout.strip() == found


def test_cosmos_runs_dbt_in_a_folder_of_links(tmp_path):
    (tmp_path / "project").mkdir()
    (tmp_path / "real.yml").write_text("name: shop")
    (tmp_path / "project" / "dbt_project.yml").symlink_to(tmp_path / "real.yml")
    assert alongside.other({"AIRFLOW_CTX_DAG_ID": "daily"}, tmp_path / "project", {}, 1) == alongside.COSMOS
    assert alongside.other({}, tmp_path / "project", {}, 1) is None
    assert alongside.other({"AIRFLOW_CTX_DAG_ID": "daily"}, tmp_path, {}, 1) is None


@pytest.mark.parametrize(("has_integration", "found"), [(True, alongside.COSMOS), (False, None)])
def test_cosmos_in_dbts_own_process_tells_where_the_integration_is(monkeypatch, has_integration, found):
    monkeypatch.setattr(alongside, "_has_integration", lambda: has_integration)
    assert alongside.other({}, Path("/"), {"cosmos": object()}, 1) is found


def test_a_bash_task_is_not_cosmos(tmp_path):
    (tmp_path / "dbt_project.yml").write_text("name: shop")
    assert alongside.other({"AIRFLOW_CTX_DAG_ID": "daily"}, tmp_path, {}, os.getpid()) is None
