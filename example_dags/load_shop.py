"""Load the till's exports of a day into the shop's DuckDB file.

`SHOP_RAW` is the folder of the exports, `<table>/<day>.csv` each (default: `till` beside this file); `SHOP_DUCKDB` is the database
(default: `shop.duckdb` in AIRFLOW_HOME). One DAG run at a time, and one task at a time, since DuckDB lets one process write.
"""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from airflow.sdk import Asset, dag, task

RAW = Path(os.environ.get("SHOP_RAW") or Path(__file__).parent / "till").absolute()
SHOP = Path(os.environ.get("SHOP_DUCKDB") or Path(os.environ["AIRFLOW_HOME"]) / "shop.duckdb").absolute()


def export(table: str) -> Asset:
    """Name what the till writes each day."""
    return Asset(f"file://{RAW}/{table}")


def raw(table: str) -> Asset:
    """Name what is made of it."""
    return Asset(f"duckdb://{SHOP}/raw/{table}")


def load(table: str, day: str, delimiter: str) -> None:
    """Replace a table by the day's export, whatever columns that has."""
    import duckdb

    with duckdb.connect(str(SHOP)) as shop:
        shop.execute("create schema if not exists raw")
        shop.execute(
            f"create or replace table raw.{table} as select * from read_csv($file, delim = $delimiter)",
            {"file": str(RAW / table / f"{day}.csv"), "delimiter": delimiter},
        )


@dag(
    schedule="@daily",
    start_date=datetime(2026, 3, 4),
    end_date=datetime(2026, 3, 5),  # the till's exports end here
    catchup=False,
    max_active_runs=1,
    params={"delimiter": ","},
    tags=["shop", "raw"],
    default_args={"owner": "till-team"},
    doc_md=__doc__,
)
def load_shop():
    @task(inlets=[export("orders")], outlets=[raw("orders")])
    def load_orders(params: dict, ds: str):
        load("orders", ds, params["delimiter"])

    @task(inlets=[export("payments")], outlets=[raw("payments")])
    def load_payments(params: dict, ds: str):
        load("payments", ds, params["delimiter"])

    load_orders() >> load_payments()


load_shop()
