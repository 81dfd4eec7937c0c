"""The story of the shop: two days of Airflow and dbt, each step a plain call of what people would type."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from clew.demo.airflow import Airflow
from clew.errors import ClewError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
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


def two_days(now: datetime) -> tuple[datetime, datetime]:
    """Return the logical dates of the story: the day before yesterday and yesterday, at midnight UTC."""
    today = now.astimezone(timezone.utc).replace(hour=0, minute=0, second=0, microsecond=0)
    return today - timedelta(days=2), today - timedelta(days=1)


def run_airflow(shop: Shop, days: tuple[datetime, datetime], say: Callable[[str, str], None]) -> None:
    """Run the DAGs for both days; the report of the second fails, since a column went away.

    Args:
        shop: where everything is.
        days: logical dates.
        say: hears what runs, and how it ended.

    Raises:
        ClewError: a run did not end as the story wants it.
    """
    with Airflow(python=shop.airflow / "python", home=shop.home / "airflow", dags=shop.dags, environ=shop.environ) as airflow:
        for day, report_ends in zip(days, ("success", "failed"), strict=True):
            for dag_id, wanted in (("load_shop", "success"), ("transform_shop", "success"), ("report_shop", report_ends)):
                run = _run(airflow, dag_id, day, say)
                if run.state != wanted:
                    raise ClewError(f"{dag_id} of {day:%Y-%m-%d} ended as {run.state}, not {wanted}; logs are in {airflow.home / 'logs'}")


def _run(airflow: Airflow, dag_id: str, day: datetime, say: Callable[[str, str], None]) -> Run:
    run = airflow.run(dag_id, logical_date=day)
    say(f"{dag_id}  {day:%Y-%m-%d}", run.state)
    return run


def run_dbt(shop: Shop, environ: Mapping[str, str] | None = None) -> str:
    """Run `dbt-clew build` as a person would, and return the last line that dbt printed.

    Raises:
        ClewError: dbt failed; the message has its last lines.
    """
    done = subprocess.run(
        [shop.dbt / "dbt-clew", "build", "--project-dir", shop.project, "--profiles-dir", shop.project],
        env={**(os.environ if environ is None else environ), **shop.environ},
        capture_output=True,
        text=True,
        check=False,
    )
    lines = done.stdout.splitlines()
    if done.returncode:
        raise ClewError(f"dbt-clew build ended with {done.returncode}:\n" + "\n".join([*lines[-15:], done.stderr]))
    return next((line.partition("Done.")[2].strip() for line in reversed(lines) if "Done." in line), "done")
