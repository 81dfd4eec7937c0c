"""`clew run` as a process of its own, around programs that do what a test needs: theirs is theirs, and it is told."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import pytest

from clew.outbox import Outbox
from tests.waiting import until

BEGIN = "import os; from clew import python_start; python_start.begin(os.environ) if 'CLEW_HANDOVER' in os.environ else None\n"
"""What `python_start.pth` does in an environment into which Clew was installed."""


@pytest.fixture
def script(tmp_path):
    def write(code):
        file = tmp_path / "load.py"
        file.write_text(BEGIN + code)
        return file

    return write


@pytest.fixture
def start(tmp_path):
    """Start `clew run -- …`; returns the process."""
    begun = []

    def run(*words, **more):
        environ = {
            **os.environ,
            "CLEW_HOME": str(tmp_path / "home"),
            "CLEW_RELAY": "false",
            "PYTHONPATH": os.pathsep.join(sys.path),
            **more,
        }
        pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        process = subprocess.Popen([sys.executable, "-m", "clew", "run", *map(str, words)], env=environ, text=True, cwd=tmp_path, **pipes)
        begun.append(process)
        return process

    yield run
    for process in begun:
        process.kill()
        process.communicate()


def told(tmp_path):
    """Return the events that wait in the outbox."""
    with Outbox(tmp_path / "home").reading() as connection:
        return [json.loads(body) for (body,) in connection.execute("SELECT body FROM events ORDER BY seq")]


def facets(event):
    return event["run"]["facets"]


def test_output_input_and_exit_code_are_the_programs_own(start, script, tmp_path):
    ran = start("--", sys.executable, script("import sys; print(sys.stdin.read()); print('wrong', file=sys.stderr); sys.exit(3)"))
    assert ran.communicate("given") == ("given\n", "wrong\n")
    assert ran.returncode == 3
    first, last = told(tmp_path)
    assert (first["eventType"], last["eventType"]) == ("START", "FAIL")
    assert first["run"]["runId"] == last["run"]["runId"]
    assert facets(last)["errorMessage"]["message"] == "ended with exit code 3"


def test_options_of_the_program_are_its_own_also_without_a_separator(start, tmp_path):
    ran = start("--namespace", "prod", "--job", "hello", sys.executable, "-c", "import sys; print(sys.argv[1:])", "--job", "x", "--help")
    assert ran.communicate()[0] == "['--job', 'x', '--help']\n"
    assert told(tmp_path)[0]["job"]["namespace"] == "prod"
    assert told(tmp_path)[0]["job"]["name"] == "hello"


def test_what_pythons_below_a_shell_script_write_is_the_runs(start, script, tmp_path):
    file = script(f"import fsspec\nwith fsspec.open('{tmp_path}/orders.csv', 'w') as f: f.write('1')")
    start("--", "sh", "-c", f"{sys.executable} {file} && exit 0").communicate()
    assert [(d["namespace"], d["name"]) for d in told(tmp_path)[1]["outputs"]] == [("file", f"{tmp_path}/orders.csv")]
    assert not list((tmp_path / "home" / "watching").iterdir())


def test_watching_can_be_turned_off(start, script, tmp_path):
    ran = start("--", sys.executable, script("import os; print(os.environ.get('CLEW_HANDOVER'))"), CLEW_WATCH="none")
    assert ran.communicate()[0] == "None\n"
    assert [e["eventType"] for e in told(tmp_path)] == ["START", "COMPLETE"]


def test_a_traceback_is_the_programs_and_is_told(start, script, tmp_path):
    ran = start("--", sys.executable, script("raise ValueError('no orders')"))
    assert ran.communicate()[1].endswith("ValueError: no orders\n")
    error = facets(told(tmp_path)[1])["errorMessage"]
    assert error["message"] == "ValueError: no orders"
    assert error["stackTrace"].startswith("Traceback")


def test_secrets_among_arguments_are_told_nowhere(start, script, tmp_path):
    file = script("import sys; raise ValueError(sys.argv)")
    start("--", sys.executable, file, "--token", "t0ps3cret", "--to", "postgres://me:hunter22@db/shop").communicate()
    assert "t0ps3cret" not in json.dumps(told(tmp_path))
    assert "hunter22" not in json.dumps(told(tmp_path))


def test_a_signal_ends_the_program_and_the_run_is_aborted(start, script, tmp_path):
    ready = tmp_path / "ready"
    ran = start("--", sys.executable, script(f"import pathlib, time; pathlib.Path({str(ready)!r}).touch(); time.sleep(600)"))
    until(ready.exists)
    ran.send_signal(signal.SIGTERM)
    ran.communicate()
    assert ran.returncode == -signal.SIGTERM
    assert told(tmp_path)[1]["eventType"] == "ABORT"


def test_the_run_is_under_the_one_that_started_it_and_above_what_it_starts(start, script, tmp_path):
    task = "airflow/shop.load/01a203c0-0000-7000-8000-000000000001"
    ran = start("--", sys.executable, script("import os; print(os.environ['CLEW_PARENT'], os.environ['CLEW_ROOT'])"), CLEW_PARENT=task)
    named = ran.communicate()[0].split()
    first = told(tmp_path)[0]
    assert facets(first)["parent"]["job"] == {"namespace": "airflow", "name": "shop.load"}
    assert named == [f"programs/load.py/{first['run']['runId']}", task]


def test_switched_off_it_runs_the_program_and_keeps_nothing(start, script, tmp_path):
    ran = start("--", sys.executable, script("print('well')"), CLEW_ENABLED="false")
    assert ran.communicate() == ("well\n", "")
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize(("variable", "value"), [("CLEW_URL", "nonsense"), ("CLEW_HOME", "/proc/no-such-place")])
def test_a_setting_that_cannot_be_used_costs_a_line_and_not_the_program(start, script, variable, value):
    ran = start("--", sys.executable, script("print('well')"), **{variable: value})
    out, err = ran.communicate()
    assert (out, ran.returncode) == ("well\n", 0)
    assert all(line.startswith("clew run: ") for line in err.splitlines())
    assert err


def test_a_program_that_is_not_there_is_an_error_as_shells_have_it(start):
    ran = start("--", "/nowhere/load")
    assert "there is no such program" in ran.communicate()[1]
    assert ran.returncode == 127


def test_a_program_that_cannot_be_run_is_an_error_as_shells_have_it_and_a_failed_run(start, tmp_path):
    (tmp_path / "load").write_text("echo without a first line that says what runs it")
    (tmp_path / "load").chmod(0o755)
    ran = start("--", tmp_path / "load")
    assert ran.communicate() == ("", f"clew run: {tmp_path}/load: Exec format error\n")
    assert ran.returncode == 126
    assert [e["eventType"] for e in told(tmp_path)] == ["START", "FAIL"]
