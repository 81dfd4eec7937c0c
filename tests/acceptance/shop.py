"""The example project as a test's own copy, and dbt in it."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import subprocess
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

EXAMPLE = Path(__file__).parents[2] / "example_project"

LOAD_DUCKDB = """
import duckdb, sys
db = duckdb.connect()
db.execute(f"attach 'shop.duckdb' (storage_version '{sys.argv[1]}')")
db.execute("use shop")
db.execute("create schema if not exists raw")
for table in ("orders", "payments"):
    db.execute(f"create or replace table raw.{table} as select * from read_csv('raw/{table}.csv')")
"""

OUR_VARIABLES = ("CLEW_", "OPENLINEAGE_", "DBT_", "SHOP_", "PG")


@dataclass(frozen=True, kw_only=True)
class Shop:
    """A copy of the project, an outbox of its own, and the programs of dbt's environment."""

    folder: Path
    home: Path
    programs: Path
    variables: dict[str, str] = field(default_factory=dict)
    """Variables of the environment beside those that every test has."""

    def environ(self, **more: str) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(OUR_VARIABLES)}
        own = {"CLEW_HOME": str(self.home), "CLEW_RELAY": "false", "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}
        return {**kept, **own, **self.variables, **more}

    def run(self, program: str, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
        """Run a program of dbt's environment in the project and return how it ended."""
        command = [self.programs / program, *words]
        return subprocess.run(
            command, cwd=self.folder, env=self.environ(**environ), capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
        )

    def load(self, storage: str = "latest") -> None:
        """Load the raw tables into a DuckDB file of a storage version."""
        subprocess.run([self.programs / "python", "-c", LOAD_DUCKDB, storage], cwd=self.folder, env=self.environ(), check=True)

    def write(self, file: str, text: str) -> None:
        (self.folder / file).write_text(text)

    def told(self) -> list[dict[str, Any]]:
        """Return the events in the outbox."""
        file = self.home / "outbox.db"
        if not file.exists():
            return []
        with closing(sqlite3.connect(file)) as outbox:
            return [json.loads(body) for (body,) in outbox.execute("SELECT body FROM events ORDER BY seq")]

    def ends(self) -> dict[str, str]:
        """Return how each job's run ended."""
        return {e["job"]["name"]: e["eventType"] for e in self.told() if e.get("eventType", "START") != "START"}


def prepare(folder: Path, dbt: Path) -> Shop:
    """Make the project with its raw tables loaded and its manifest parsed, which is most of what a dbt run costs."""
    shutil.copytree(EXAMPLE, folder / "shop", ignore=shutil.ignore_patterns("target", "logs", "*.duckdb*", ".user.yml"))
    shop = Shop(folder=folder / "shop", home=folder / "home", programs=dbt.parent)
    shop.load()
    assert shop.run("dbt", "parse").returncode == 0
    return shop


def copy(of: Shop, folder: Path) -> Shop:
    """Make a copy of a prepared project."""
    shutil.copytree(of.folder, folder / "shop", ignore=shutil.ignore_patterns("logs"))
    return replace(of, folder=folder / "shop", home=folder / "home")


def events(lines: str) -> list[dict[str, Any]]:
    """Return the events of a text with one a line."""
    return [json.loads(line) for line in lines.splitlines()]


def of_runs(told: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the events that are of runs; others describe jobs and datasets."""
    return [e for e in told if "run" in e]


def final(told: list[dict[str, Any]]) -> dict[str, tuple[Any, ...]]:
    """Return for each run what the last that was told of it says: job, end, inputs and outputs."""
    return {
        e["run"]["runId"]: (
            e["job"]["namespace"],
            e["job"]["name"],
            e["eventType"],
            *(sorted((d["namespace"], d["name"]) for d in e[side]) for side in ("inputs", "outputs")),
        )
        for e in of_runs(told)
    }


def without_times(output: str) -> list[str]:
    """Return dbt's lines without what differs from run to run: times, durations, and the order of nodes that run side by side."""
    plain = re.sub(r"\x1b\[\d+m", "", output)
    plain = re.sub(r"\d\d:\d\d:\d\d|\d+(\.\d+)? seconds|\d+ (hours|minutes)|\d+\.\d+s|^.{10}\d+ of \d+ ", "…", plain, flags=re.MULTILINE)
    return sorted(re.sub(r"\b\d+ of \d+\b|\.{2,}", "…", line).strip() for line in plain.splitlines())
