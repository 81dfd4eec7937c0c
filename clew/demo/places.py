"""Where the example project and the example DAGs are: in the wheel beside this file, in a checkout at its top."""

from __future__ import annotations

from pathlib import Path

from clew.errors import ClewError

HERE = Path(__file__).parent


def project() -> Path:
    """Return the folder of the dbt project."""
    return _find("example_project")


def dags() -> Path:
    """Return the folder of the DAGs."""
    return _find("example_dags")


def _find(name: str) -> Path:
    for folder in (HERE / name, HERE.parents[1] / name):
        if folder.is_dir():
            return folder
    raise ClewError(f"{name} is neither in {HERE} nor in {HERE.parents[1]}: this installation of Clew is not whole. Install it again.")
