"""Build the shop's marts with dbt, as a plain command: nothing here knows of lineage.

`SHOP_DBT_CLEW` is the command (default: `dbt-clew` on the PATH), `SHOP_PROJECT` the dbt project (default: `example_project` beside
this folder). The project reads `SHOP_DUCKDB` from the environment.
"""

from __future__ import annotations

import os
import shlex
from datetime import datetime
from pathlib import Path

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import dag

DBT = os.environ.get("SHOP_DBT_CLEW") or "dbt-clew"
PROJECT = Path(os.environ.get("SHOP_PROJECT") or Path(__file__).parent.parent / "example_project").absolute()


@dag(
    schedule="@daily",
    start_date=datetime(2026, 3, 4),
    end_date=datetime(2026, 3, 5),
    catchup=False,
    max_active_runs=1,
    tags=["shop", "marts"],
    default_args={"owner": "analytics-team"},
    doc_md=__doc__,
)
def transform_shop():
    BashOperator(task_id="dbt_build", bash_command=f"{shlex.quote(DBT)} build", cwd=str(PROJECT))


transform_shop()
