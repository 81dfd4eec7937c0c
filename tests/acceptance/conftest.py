"""The real hosts that acceptance tests start. `make test` makes their environments; CI must not skip what it cannot find."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.acceptance import shop as shops
from tests.postgres import Postgres, programs, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.acceptance.shop import Shop

ENVIRONMENTS = Path(os.environ.get("CLEW_TEST_ENVIRONMENTS", Path(__file__).parents[2] / ".cache" / "environments"))


def needed(program: str | Path | None, what: str) -> Path:
    """Skip the test where a program is missing, or fail it in CI."""
    if program and Path(program).exists():
        return Path(program)
    message = f"{what} is not here: {program or 'not found'}"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


def of_matrix(program: Path, what: str) -> Path:
    """Skip the test where a program is missing that only `make matrix` sets up, or fail it there."""
    if not program.exists() and not os.environ.get("CLEW_TEST_MATRIX"):
        pytest.skip(f"{what} is not here (`make matrix` sets it up)")
    return needed(program, what)


@pytest.fixture(scope="session")
def dbt() -> Path:
    """The `dbt` of an environment that has dbt and Clew."""
    return needed(os.environ.get("CLEW_TEST_DBT") or ENVIRONMENTS / "dbt" / "bin" / "dbt", "dbt (`make test` sets it up)")


@pytest.fixture(scope="session")
def fusion() -> Path:
    """The `dbt` of an environment that has dbt Fusion and a driver for DuckDB; Clew is not in it."""
    return of_matrix(ENVIRONMENTS / "fusion" / "bin" / "dbt", "dbt Fusion")


@pytest.fixture(scope="session")
def cosmos_python() -> Path:
    """The Python of an environment that has Airflow, Cosmos and Clew."""
    return of_matrix(ENVIRONMENTS / "cosmos" / "bin" / "python", "Cosmos")


@pytest.fixture(scope="session")
def airflow_python() -> Path:
    """The Python of an environment that has Airflow and Clew."""
    place = os.environ.get("CLEW_TEST_AIRFLOW_PYTHON") or ENVIRONMENTS / "airflow" / "bin" / "python"
    return needed(place, "Airflow (`make test` sets it up)")


@pytest.fixture(scope="session")
def chromium() -> Path:
    """A browser."""
    return needed(shutil.which("chromium") or shutil.which("google-chrome"), "Chromium (Debian: apt-get install chromium)")


@pytest.fixture(scope="module")
def postgres(tmp_path_factory) -> Iterator[Postgres]:
    """A Postgres server of the module's own."""
    with serving(
        tmp_path_factory.mktemp("postgres"), needed(programs(), "PostgreSQL's server programs (Debian: apt-get install postgresql)")
    ) as server:
        yield server


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory, dbt: Path) -> Shop:
    """The example project, loaded and parsed once for a module."""
    return shops.prepare(tmp_path_factory.mktemp("prepared"), dbt)


@pytest.fixture
def shop(tmp_path: Path, prepared: Shop) -> Shop:
    """A copy of it for each test."""
    return shops.copy(prepared, tmp_path)
