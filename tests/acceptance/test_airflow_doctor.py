"""What `clew doctor` names in a real Airflow where something is wrong with it, and that Airflow goes on."""

from __future__ import annotations

import json
import os
import subprocess
from functools import partial
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.acceptance


def run(python: Path, home: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a module of an Airflow whose backend is not there."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("AIRFLOW", "CLEW_", "OPENLINEAGE_"))}
    environ = {**inherited, "AIRFLOW_HOME": str(home), "CLEW_URL": "http://127.0.0.1:9", "AIRFLOW__CORE__LOAD_EXAMPLES": "False"}
    return subprocess.run([python, "-m", *command], env=environ, capture_output=True, text=True, check=False)


def findings(ended: subprocess.CompletedProcess[str]) -> dict[tuple[str, str], str]:
    """Return what the doctor says, by subject and level."""
    return {(f["subject"], f["level"]): f["text"] for found in json.loads(ended.stdout).values() for f in found}


@pytest.fixture(scope="module")
def broken(airflow_python, tmp_path_factory):
    """An Airflow with a plugin that does not load, a DAG that no listener survives, and a backend that is not there."""
    home = tmp_path_factory.mktemp("broken")
    (home / "dags").mkdir()
    (home / "dags" / "waits.py").write_text("SENSOR = dict(end_from_trigger=True)\n")
    (home / "plugins").mkdir()
    (home / "plugins" / "colours.py").write_text("import nowhere_at_all\n")
    return partial(run, airflow_python, home)


@pytest.fixture(scope="module")
def without_the_provider(airflow_python, tmp_path_factory):
    """The same environment without Airflow's OpenLineage provider."""
    folder, environment = tmp_path_factory.mktemp("without"), airflow_python.parents[1]
    (provider,) = environment.glob("lib/*/site-packages/airflow/providers/openlineage")
    left_out = provider.relative_to(environment)
    linked(folder / "environment", environment, left_out.parts)
    (installed,) = (folder / "environment" / left_out).parents[2].glob("apache_airflow_providers_openlineage-*")
    installed.unlink()
    return partial(run, folder / "environment" / "bin" / "python", folder / "home")


def linked(folder: Path, original: Path, left_out: tuple[str, ...]) -> None:
    """Make a folder of links to all that is in another one, but for one place below it."""
    folder.mkdir()
    for entry in original.iterdir():
        if entry.name != left_out[0]:
            (folder / entry.name).symlink_to(entry)
        elif left_out[1:]:
            linked(folder / entry.name, entry, left_out[1:])


def test_doctor_names_each_thing_that_is_wrong(broken):
    ended = broken("clew", "doctor", "--json")
    found = findings(ended)
    assert "nowhere_at_all" in found["plugin", "note"]
    assert "waits.py" in found["DAG", "warn"]
    assert "connection refused" in found["backend", "bad"]
    assert "never sent" in found["history", "note"]
    assert ended.returncode == 1


def test_airflow_goes_on(broken):
    assert broken("airflow", "version").returncode == 0


def test_doctor_says_that_no_run_is_seen_without_the_provider(without_the_provider):
    ended = without_the_provider("clew", "doctor", "--json")
    found = findings(ended)
    assert "without its OpenLineage provider: no run is seen" in found["Airflow", "bad"]
    assert ("Airflow", "ok") not in found
    assert ended.returncode == 1


def test_who_loads_plugins_without_the_provider_logs_one_line_and_goes_on(without_the_provider):
    logged = without_the_provider("clew", "doctor").stderr
    assert logged.count("clew could not") == logged.count("apache-airflow-providers-openlineage is not in this environment") == 1
    assert without_the_provider("airflow", "plugins").returncode == 0
