"""What a command runs: the name of its job, its code, and its arguments without secrets."""

from __future__ import annotations

import pytest

from clew.running import program


@pytest.fixture
def folder(tmp_path):
    for name in ("load.py", "nightly.sh", "report.ipynb"):
        (tmp_path / name).write_text("")
    return tmp_path


@pytest.mark.parametrize(
    ("command", "name"),
    [
        (["python", "load.py"], "load.py"),
        (["uv", "run", "python", "-u", "load.py", "--day", "7"], "load.py"),
        (["./nightly.sh"], "nightly.sh"),
        (["env", "A=b", "bash", "nightly.sh"], "nightly.sh"),
        (["papermill", "report.ipynb", "out.ipynb"], "report.ipynb"),
        (["python", "-m", "jobs.load", "load.py"], "jobs.load"),
        (["python3.11", "-W", "error", "-m", "jobs.load"], "jobs.load"),
        (["/usr/bin/rsync", "-a", "there.py"], "rsync"),
        (["python", "-c", "print()"], "python"),
    ],
)
def test_the_job_is_named_for_the_script_the_module_or_else_the_program(command, name, folder):
    assert program.of(command, folder).name == name


def test_a_script_in_a_repository_is_named_by_its_path_there_from_wherever_it_is_started(tmp_path):
    script = tmp_path / "jobs" / "load.py"
    script.parent.mkdir()
    script.write_text("print()\n")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    found = program.of(["python", "load.py"], script.parent)
    assert found.name == "jobs/load.py"
    assert found.code is not None
    assert found.code.branch == "main"


@pytest.mark.parametrize(
    ("words", "arguments"),
    [
        (["--day", "7", "--all", "--to=x"], {"day": "7", "all": "", "to": "x"}),
        (["in.csv", "out.csv"], {"1": "in.csv", "2": "out.csv"}),
        (["DAY=7", "-v", "-"], {"DAY": "7", "v": "", "1": "-"}),
        (["--token", "t0ps3cret"], {"token": "***"}),
        (["--db-password=t0ps3cret"], {"db-password": "***"}),
        (["API_KEY=t0ps3cret"], {"API_KEY": "***"}),
        (["set", "password", "t0ps3cret"], {"1": "set", "2": "password", "3": "***"}),
        (["--to", "postgres://me:t0ps3cret@db/shop"], {"to": "postgres://me:***@db/shop"}),
        ([], {}),
    ],
)
def test_arguments_have_their_names_or_places_and_show_no_secret(words, arguments, folder):
    assert program.of(["python", "load.py", *words], folder).arguments == arguments


def test_parameters_of_a_notebook_have_their_names(folder):
    command = ["papermill", "report.ipynb", "out.ipynb", "-p", "month", "2026-03", "-p", "db_password", "t0ps3cret"]
    found = program.of(command, folder)
    assert found.arguments == {"1": "out.ipynb", "month": "2026-03", "db_password": "***"}
    assert found.secrets == ("t0ps3cret",)
