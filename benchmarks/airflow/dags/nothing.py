"""Tasks that do nothing."""

from __future__ import annotations

import os
from datetime import datetime, timezone

from airflow.sdk import dag, task


@dag(schedule=None, start_date=datetime(2026, 1, 1, tzinfo=timezone.utc), params={"currency": "EUR"})
def nothing():
    for number in range(int(os.environ.get("BENCHMARK_TASKS", "1"))):

        @task(task_id=f"task_{number}")
        def does_nothing():
            return None

        does_nothing()


nothing()
