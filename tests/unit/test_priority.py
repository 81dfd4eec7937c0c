import os
import subprocess
import sys
from pathlib import Path

import pytest

from clew.priority import NICENESS

HERE = os.getpriority(os.PRIO_PROCESS, 0)


def niceness(before: int) -> int:
    code = f"import os; os.nice({before}); from clew.priority import give_way; give_way(); print(os.getpriority(os.PRIO_PROCESS, 0))"
    return int(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, start_new_session=True).stdout)


def test_a_process_in_the_background_lets_others_go_first():
    assert niceness(before=0) == max(NICENESS, HERE)


def test_one_that_is_nicer_already_stays_so():
    assert niceness(before=15) == min(15 + HERE, 19)


@pytest.mark.skipif(not Path("/proc/self/autogroup").exists(), reason="the kernel does not share the processor between sessions")
def test_the_session_of_somebody_else_stays_as_it_is():
    code = """
import os, pathlib
from clew.priority import give_way
session = pathlib.Path("/proc/self/autogroup")
before = session.read_text()
if os.fork() == 0:
    give_way()
    os._exit(0)
os.wait()
print(session.read_text() == before)
"""
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, start_new_session=True).stdout == b"True\n"
