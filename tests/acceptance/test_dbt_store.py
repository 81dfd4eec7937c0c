"""The store project, written in the style of public ones, on a real Postgres and on DuckDB: told live, from artifacts, and alike on both."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.acceptance.shop import Shop, events, final, of_runs

if TYPE_CHECKING:
    from tests.postgres import Postgres

pytestmark = [pytest.mark.acceptance, pytest.mark.postgres]

PROJECTS = Path(__file__).parents[2] / "benchmarks" / "projects"
PREPARE = """
import sys
from dbt.cli.main import dbtRunner

for command in sys.argv[1].split(", "):
    done = dbtRunner().invoke(["--quiet", *command.split()])
    assert done.success, command
"""
BUILT = "seed, build --exclude resource_type:seed"  # models read seeds as sources, which says nothing of the order
AMOUNTS = ("card_amount", "coupon_amount", "transfer_amount")
ONLY_ON_POSTGRES = {
    *(("payment_methods_long", None, "int_order_payments_pivoted", column, "FILTER") for column in AMOUNTS),  # UNPIVOT leaves NULL out
    *(("payment_methods_long", "amount", "int_order_payments_pivoted", column, "IDENTITY") for column in AMOUNTS),
    ("order_summary_json", "main_product", "stg_items", "quantity", "SORT"),
}
"""What a UNION ALL in place of UNPIVOT, and `(array_agg(… order by …))[1]` in place of `max_by`, say."""
ONLY_ON_DUCKDB = {
    *(("payment_methods_long", "amount", "int_order_payments_pivoted", column, "TRANSFORMATION") for column in AMOUNTS),
    ("order_summary_json", "main_product", "stg_items", "quantity", "CONDITIONAL"),
}


@dataclass(frozen=True, kw_only=True)
class Told:
    """What was told of a build, live and from its artifacts."""

    live: list[dict[str, Any]]
    sent: list[dict[str, Any]]


def built(folder: Path, dbt: Path, commands: str, **variables: str) -> Told:
    """Build the project a second time, with what commands before it left, and tell it both ways."""
    shutil.copytree(PROJECTS / "store", folder / "store")
    variables |= {"DBT_PROFILES_DIR": str(PROJECTS), "PROJECT_DUCKDB": str(folder / "store.duckdb")}
    store = Shop(folder=folder / "store", home=folder / "home", programs=dbt.parent, variables=variables)
    prepare = [dbt.parent / "python", "-c", PREPARE, commands]
    subprocess.run(prepare, cwd=store.folder, env=store.environ(CLEW_ENABLED="false"), check=True)
    ended = store.run("dbt", "build", CLEW_URL="http://127.0.0.1:9")
    assert ended.returncode == 0, ended.stdout
    from_artifacts = replace(store, home=folder / "another").run("clew", "send", "target", "--output", "-")
    return Told(live=store.told(), sent=events(from_artifacts.stdout))


@pytest.fixture(scope="module")
def on_postgres(tmp_path_factory: pytest.TempPathFactory, dbt: Path, postgres: Postgres) -> Told:
    connection = {"DBT_TARGET": "postgres", "PGPORT": str(postgres.port), "PGPASSWORD": "s3cret"}
    return built(tmp_path_factory.mktemp("on_postgres"), dbt, f"{BUILT}, docs generate", **connection)


@pytest.fixture(scope="module")
def on_duckdb(tmp_path_factory: pytest.TempPathFactory, dbt: Path) -> Told:
    return built(tmp_path_factory.mktemp("on_duckdb"), dbt, BUILT)


def tables(told: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [d for e in of_runs(told) for d in (*e["inputs"], *e["outputs"]) if d["namespace"] != "file"]


def relation(dataset: dict[str, Any]) -> str:
    """Return a table's name without its database, or a file's without its folder."""
    name = dataset["name"]
    return Path(name).name if dataset["namespace"] == "file" else name.partition(".")[2]


def table_edges(told: list[dict[str, Any]]) -> set[tuple[str, str]]:
    return {(relation(read), relation(written)) for e in of_runs(told) for written in e["outputs"] for read in e["inputs"]}


def column_edges(told: list[dict[str, Any]]) -> set[tuple[str, str | None, str, str, str]]:
    """Return output, its column (None: the whole table), input, its column, and how it is used."""
    found = set()
    for output in (d for e in of_runs(told) if e["eventType"] == "COMPLETE" for d in e["outputs"]):
        lineage = output["facets"].get("columnLineage", {"fields": {}})
        made_from = [(column, made["inputFields"]) for column, made in lineage["fields"].items()]
        for column, fields in [*made_from, (None, lineage.get("dataset", []))]:
            for field in fields:
                uses = {use["subtype"] for use in field["transformations"]}
                found |= {(relation(output).split(".")[1], column, relation(field).rpartition(".")[2], field["field"], use) for use in uses}
    return found


def test_the_same_runs_with_the_same_edges_and_ends_are_told_live_and_from_artifacts(on_postgres):
    assert final(on_postgres.live) == final(on_postgres.sent)
    assert len(final(on_postgres.live)) == 59  # 50 models less 2 ephemeral ones, 8 seeds, a snapshot, the invocation
    assert {end for _, _, end, *_ in final(on_postgres.live).values()} == {"COMPLETE"}


def test_tables_are_named_by_server_database_schema_and_name(on_postgres, postgres):
    assert {d["namespace"] for d in tables(on_postgres.live)} == {f"postgres://127.0.0.1:{postgres.port}"}
    schemas = {tuple(d["name"].split(".")[:-1]) for d in tables(on_postgres.live)}
    assert schemas == {("postgres", "main"), ("postgres", "main_raw"), ("postgres", "snapshots")}


def test_all_columns_have_the_types_that_postgres_says(on_postgres):
    types = {relation(d): {f["name"]: f.get("type") for f in d["facets"]["schema"]["fields"]} for d in tables(on_postgres.live)}
    assert types["main.order_summary_json"] == {"order_id": "integer", "lines": "jsonb", "main_product": "text"}
    assert types["main.stg_payments"]["amount"] == "numeric(16,2)"
    assert [name for name, columns in types.items() if None in columns.values()] == []


def test_the_same_tables_are_read_and_written_on_both_databases(on_postgres, on_duckdb):
    assert table_edges(on_postgres.live) == table_edges(on_duckdb.live)


@pytest.mark.parametrize("way", ["live", "sent"])
def test_columns_come_from_the_same_columns_on_both_databases_where_their_sql_says_the_same(on_postgres, on_duckdb, way):
    ours, others = column_edges(getattr(on_postgres, way)), column_edges(getattr(on_duckdb, way))
    assert ours - others == ONLY_ON_POSTGRES
    assert others - ours == ONLY_ON_DUCKDB
    assert len(ours & others) > 400
