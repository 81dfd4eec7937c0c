"""What a process sees that something watched has started, handed over in a folder: real processes, ended in every way."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from clew import python_start
from clew.watching import handover
from clew.watching.inherited import AT_ONCE, LONGEST_PAUSE, SUFFIX, Telling
from clew.watching.seen import Database, Seen, Statement
from tests.waiting import until

BEGIN = "import os; from clew import python_start; python_start.begin(os.environ)\n"
"""What `python_start.pth` does in an environment into which Clew was installed."""
WRITE = "import sqlite3; sqlite3.connect({!r}).execute('CREATE TABLE t (a)')\n"


@pytest.fixture
def folder(tmp_path):
    return handover.make(tmp_path / "home")


def python(code, folder, **more):
    environ = {**os.environ, **handover.variables(folder, ["sqlite3"]), **more}
    return subprocess.run([sys.executable, "-c", BEGIN + code], env=environ, capture_output=True, text=True, check=False)


def statements(left):
    return [thing.text for thing in left.things]


def test_the_folder_is_private(folder):
    assert folder.stat().st_mode & 0o777 == 0o700
    assert folder.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("ending", ["", "import os; os._exit(0)", "import os; os.kill(os.getpid(), 9)", "raise SystemExit(3)"])
def test_what_was_seen_is_there_however_the_process_ended(folder, tmp_path, ending):
    python(WRITE.format(str(tmp_path / "a.db")) + ending, folder)
    assert statements(handover.take(folder)) == ["CREATE TABLE t (a)"]


def test_files_are_private(folder, tmp_path):
    python(WRITE.format(str(tmp_path / "a.db")), folder)
    assert [file.stat().st_mode & 0o777 for file in folder.iterdir()] == [0o600]


def test_processes_that_are_started_and_forked_from_there_tell_too(folder, tmp_path):
    again = (
        f"import subprocess, sys; subprocess.run([sys.executable, '-c', {BEGIN + WRITE.format(str(tmp_path / 'a.db'))!r}], check=True)\n"
    )
    fork = WRITE.format(str(tmp_path / "b.db")) + "import os\nif not os.fork():\n    "
    fork += f"sqlite3.connect({str(tmp_path / 'c.db')!r}).execute('CREATE TABLE u (a)'); os._exit(0)\nos.wait()"
    python(again, folder)
    python(fork, folder)
    assert statements(handover.take(folder)) == ["CREATE TABLE t (a)", "CREATE TABLE t (a)", "CREATE TABLE u (a)"]


def test_a_process_that_imports_nothing_that_is_watched_loads_nothing_and_leaves_nothing(folder):
    done = python("import sys; print([m for m in ('clew.watching', 'typing', 'logging') if m in sys.modules])", folder)
    assert done.stdout == "[]\n"
    assert not list(folder.iterdir())


def test_what_follows_others_alone_is_no_reason_to_begin(folder):
    done = python("import shutil, sys; print('clew.watching' in sys.modules)", folder, **handover.variables(folder))
    assert done.stdout == "False\n"


def test_the_error_that_ends_a_process_is_left_and_still_printed(folder):
    done = python("raise ValueError('no orders')", folder)
    (error,) = handover.take(folder).errors.values()
    assert done.stderr.endswith(error)
    assert error.endswith("ValueError: no orders\n")


def test_a_process_that_cannot_watch_runs_all_the_same_and_says_why_to_us_alone(folder, tmp_path):
    (tmp_path / "msgspec.py").write_text("raise ImportError('not for this Python')")
    done = python("import sqlite3; print('well')", folder, PYTHONPATH=os.pathsep.join([str(tmp_path), *sys.path]))
    assert (done.stdout, done.stderr) == ("well\n", "")
    assert handover.take(folder).problems == ["ImportError: not for this Python"]


def test_a_process_that_tells_itself_leaves_nothing(folder, tmp_path):
    python("python_start.leave()\n" + WRITE.format(str(tmp_path / "a.db")), folder)
    python(WRITE.format(str(tmp_path / "b.db")) + "python_start.leave(); sqlite3.connect(':memory:').execute('SELECT 1')", folder)
    assert statements(handover.take(folder)) == ["CREATE TABLE t (a)"]


TWO_WAYS = """
import shutil, sys, tempfile
assert tempfile._shutil is shutil is sys.modules["shutil"]
assert shutil.__spec__.origin == shutil.__file__
print("one")
"""


def test_a_module_that_beginning_to_watch_imports_itself_is_there_once(folder):
    done = python(TWO_WAYS, folder, **{python_start.LIBRARIES: "shutil=shutil,sqlite3=sqlite3"})
    assert (done.stdout, done.stderr) == ("one\n", "")


IMPORT_IN_THREADS = """
import threading
ready, errors = threading.Barrier(8), []
def load():
    ready.wait()
    try:
        import sqlite3
    except BaseException as error:
        errors.append(error)
threads = [threading.Thread(target=load) for _ in range(8)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print(errors)
"""


def test_threads_may_import_at_the_same_time(folder, tmp_path):
    done = python(IMPORT_IN_THREADS + WRITE.format(str(tmp_path / "a.db")), folder)
    assert (done.stdout, done.stderr) == ("[]\n", "")
    assert statements(handover.take(folder)) == ["CREATE TABLE t (a)"]


def test_one_that_outlives_its_reader_is_not_disturbed(folder, tmp_path):
    handover.take(folder)
    done = python(WRITE.format(str(tmp_path / "a.db")) + "print('well')", folder)
    assert (done.stdout, done.stderr) == ("well\n", "")
    assert not folder.exists()


def seen(rows):
    return Statement(database=Database(adapter="sqlite", path="/shop.db"), text="INSERT", rows=rows)


def test_what_is_told_again_is_added_up_and_written_rarely(folder):
    telling = Telling(folder)
    for _ in range(1000):
        telling.tell(seen(2))
    (file,) = folder.glob(f"*{SUFFIX}")
    assert len(file.read_bytes().splitlines()) < 20
    telling.rest()
    assert handover.take(folder).things == [seen(2000)]


def test_a_loop_that_says_a_thousand_things_is_summed_up_before_it_is_written(folder):
    telling = Telling(folder)
    telling._pause = LONGEST_PAUSE
    files = [Seen(direction="read", namespace="file", name=f"/{n}.csv") for n in range(AT_ONCE + 500)]
    for file in files:
        telling.tell(file)
    (written,) = folder.glob(f"*{SUFFIX}")
    assert AT_ONCE <= len(written.read_bytes().splitlines()) < AT_ONCE + 500
    telling.rest()
    assert {thing.name for thing in handover.take(folder).things} == {file.name for file in files}


def test_a_line_that_a_kill_has_cut_costs_itself(folder):
    telling = Telling(folder)
    telling.tell(seen(1))
    telling.tell(Seen(direction="read", namespace="file", name="/a.csv"))
    (file,) = folder.glob(f"*{SUFFIX}")
    file.write_bytes(file.read_bytes()[:-3])
    assert handover.take(folder).things == [seen(1)]


def test_of_a_folder_that_nobody_made_nothing_is_taken(tmp_path):
    assert handover.take(handover.first_half(tmp_path, "a-run")) == handover.Left()


def test_what_makers_left_that_were_killed_is_removed_after_a_day_and_nobody_elses(tmp_path):
    maker = subprocess.Popen([sys.executable, "-c", ""])
    maker.wait()
    gone, young, alive = (handover.make(tmp_path) for _ in range(3))
    old = gone.rename(gone.with_name(f"{maker.pid}-old"))
    young = young.rename(young.with_name(f"{maker.pid}-young"))
    for folder in (old, alive):
        os.utime(folder, (0, 0))
    handover.make(tmp_path)
    assert (old.exists(), young.exists(), alive.exists()) == (False, True, True)


def test_the_line_that_ships_with_clew_begins_where_the_variable_is_set(folder, tmp_path):
    """As `site` does with a `.pth`: each line that begins with import is executed."""
    line = (Path(python_start.__file__).with_suffix(".pth")).read_text().strip()
    code = f"exec({line!r})\n" + WRITE.format(str(tmp_path / "a.db"))
    subprocess.run([sys.executable, "-c", code], env={**os.environ, **handover.variables(folder, ["sqlite3"])}, check=True)
    until(lambda: list(folder.iterdir()))
    assert statements(handover.take(folder)) == ["CREATE TABLE t (a)"]
