"""Makes the golden artifacts from example_project with a real dbt: `python make.py /path/to/dbt-environment`.

Three days of the shop: `built` (all is well, and the catalog), `broken` (a model that fails, what is skipped for it, a test that fails
and one that warns), `interrupted` (what is left of a run that was interrupted by ctrl-C).
The places of this machine become /shop, and sections that nobody reads (macros, docs) are emptied, since they are most of the size.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
EXAMPLE = HERE.parents[3] / "example_project"
EMPTIED = ("macros", "docs", "child_map", "parent_map", "disabled", "selectors", "group_map")

LOAD = """
import duckdb
db = duckdb.connect("shop.duckdb")
db.execute("create schema if not exists raw")
for table in ("orders", "payments"):
    db.execute(f"create or replace table raw.{table} as select * from read_csv('raw/{table}.csv')")
"""
SLOW = "select count(*) as n from range(100000000) a(x), range(100000000) b(y), {{ ref('orders') }} where (x * y) % 7 = 3"


def main(environment: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        shop = Path(folder) / "shop"
        shutil.copytree(EXAMPLE, shop)
        subprocess.run([environment / "bin" / "python", "-c", LOAD], cwd=shop, check=True)
        dbt = environment / "bin" / "dbt"
        subprocess.run([dbt, "docs", "generate", "--quiet"], cwd=shop, check=True)
        subprocess.run([dbt, "build", "--quiet", "--vars", "{currency: EUR, api_token: abc}"], cwd=shop, check=True)
        subprocess.run([dbt, "docs", "generate", "--quiet", "--no-compile", "--target-path", "docs"], cwd=shop, check=True)
        shutil.copy(shop / "docs" / "catalog.json", shop / "target" / "catalog.json")
        keep(shop, "built", ["manifest.json", "run_results.json", "catalog.json"])

        (shop / "models/staging/stg_customers.sql").write_text("select nothing from {{ ref('crm_customers') }}")
        (shop / "tests/few_orders.sql").write_text("select * from {{ ref('orders') }}")
        (shop / "tests/odd_orders.sql").write_text("{{ config(severity='warn') }} select * from {{ ref('orders') }} where order_id % 2 = 1")
        subprocess.run([dbt, "build", "--quiet"], cwd=shop, check=False, stdout=subprocess.DEVNULL)
        keep(shop, "broken", ["manifest.json", "run_results.json"])

        (shop / "models/marts/slow.sql").write_text(SLOW)
        interrupted(dbt, shop)
        keep(shop, "interrupted", ["manifest.json", "run_results.json"])


def interrupted(dbt: Path, shop: Path) -> None:
    command = [dbt, "--no-use-colors", "run", "--select", "+slow"]
    with subprocess.Popen(command, cwd=shop, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, start_new_session=True) as run:
        assert run.stdout is not None
        next(line for line in run.stdout if "START" in line and ".slow" in line)
        time.sleep(1)  # dbt can only cancel a query that the database has begun
        run.send_signal(signal.SIGINT)
        run.stdout.read()


def keep(shop: Path, name: str, files: list[str]) -> None:
    folder = HERE / name
    folder.mkdir(exist_ok=True)
    for file in files:
        text = (shop / "target" / file).read_text().replace(str(shop), "/shop").replace(os.fspath(shop.resolve()), "/shop")
        content = json.loads(text)
        for section in EMPTIED:
            if section in content:
                content[section] = type(content[section])()
        content.get("metadata", {}).pop("user_id", None)
        (folder / file).write_text(json.dumps(content, indent=None, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
