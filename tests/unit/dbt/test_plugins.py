"""What any dbt finds when it imports `dbt_clew`; tests/acceptance shows that a real one does."""

from __future__ import annotations

import os
import subprocess
import sys

import dbt_clew


def test_where_nothing_is_configured_there_is_no_plugin(monkeypatch, tmp_path):
    for variable in (dbt_clew.FACTS_VARIABLE, "CLEW_URL", "OPENLINEAGE_URL", "OPENLINEAGE_CONFIG"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert dbt_clew.plugins == []


def test_where_dbt_cannot_be_imported_there_is_no_plugin_and_no_error(monkeypatch):
    monkeypatch.setenv(dbt_clew.FACTS_VARIABLE, "/nowhere/facts.json")
    monkeypatch.setitem(sys.modules, "dbt_clew.plugin", None)  # what import finds where it has failed
    assert dbt_clew.plugins == []


def test_anything_else_that_is_asked_for_is_not_there():
    assert not hasattr(dbt_clew, "metrics")


def test_importing_it_imports_the_standard_library_alone():
    code = (
        "import sys, dbt_clew; print({m.partition('.')[0] for m in sys.modules} - set(sys.stdlib_module_names) - {'dbt_clew', '__main__'})"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], capture_output=True, text=True, check=True, env={"PYTHONPATH": os.pathsep.join(sys.path)}
    )
    assert done.stdout.strip() == "set()"
