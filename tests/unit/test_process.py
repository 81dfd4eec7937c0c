"""Signals and endings of a real program that runs in our place, with and without a terminal."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from clew.process import python
from tests import waiting

if TYPE_CHECKING:
    from pathlib import Path

RUN = "import sys; from clew import process; sys.exit(process.end_alike(process.run(sys.argv[1:], __import__('os').environ).returncode))"

LISTENER = """
import os, pathlib, signal, sys, time
here = pathlib.Path(sys.argv[1])
def hear(number, _):
    with (here / "heard").open("a") as file:
        file.write(signal.Signals(number).name + "\\n")
    if number in ENDING:
        sys.exit(42)
ENDING = {signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP}
for number in (*ENDING, signal.SIGUSR1):
    signal.signal(number, hear)
(here / "pid.tmp").write_text(str(os.getpid()))
(here / "pid.tmp").rename(here / "pid")
while True:
    time.sleep(0.02)
"""


def listener(folder: Path) -> list[str]:
    """Return the command of a program that writes down what it hears, in a folder."""
    (folder / "listener.py").write_text(LISTENER.replace("\\\\n", "\\n"))
    return [sys.executable, str(folder / "listener.py"), str(folder)]


def pid(folder: Path) -> int:
    waiting.until((folder / "pid").exists)
    return int((folder / "pid").read_text())


def hears(folder: Path, *names: str) -> None:
    """Wait until a listener has written down all that it is to have heard: another signal would interrupt it while it writes."""
    waiting.until(lambda: (folder / "heard").exists() and (folder / "heard").read_text().split() == list(names))


def state(of: int) -> str:
    """Return the letter of a process's state; empty where there is none."""
    return subprocess.run(["ps", "-o", "stat=", "-p", str(of)], capture_output=True, text=True, check=False).stdout.strip()[:1]


def is_gone(of: int) -> bool:
    return state(of) in {"", "Z"}


@pytest.fixture
def start(tmp_path):
    running = []

    def run(*command: str) -> subprocess.Popen[bytes]:
        # Whatever the tests' own parent ignores: nohup SIGHUP, a shell without job control all of these in the background.
        heard = "import signal; [signal.signal(number, signal.SIG_DFL) for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT)]; "
        running.append(subprocess.Popen([sys.executable, "-c", heard + RUN, *command], start_new_session=True))
        return running[-1]

    yield run
    for process in running:
        process.kill()
        process.wait()
    if (tmp_path / "pid").exists():
        waiting.until(lambda: is_gone(pid(tmp_path)))


class TestWithoutATerminal:
    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP])
    def test_a_signal_reaches_the_program_and_what_it_makes_of_it_is_the_exit_code(self, start, tmp_path, number):
        process = start(*listener(tmp_path))
        pid(tmp_path)
        process.send_signal(number)
        assert process.wait(30) == 42
        assert (tmp_path / "heard").read_text() == f"{number.name}\n"

    def test_a_signal_for_the_whole_group_reaches_it_once(self, start, tmp_path):
        process = start(*listener(tmp_path))
        pid(tmp_path)
        os.killpg(process.pid, signal.SIGUSR1)
        hears(tmp_path, "SIGUSR1")
        os.killpg(process.pid, signal.SIGTERM)
        assert process.wait(30) == 42
        assert (tmp_path / "heard").read_text() == "SIGUSR1\nSIGTERM\n"

    def test_stopping_us_stops_it_and_both_go_on(self, start, tmp_path):
        process = start(*listener(tmp_path))
        program = pid(tmp_path)
        process.send_signal(signal.SIGTSTP)
        waiting.until(lambda: (state(process.pid), state(program)) == ("T", "T"))
        process.send_signal(signal.SIGCONT)
        waiting.until(lambda: "T" not in {state(process.pid), state(program)})
        process.terminate()
        assert process.wait(30) == 42

    def test_it_does_not_outlive_us_when_we_are_killed(self, start, tmp_path):
        process = start(*listener(tmp_path))
        program = pid(tmp_path)
        os.killpg(process.pid, signal.SIGKILL)
        waiting.until(lambda: is_gone(program))
        assert (tmp_path / "heard").read_text() == "SIGTERM\n"

    def test_a_launcher_that_dies_leaves_nothing_of_it_running(self, start, tmp_path):
        process = start("/bin/sh", "-c", '"$@"; true', "sh", *listener(tmp_path))
        program = pid(tmp_path)
        process.terminate()
        assert process.wait(30) == -signal.SIGTERM
        assert is_gone(program)

    def test_a_program_in_the_background_that_it_left_on_purpose_is_left_alone(self, start, tmp_path):
        process = start("/bin/sh", "-c", '"$@" & true', "sh", *listener(tmp_path))
        assert process.wait(30) == 0
        os.kill(pid(tmp_path), signal.SIGTERM)

    @pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGABRT, signal.SIGTERM])
    def test_we_end_by_the_signal_that_ended_it(self, start, tmp_path, number):
        assert start("/bin/sh", "-c", f"kill -{int(number)} $$").wait(30) == -number
        assert list(tmp_path.glob("core*")) == []

    def test_what_our_parent_ignores_it_ignores_as_well(self):
        ignoring = ["/bin/sh", "-c", "trap '' HUP; exec \"$@\"", "sh", sys.executable, "-c", RUN, "/bin/sh", "-c", "kill -HUP $$; exit 7"]
        assert subprocess.run(ignoring, check=False).returncode == 7

    def test_nobody_waits_for_a_pipe_that_we_hold_open(self):
        done = subprocess.run([sys.executable, "-c", RUN, "echo", "done"], capture_output=True, text=True, timeout=30, check=True)
        assert (done.stdout, done.stderr) == ("done\n", "")


class TestOnATerminal:
    """A shell with job control on a terminal of its own, at which somebody types."""

    @pytest.fixture
    def type_(self):
        shell, terminal = pty.fork()
        if shell == 0:
            os.execve("/bin/bash", ["bash", "--norc", "--noprofile", "-i"], {**os.environ, "HISTFILE": "", "PS1": ""})
        yield lambda text: os.write(terminal, text.encode())
        os.kill(shell, signal.SIGKILL)
        os.close(terminal)
        os.waitpid(shell, 0)

    def started(self, type_, folder: Path) -> int:
        (folder / "run.py").write_text(RUN)
        type_(" ".join([sys.executable, f"{folder}/run.py", *listener(folder)]) + f"; echo $? > {folder}/code\n")
        return pid(folder)

    def code(self, folder: Path) -> str:
        waiting.until(lambda: (folder / "code").exists() and (folder / "code").read_text().endswith("\n"))
        return (folder / "code").read_text().strip()

    def test_ctrl_c_reaches_it_once(self, type_, tmp_path):
        self.started(type_, tmp_path)
        type_("\x03")
        waiting.until(lambda: is_gone(pid(tmp_path)))
        assert (tmp_path / "heard").read_text() == "SIGINT\n"

    def test_ctrl_z_stops_both_and_fg_goes_on(self, type_, tmp_path):
        program = self.started(type_, tmp_path)
        type_("\x1a")
        waiting.until(lambda: state(program) == "T")
        type_("fg\n")
        waiting.until(lambda: state(program) not in {"T", ""})
        os.kill(program, signal.SIGUSR1)
        hears(tmp_path, "SIGUSR1")
        type_("\x03")
        waiting.until(lambda: is_gone(program))
        assert (tmp_path / "heard").read_text() == "SIGUSR1\nSIGINT\n"


def test_a_server_that_embeds_python_is_no_python(monkeypatch: pytest.MonkeyPatch) -> None:
    assert python() == sys.executable
    monkeypatch.setattr(sys, "executable", "/usr/sbin/uwsgi")
    assert python() == f"{sys.prefix}/bin/python3"
    monkeypatch.setattr(sys, "executable", None)
    assert python() == f"{sys.prefix}/bin/python3"
