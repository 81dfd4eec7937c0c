"""Tasks whose own code reads and writes files: frames, tables in folders, paths of Airflow's object storage."""

from __future__ import annotations

import os
from datetime import datetime, timezone
from pathlib import Path

from airflow.sdk import ObjectStoragePath, dag, task
from pyarrow.parquet import read_table

HOME = Path(os.environ["AIRFLOW_HOME"])


@dag(schedule=None, start_date=datetime(2026, 3, 4, tzinfo=timezone.utc), catchup=False)
def reads_and_writes_files():
    @task
    def with_object_storage():
        notes = ObjectStoragePath(f"file://{HOME}/notes.csv")
        notes.write_text("id,city\n1,Ulm\n2,Bonn\n")
        notes.copy(f"file://{HOME}/copied.csv")

    @task
    def with_pandas():
        import pandas as pd

        pd.read_csv(HOME / "copied.csv").to_parquet(HOME / "cities.parquet", index=False)
        pd.DataFrame({"id": [1]}).to_csv(HOME / "scratch.csv")
        (HOME / "scratch.csv").unlink()

    @task
    def with_pyarrow():
        import pyarrow.dataset
        import pyarrow.parquet

        table = read_table(HOME / "cities.parquet")
        pyarrow.parquet.write_to_dataset(table, HOME / "by_city", partition_cols=["city"])

    @task
    def fails_after_reading():
        ObjectStoragePath(f"file://{HOME}/notes.csv").read_text()
        raise ValueError("after reading")

    with_object_storage() >> with_pandas() >> with_pyarrow() >> fails_after_reading()


reads_and_writes_files()
