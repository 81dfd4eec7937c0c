"""Makes the golden artifacts from example_project with a real dbt: `python make.py /path/to/dbt-environment`.

Three days of the shop: `built` (all is well, and the catalog), `broken` (a model that fails, what is skipped for it, a test that fails
and one that warns), `interrupted` (what is left of a run that was interrupted by ctrl-C).

And of the project ../every_kind, which has each kind of node once: `kinds` (all of it built, then its sources checked), `batch_failed` (one
batch of the microbatch model fails), `deferred` (one model is built in another schema, from what `kinds` built), `cloned`, `operated`
(`run-operation`) and `hook_failed`.

The places of this machine become /shop and /kinds, and what nobody reads (docs, macros of dbt itself) is left out, since it is most of
the size.
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
EVERY_KIND = HERE.parent / "every_kind"
EMPTIED = ("docs", "child_map", "parent_map", "disabled", "selectors", "group_map")

LOAD = """
import duckdb
db = duckdb.connect("shop.duckdb")
db.execute("create schema if not exists raw")
for table in ("orders", "payments"):
    db.execute(f"create or replace table raw.{table} as select * from read_csv('raw/{table}.csv')")
"""

LOAD_KINDS = """
import duckdb
db = duckdb.connect("kinds.duckdb")
for schema in ("raw", "finance", "exports"):
    db.execute(f"create schema {schema}")
db.execute('''
    create table raw."ORDERS_V2" as
    select i as order_id, ['de', 'fr', 'xx'][i % 3 + 1] as country, timestamp '2026-01-01' + to_days(cast(i % 3 as integer)) as ordered_at,
        i * 1.5 as amount, now()::timestamp - interval 2 day as loaded_at
    from range(30) r(i)
''')
db.execute('''
    create table raw.payments as
    select i as order_id, timestamp '2026-01-05' as paid_at, timestamp '2026-01-01' as loaded_at from range(20) r(i)
''')
db.execute("create table raw.unchecked as select 1 as id")
db.execute('create table finance."BUDGET" as select 1 as id')
"""
UPSTREAM = """
from dbt.plugins.manager import dbtPlugin, dbt_hook
from dbt.plugins.manifest import ModelNodeArgs, PluginNodes


class Upstream(dbtPlugin):
    @dbt_hook
    def get_nodes(self):
        nodes = PluginNodes()
        budget = {"identifier": "BUDGET", "schema": "finance", "database": "kinds", "relation_name": '"kinds"."finance"."BUDGET"'}
        nodes.add_model(ModelNodeArgs(name="budget", package_name="upstream", **budget))
        return nodes


plugins = [Upstream]
"""
"""A plugin of dbt that knows a model of another project, as those for dbt Mesh do."""

WINDOW = ("--event-time-start", "2026-01-01", "--event-time-end", "2026-01-04")
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


def every_kind(environment: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        kinds = Path(folder) / "kinds"
        shutil.copytree(EVERY_KIND, kinds)
        subprocess.run([environment / "bin" / "python", "-c", LOAD_KINDS], cwd=kinds, check=True)
        (Path(folder) / "dbt_upstream_project.py").write_text(UPSTREAM)
        environ = os.environ | {"PYTHONPATH": folder, "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}
        ran = ["manifest.json", "run_results.json"]

        def dbt(*command: str) -> None:
            done = [environment / "bin" / "dbt", "--quiet", *command]
            subprocess.run(done, cwd=kinds, env=environ, check=False, stdout=subprocess.DEVNULL)

        dbt("deps")
        dbt("build", *WINDOW)
        keep(kinds, "kinds", ran)
        shutil.copytree(kinds / "target", kinds / "state")
        dbt("source", "freshness")
        keep(kinds, "kinds", ["sources.json"])
        dbt("run", "--select", "batched", "--full-refresh", "--vars", "{poison: none}", *WINDOW)
        keep(kinds, "batch_failed", ran)
        dbt("run", "--select", "summary", "customers", "--exclude", "customers_v1", "--target", "ci", "--defer", "--state", "state")
        keep(kinds, "deferred", ran)
        dbt("clone", "--select", "countries", "orders", "--target", "ci", "--state", "state")
        keep(kinds, "cloned", ran)
        dbt("run-operation", "vacuum_orders")
        keep(kinds, "operated", ran)
        (kinds / "dbt_project.yml").write_text((kinds / "dbt_project.yml").read_text() + "on-run-end: select nothing\n")
        dbt("run", "--select", "stg_orders")
        keep(kinds, "hook_failed", ran)


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
        text = (shop / "target" / file).read_text()
        for place in (str(shop), os.fspath(shop.resolve())):
            text = text.replace(place, f"/{shop.name}")
        content = json.loads(text)
        for section in EMPTIED:
            if section in content:
                content[section] = type(content[section])()
        if "macros" in content:
            content["macros"] = {k: m for k, m in content["macros"].items() if k.split(".")[1] in {"kinds", "shared"}}
        content.get("metadata", {}).pop("user_id", None)
        (folder / file).write_text(json.dumps(content, indent=None, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
    every_kind(Path(sys.argv[1]))
