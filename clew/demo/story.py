"""The story of the shop: two days of Airflow and dbt, each step a plain call of what people would type."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from clew.demo.airflow import Airflow
from clew.errors import ClewError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from clew.demo.airflow import Run


@dataclass(frozen=True, kw_only=True)
class Shop:
    """Where everything of one demo is.

    Attributes:
        home: folder of this demo alone.
        project: the dbt project.
        dags: the DAGs.
        airflow: programs of the environment with Airflow.
        dbt: programs of the environment with dbt.
        url: the backend.
    """

    home: Path
    project: Path
    dags: Path
    airflow: Path
    dbt: Path
    url: str

    @property
    def database(self) -> Path:
        """The DuckDB file that Airflow loads and dbt transforms."""
        return self.home / "shop.duckdb"

    @property
    def environ(self) -> dict[str, str]:
        """What Airflow and dbt see besides what they need: one setting of Clew's, and what the shop itself asks for."""
        return {
            "CLEW_URL": self.url,
            "CLEW_HOME": str(self.home / "clew"),
            "SHOP_DUCKDB": str(self.database),
            "SHOP_PROJECT": str(self.project),
            "SHOP_DBT_CLEW": str(self.dbt / "dbt-clew"),
            "DBT_TARGET_PATH": str(self.home / "target"),
            "DBT_LOG_PATH": str(self.home / "logs"),
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        }


DAYS = (datetime(2026, 3, 4, tzinfo=timezone.utc), datetime(2026, 3, 5, tzinfo=timezone.utc))
"""The days that the till has exports of; the second lacks a column."""


def tell(shop: Shop, say: Callable[[str, str], None]) -> None:
    """Run the DAGs on both days, and dbt by hand between them.

    On the second day the load still works, and the invoices, which Airflow starts when payments were loaded, fail.

    Args:
        shop: where everything is.
        say: hears what ran, and how it ended.

    Raises:
        ClewError: something did not end as the story wants it.
    """
    say("Airflow", "starts")
    with Airflow(python=shop.airflow / "python", home=shop.home / "airflow", dags=shop.dags, environ=shop.environ) as airflow:
        stage = Stage(airflow, say)
        stage.run("load_shop", DAYS[0], "success")
        stage.run_of_asset("bill_shop", "success")
        stage.run("transform_shop", DAYS[0], "success")
        say("dbt-clew build --target dev", run_dbt(shop))
        stage.run("load_shop", DAYS[1], "success")
        stage.run_of_asset("bill_shop", "failed")


class Stage:
    """Runs DAGs and insists on their ends."""

    def __init__(self, airflow: Airflow, say: Callable[[str, str], None]) -> None:
        self._airflow = airflow
        self._say = say
        self._seen: dict[str, int] = {}

    def run(self, dag_id: str, day: datetime, wanted: str) -> None:
        """Run a DAG for a day."""
        self._ended(self._airflow.run(dag_id, logical_date=day), f"{dag_id}, {day:%Y-%m-%d}", wanted)

    def run_of_asset(self, dag_id: str, wanted: str) -> None:
        """Wait for the next run that Airflow itself starts, since an asset was updated."""
        seen = self._seen.get(dag_id, 0)
        run = self._airflow.wait(self._airflow.started_run(dag_id, seen))
        self._seen[dag_id] = seen + 1
        self._ended(run, f"{dag_id}, asset updated", wanted)

    def _ended(self, run: Run, what: str, wanted: str) -> None:
        self._say(what, "failed, as it should: the till's export has lost a column" if run.state == wanted == "failed" else run.state)
        if run.state != wanted:
            raise ClewError(f"{what} ended as {run.state}, not {wanted}; logs are in {self._airflow.home / 'logs'}")


def run_dbt(shop: Shop) -> str:
    """Build the project as a developer would, on a copy of project and database; return the last line that dbt printed.

    Its target is not the project's default, so that nothing of it mixes with production.

    Raises:
        ClewError: dbt failed; the message has its last lines.
    """
    checkout = shop.home / "checkout"
    shutil.copytree(shop.project, checkout)
    shutil.copyfile(shop.database, checkout / "dev.duckdb")
    done = subprocess.run(
        [shop.dbt / "dbt-clew", "build", "--target", "dev"],
        cwd=checkout,
        env={**os.environ, **shop.environ, "SHOP_DUCKDB": str(checkout / "dev.duckdb")},
        capture_output=True,
        text=True,
        check=False,
    )
    lines = done.stdout.splitlines()
    if done.returncode:
        raise ClewError(f"dbt-clew build ended with {done.returncode}:\n" + "\n".join([*lines[-15:], done.stderr]))
    return next((line.partition("Done.")[2].strip() for line in reversed(lines) if "Done." in line), "done")
