"""Write invoices from the payments that were loaded, whenever they were.

The till's export of the second day has `amount` in place of `amount_cents`: this DAG works on the first day and fails on the second.
"""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from airflow.sdk import Asset, dag, task

SHOP = Path(os.environ.get("SHOP_DUCKDB") or Path(os.environ["AIRFLOW_HOME"]) / "shop.duckdb").absolute()
ORDERS, PAYMENTS, INVOICES = (Asset(f"duckdb://{SHOP}/{table}") for table in ("raw/orders", "raw/payments", "billing/invoices"))

WRITE_INVOICES = """
create or replace table billing.invoices as
select order_id, customer_id, sum(amount_cents) / 100 as amount, $currency as currency
from raw.orders
join raw.payments using (order_id)
where status <> 'returned'
group by order_id, customer_id
"""


@dag(
    schedule=[PAYMENTS],
    start_date=datetime(2026, 3, 4),
    catchup=False,
    max_active_runs=1,
    params={"currency": "EUR"},
    tags=["shop", "billing"],
    default_args={"owner": "billing-team"},
    doc_md=__doc__,
)
def bill_shop():
    @task(inlets=[ORDERS, PAYMENTS], outlets=[INVOICES])
    def write_invoices(params: dict):
        import duckdb

        with duckdb.connect(str(SHOP)) as shop:
            shop.execute("create schema if not exists billing")
            shop.execute(WRITE_INVOICES, {"currency": params["currency"]})

    write_invoices()


bill_shop()
