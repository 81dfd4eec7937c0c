"""Real programs within `clew run`: papermill, whose kernel's data are the run's, and dbt, which tells itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from clew.outbox import Outbox
from clew.watching import handover

pytestmark = pytest.mark.acceptance

CELL = """
import fsspec, sqlite3
with fsspec.open(f"{folder}/{month}.csv", "w") as file:
    file.write("1")
database = sqlite3.connect(f"{folder}/shop.db")
database.execute("CREATE TABLE orders (a)")
database.execute("INSERT INTO orders VALUES (1), (2)")
database.commit()
"""


@pytest.fixture
def notebook(tmp_path):
    parameters = nbformat.v4.new_code_cell("month, folder = 'none', '.'", metadata={"tags": ["parameters"]})
    made = nbformat.v4.new_notebook(cells=[parameters, nbformat.v4.new_code_cell(CELL)])
    made.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(made, tmp_path / "report.ipynb")
    return tmp_path / "report.ipynb"


def test_a_notebook_is_a_run_with_its_parameters_and_what_its_kernel_wrote(notebook, tmp_path):
    programs = Path(sys.executable).parent
    command = [programs / "papermill", notebook, tmp_path / "out.ipynb", "-p", "month", "2026-03", "-p", "folder", tmp_path]
    environ = {**os.environ, "CLEW_HOME": str(tmp_path / "home"), "CLEW_RELAY": "false", "IPYTHONDIR": str(tmp_path / "ipython")}
    done = subprocess.run([programs / "clew", "run", "--", *command], env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    with Outbox(tmp_path / "home").reading() as connection:
        start, end = (json.loads(body) for (body,) in connection.execute("SELECT body FROM events ORDER BY seq"))
    parameters = {p["name"]: p["value"] for p in start["run"]["facets"]["executionParameters"]["parameters"]}
    assert (start["job"]["name"], parameters["month"]) == ("report.ipynb", "2026-03")
    written = {(d["namespace"], d["name"]) for d in end["outputs"]}
    assert written == {("file", f"{tmp_path}/2026-03.csv"), (f"sqlite://{tmp_path}/shop.db", "main.orders")}


def test_a_dbt_that_is_told_by_its_plugin_leaves_nothing(dbt, tmp_path):
    folder = handover.make(tmp_path)
    environ = {**os.environ, **handover.variables(folder, ["sqlite3"]), "CLEW_URL": "http://127.0.0.1:1"}
    code = f"import dbt_clew; assert dbt_clew.plugins; import sqlite3; sqlite3.connect({str(tmp_path / 'a.db')!r}).execute('CREATE TABLE t (a)')"
    subprocess.run([dbt.parent / "python", "-c", code], env=environ, check=True)
    assert not list(folder.iterdir())
