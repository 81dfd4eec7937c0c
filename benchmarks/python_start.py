"""What the line that every Python of an environment reads costs, alone and where it begins to watch.

The line by itself in µs, beside an import of a module that is there already; whole Pythons in processor seconds, in turn, so that
what else the machine does falls on all alike.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import timeit
from pathlib import Path

from benchmarks import machine
from clew import python_start
from clew.watching import handover

ROUNDS = 31
LINE = Path(python_start.__file__).with_suffix(".pth").read_text(encoding="utf-8").strip()
USES = "import sqlite3; sqlite3.connect(':memory:').execute('SELECT 1')"


def of_the_line() -> None:
    """Print what the line takes without the variable, as `site` runs it."""
    for variable in (python_start.FOLDER, python_start.LIBRARIES):
        os.environ.pop(variable, None)
    code = compile(LINE, "clew_python_start.pth", "exec")
    runs = [timeit.timeit(lambda: exec(code), number=100_000) * 10 for _ in range(7)]
    compiled = statistics.median(timeit.repeat(lambda: compile(LINE, "", "exec"), number=1_000, repeat=7)) * 1_000
    print(
        f"the line, without the variable: {statistics.median(runs):.2f} µs ({min(runs):.2f} to {max(runs):.2f}), to compile it {compiled:.0f} µs"
    )


def processor_ms(code: str, environ: dict[str, str]) -> float:
    """Run a Python and return the processor time that it took, with its start."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-I", "-c", code], env=environ, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1_000


def of_pythons(folder: Path) -> None:
    """Print what whole Pythons take that are not watched, that import nothing that is watched, and that do."""
    watched = {**os.environ, **handover.variables(folder)}
    cases = {
        "nothing imported, not watched": ("pass", dict(os.environ)),
        "nothing imported, watched": ("pass", watched),
        "sqlite3 used, not watched": (USES, dict(os.environ)),
        "sqlite3 used, watched": (USES, watched),
    }
    times: dict[str, list[float]] = {name: [] for name in cases}
    for _ in range(ROUNDS):
        for name, (code, environ) in cases.items():
            times[name].append(processor_ms(code, environ))
    for name, taken in times.items():
        print(f"{name:32} {statistics.median(taken):6.1f} ms of processor ({min(taken):.1f} to {max(taken):.1f}, {ROUNDS} runs)")


if __name__ == "__main__":
    print(machine.described())
    of_the_line()
    with tempfile.TemporaryDirectory() as place:
        of_pythons(handover.make(Path(place)))
