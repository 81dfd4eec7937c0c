"""A task whose function runs in an environment that is made for it, with Clew among what is installed there."""

from __future__ import annotations

import os
from datetime import datetime, timezone

from airflow.sdk import dag, task


@dag(schedule=None, start_date=datetime(2026, 3, 4, tzinfo=timezone.utc))
def makes_an_environment():
    @task.virtualenv(requirements=[f"clew @ {os.environ['SHOP_WHEEL']}"], system_site_packages=False, expect_airflow=False)
    def counts(file):
        import sqlite3

        connection = sqlite3.connect(file)
        connection.execute("create table counted (id)")
        connection.execute("insert into counted values (1)")
        connection.commit()
        connection.close()

    counts(os.environ["SHOP_SQLITE"])


makes_an_environment()
