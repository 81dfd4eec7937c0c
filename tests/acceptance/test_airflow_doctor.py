"""What `clew doctor` names in a real Airflow where something is wrong with it, and that Airflow goes on."""

from __future__ import annotations

import json
import os
import subprocess

import pytest

pytestmark = pytest.mark.acceptance


@pytest.fixture(scope="module")
def broken(airflow_python, tmp_path_factory):
    """An Airflow with a plugin that does not load, a DAG that no listener survives, and a backend that is not there."""
    home = tmp_path_factory.mktemp("broken")
    (home / "dags").mkdir()
    (home / "dags" / "waits.py").write_text("SENSOR = dict(end_from_trigger=True)\n")
    (home / "plugins").mkdir()
    (home / "plugins" / "colours.py").write_text("import nowhere_at_all\n")
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("AIRFLOW", "CLEW_", "OPENLINEAGE_"))}
    environ = {**inherited, "AIRFLOW_HOME": str(home), "CLEW_URL": "http://127.0.0.1:9", "AIRFLOW__CORE__LOAD_EXAMPLES": "False"}

    def run(*command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([airflow_python, "-m", *command], env=environ, capture_output=True, text=True, check=False)

    return run


def test_doctor_names_each_thing_that_is_wrong(broken):
    ended = broken("clew", "doctor", "--json")
    found = {(f["subject"], f["level"]): f["text"] for findings in json.loads(ended.stdout).values() for f in findings}
    assert "nowhere_at_all" in found["plugin", "note"]
    assert "waits.py" in found["DAG", "warn"]
    assert "connection refused" in found["backend", "bad"]
    assert "never sent" in found["history", "note"]
    assert ended.returncode == 1


def test_airflow_goes_on(broken):
    assert broken("airflow", "version").returncode == 0
