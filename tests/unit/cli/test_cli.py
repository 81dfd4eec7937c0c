"""The command line as a whole."""

from __future__ import annotations

import subprocess
import sys


def clew(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "clew", *arguments], capture_output=True, text=True, check=False, env=environ or None)


def test_help_shows_the_three_journeys():
    shown = clew("--help").stdout

    for journey in ("clew up", "dbt-clew build", "pip install clew[airflow]"):
        assert journey in shown


def test_help_imports_neither_the_server_nor_http():
    asked = "import sys, clew.cli\ntry: clew.cli.main(['--help'])\nexcept SystemExit: pass\nprint(sorted(sys.modules))"

    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)

    assert not {"starlette", "requests", "jinja2", "sqlite3"} & set(done.stdout.split("'"))


def test_an_unknown_command_is_a_usage_error():
    done = clew("frobnicate")

    assert done.returncode == 2
    assert "No such command 'frobnicate'" in done.stderr


def test_an_error_of_ours_is_one_line_and_status_1():
    done = clew("outbox", CLEW_URL="foo", PATH="/usr/bin:/bin")

    assert done.returncode == 1
    assert done.stderr == "Error: CLEW_URL='foo': expected a URL such as http://marquez:5000\n"
