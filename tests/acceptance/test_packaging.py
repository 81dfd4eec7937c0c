"""The wheel, in a fresh environment, with each extra alone: the part that it brings runs, and nothing of the host moves."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
import urllib.request
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PINS = ROOT / "clew" / "demo"

pytestmark = pytest.mark.acceptance


def run(*command: object, **more: object) -> str:
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, check=False, **more)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--outdir", folder, ROOT)
    return folder


@pytest.fixture(scope="module")
def wheel(built) -> Path:
    return next(built.glob("*.whl"))


def fresh(folder: Path, *requirements: object) -> Path:
    """Make a virtual environment with what is asked for; return its programs."""
    run(sys.executable, "-m", "venv", folder)
    run(folder / "bin" / "python", "-m", "pip", "install", "-q", *requirements)
    return folder / "bin"


def installed(programs: Path) -> set[str]:
    listed = json.loads(run(programs / "python", "-m", "pip", "list", "--format", "json"))
    return {p["name"].lower() for p in listed}


def test_the_base_install_adds_three_packages_to_openlineage_python(wheel, tmp_path):
    programs = fresh(tmp_path / "peer", "openlineage-python")
    before = installed(programs)

    run(programs / "python", "-m", "pip", "install", "-q", wheel)

    assert installed(programs) - before == {"clew", "click", "msgspec", "platformdirs"}
    assert "clew send" in run(programs / "clew", "--help")
    run(programs / "python", "-c", "import clew.transport, dbt_clew, clew_airflow")
    seen_by_a_python_that_is_watched(programs, tmp_path)


def seen_by_a_python_that_is_watched(programs: Path, folder: Path) -> None:
    """Hold that the line which every Python of the environment reads is in it, and begins to watch."""
    (folder / "handover").mkdir()
    environ = {"CLEW_HANDOVER": str(folder / "handover"), "CLEW_HANDOVER_LIBRARIES": "sqlite3=sqlite3"}
    run(programs / "python", "-c", f"import sqlite3; sqlite3.connect('{folder}/a.db').execute('CREATE TABLE t (a)')", env=environ)
    (seen,) = (folder / "handover").iterdir()
    assert "CREATE TABLE t (a)" in seen.read_text()


def test_the_server_extra_brings_backend_and_pages(wheel, tmp_path):
    programs = fresh(tmp_path / "server", f"{wheel}[server]")
    command = [programs / "clew", "up", "--port", "0", "--store", tmp_path / "store.db"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            url = next(word for line in server.stdout for word in line.split() if word.startswith("http://127.0.0.1"))
            with urllib.request.urlopen(f"{url}/api/v1/namespaces") as answer:
                assert answer.status == 200
            with urllib.request.urlopen(url) as page:
                assert "<title>" in page.read().decode()
        finally:
            server.terminate()
    assert server.returncode == 0


def test_the_dbt_extra_reads_artifacts_without_dbt(wheel, tmp_path):
    programs = fresh(tmp_path / "dbt", f"{wheel}[dbt]")
    golden = next(p.parent for p in sorted((ROOT / "tests" / "unit" / "dbt").rglob("run_results.json")))

    lines = run(programs / "clew", "send", golden, "--output", "-").splitlines()

    assert {json.loads(line)["eventType"] for line in lines} >= {"START", "COMPLETE"}


def test_the_airflow_extra_brings_the_provider_and_its_transport(wheel, tmp_path):
    programs = fresh(tmp_path / "airflow", f"{wheel}[airflow]", "-c", PINS / "airflow.txt")
    environ = {"PATH": f"{programs}:/usr/bin:/bin", "AIRFLOW_HOME": str(tmp_path / "home"), "CLEW_URL": "http://127.0.0.1:1"}
    asked = "import airflow.sdk; from airflow.providers.openlineage import conf; print(conf.is_disabled(), conf.transport()['type'])"

    disabled, transport = run(programs / "python", "-c", asked, env=environ).split()[-2:]

    assert disabled == "False"
    assert transport.startswith("clew")


@pytest.mark.parametrize("host", ["airflow", "dbt"])
def test_installing_never_moves_the_host_that_is_there(wheel, tmp_path, request, host):
    python = request.getfixturevalue("airflow_python") if host == "airflow" else request.getfixturevalue("dbt").parent / "python"
    report = tmp_path / "report.json"

    run(python, "-m", "pip", "install", "--dry-run", "-q", "--report", report, "--upgrade", f"{wheel}[{host}]")

    moved = {item["metadata"]["name"] for item in json.loads(report.read_text())["install"]}
    assert "clew" in moved
    assert moved <= {"clew", "click", "msgspec", "platformdirs", "openlineage-python"}


def test_wheel_and_sdist_carry_the_built_pages_and_the_examples(built, wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    assert any(n.startswith("clew/pages/static/built/") and n.endswith(".js") for n in names)
    assert "clew/demo/example_project/dbt_project.yml" in names
    assert not [n for n in names if "node_modules" in n or n.startswith("tests/")]

    with tarfile.open(next(built.glob("*.tar.gz"))) as sdist:
        inside = {n.partition("/")[2] for n in sdist.getnames()}
    assert any(n.startswith("clew/pages/static/built/") for n in inside)
    assert "web/package.json" in inside
    assert not [n for n in inside if "node_modules" in n or n.startswith(".cache")]
