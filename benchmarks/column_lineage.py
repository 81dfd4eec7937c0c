"""Column lineage against truth by execution, what it costs, and openlineage-dbt beside it on the same projects.

    python -m benchmarks.column_lineage DBT_PYTHON [--peer PEER_PYTHON] [--projects store,web,saas,shop] [--work FOLDER]

DBT_PYTHON is the interpreter of an environment with dbt-duckdb, PEER_PYTHON that of one with openlineage-dbt as well. Each project
is built by the real dbt; `lineage/truth.py` then finds out, by changing values, what depends on what.

precision   of the columns that we say a column's values depend on, how many it is seen to depend on
recall      of the columns that it is seen to depend on, how many we say; those that we tell of the whole table, since they decide
            which rows there are, are counted apart (rows)
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import machine
from clew.naming import Tables
from dbt_clew.artifacts.read import read_manifest
from dbt_clew.column_lineage import workers
from dbt_clew.column_lineage.columns import Columns
from dbt_clew.narration.datasets import TABLES, Datasets, is_ephemeral

if TYPE_CHECKING:
    from dbt_clew.column_lineage.project import Project

HERE = Path(__file__).parent
SHOP = HERE.parent / "example_project"
DOMAINS = [
    ["owner_id", "staff_id", "manager_id", "boss_id"],
    ["gl_code", "parent_code"],
    ["campaign_id", "utm_campaign"],
    ["recipient", "user_id", "blended_user_id"],
    ["converted_at", "event_at", "started_at", "touched_at"],
    ["ordered_on", "date_day"],
    ["day", "week"],
]
"""Columns of different names that are joined with each other."""

Said = dict[tuple[str, str], tuple[set[tuple[str, str]], set[tuple[str, str]]]]
"""By model and output column: what its values depend on, and what decides which rows there are; each a table and a column."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("python", type=Path)
    parser.add_argument("--peer", type=Path)
    parser.add_argument("--projects", default="shop,store,web,saas")
    parser.add_argument("--work", type=Path, help="folder for what is built; truth that is there already is taken")
    given = parser.parse_args()
    work = given.work or Path(tempfile.mkdtemp(prefix="clew-columns-"))
    print(machine.described())
    print(
        f"{'':20}{'models':>7}{'columns':>9}{'precision':>11}{'recall':>8}{'rows':>7}{'cold ms':>9}{'warm ms':>9}   (ms of processor per model)"
    )
    for name in given.projects.split(","):
        built = Built(name, work.absolute(), given.python.absolute())
        truth = built.truth()
        said, cold, warm = ours(built)
        print(line(f"{name}: Clew", built, said, truth) + f"{cold:>9.2f}{warm:>9.3f}", flush=True)
        if given.peer:
            print(line(f"{name}: openlineage-dbt", built, peer(built, given.peer.absolute()), truth), flush=True)
    if given.work is None:
        shutil.rmtree(work)


class Built:
    """A project that dbt has built."""

    def __init__(self, name: str, work: Path, python: Path) -> None:
        self.name, self.python, self.folder = name, python, work / name
        self.project = self.folder / "project"
        self.database = self.folder / f"{name}.duckdb"
        if not self.database.is_file():
            shutil.copytree(SHOP if name == "shop" else HERE / "projects" / name, self.project)
            self.build()

    def environ(self) -> dict[str, str]:
        here = {"PROJECT_DUCKDB": str(self.database), "SHOP_DUCKDB": str(self.database), "CLEW_ENABLED": "false"}
        here["DBT_SEND_ANONYMOUS_USAGE_STATS"] = "false"  # else dbt leaves a .user.yml beside the profiles
        if self.name != "shop":
            here["DBT_PROFILES_DIR"] = str(HERE / "projects")
        return {**os.environ, **here}

    def dbt(self, *words: str, program: Path | None = None) -> None:
        command = [program or self.python.parent / "dbt", *words]
        subprocess.run(command, cwd=self.project, env=self.environ(), check=True, capture_output=True)

    def build(self) -> None:
        if self.name == "shop":
            load = "import duckdb, sys; db = duckdb.connect(sys.argv[1]); db.execute('create schema raw')\n"
            load += "for t in ('orders', 'payments'): db.execute(f\"create table raw.{t} as select * from read_csv('raw/{t}.csv')\")"
            subprocess.run([self.python, "-c", load, self.database], cwd=self.project, check=True)
        self.dbt("-q", "seed")
        self.dbt("-q", "build", "--exclude", "resource_type:seed")

    def truth(self) -> dict[str, list[dict[str, Any]]]:
        file = self.folder / "truth.json"
        if not file.is_file():
            command = [self.python, HERE / "lineage" / "truth.py", self.project / "target" / "manifest.json", self.database]
            found = subprocess.run(command, input=json.dumps(DOMAINS), capture_output=True, text=True, check=True)
            file.write_text(found.stdout)
        return json.loads(file.read_text())


def ours(built: Built) -> tuple[Said, float, float]:
    """Return what we say, and how long it took, cold and warm, in milliseconds of the processor per model."""
    workers.MANY = 10**9  # one process, so that its time is all
    manifest, _ = read_manifest(built.project / "target" / "manifest.json")
    home = built.folder / "home"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir()
    times = []
    for _ in range(6):
        datasets = Datasets(manifest, None, Tables(namespace="x"), built.project)
        columns = Columns(home)
        started = time.process_time()
        project = columns._of(datasets)  # noqa: SLF001  all models at once, without the facets
        times.append((time.process_time() - started) * 1000 / len(models(manifest)))
    return said_by(project, models(manifest)), times[0], sorted(times[1:])[2]


def models(manifest: Any) -> list[Any]:
    wanted = [n for n in manifest.nodes.values() if n.resource_type in TABLES - {"seed"} and n.compiled_code]
    return [n for n in wanted if not is_ephemeral(n)]


def said_by(project: Project, nodes: list[Any]) -> Said:
    said: Said = {}
    for node in nodes:
        lineage = project.lineage(node.unique_id)
        for column, uses in lineage.columns.items() if lineage else ():
            said[node.unique_id, column.lower()] = ({lowered(f) for f in uses}, {lowered(f) for f in lineage.dataset})
    return said


def lowered(field: tuple[str, str]) -> tuple[str, str]:
    return field[0], field[1].lower()


def peer(built: Built, python: Path) -> Said:
    """Return what openlineage-dbt says of a run of the same project."""
    file, copy = built.folder / "peer.ndjson", built.folder / "peer"
    if not file.is_file():
        shutil.copytree(built.project, copy, dirs_exist_ok=True)
        shutil.copy(built.database, copy)
        (copy / "openlineage.yml").write_text(f"transport:\n  type: file\n  log_file_path: {file}\n  append: true\n")
        here = {name: str(copy / built.database.name) for name in ("PROJECT_DUCKDB", "SHOP_DUCKDB")}
        path = f"{python.parent}{os.pathsep}{os.environ['PATH']}"
        environ = built.environ() | here | {"PATH": path, "OPENLINEAGE_CONFIG": str(copy / "openlineage.yml")}
        subprocess.run([python.parent / "dbt-ol", "run", "--full-refresh"], cwd=copy, env=environ, check=True, capture_output=True)
    manifest = json.loads((built.project / "target" / "manifest.json").read_text())
    tables = {relation(n): u for u, n in {**manifest["nodes"], **manifest["sources"]}.items() if n["resource_type"] in {*TABLES, "source"}}
    said: Said = {}
    for text in file.read_text().splitlines():
        for output in json.loads(text).get("outputs", ()):
            for column, made in output["facets"].get("columnLineage", {}).get("fields", {}).items():
                fields = {(tables.get(f["name"].lower(), f["name"]), f["field"].lower()) for f in made["inputFields"]}
                said[tables.get(output["name"].lower(), ""), column.lower()] = (fields, set())
    return said


def relation(node: dict[str, Any]) -> str:
    return ".".join((node["database"], node["schema"], node.get("identifier") or node["alias"])).lower()


def line(title: str, built: Built, said: Said, truth: dict[str, list[dict[str, Any]]]) -> str:
    right, wrong, missed, rows_right, rows_missed = compared(said, truth)
    (built.folder / f"{title.rsplit(maxsplit=1)[-1]}.txt").write_text(
        "\n".join([*(f"wrong {w}" for w in wrong), *(f"missed {m}" for m in missed)])
    )
    precision, recall = len(right) / max(1, len(right) + len(wrong)), len(right) / max(1, len(right) + len(missed))
    rows = rows_right / max(1, rows_right + rows_missed)
    return f"{title:20}{len(truth):>7}{len(said):>9}{precision:>11.1%}{recall:>8.1%}{rows:>7.1%}"


def compared(said: Said, truth: dict[str, list[dict[str, Any]]]) -> tuple[list[str], list[str], list[str], int, int]:
    """Compare what is said with what was seen.

    Where columns that are joined with each other were changed together, one of them is the one: whichever is said is right.
    """
    right, wrong, missed, rows_right, rows_missed = [], [], [], 0, 0
    for model, seen in truth.items():
        alone: dict[str, dict[tuple[str, str], str]] = defaultdict(dict)
        together: dict[str, list[set[tuple[str, str]]]] = defaultdict(list)
        for one in seen:
            fields = [lowered(tuple(c)) for c in one["columns"]]
            if len(fields) == 1:
                alone[one["output"].lower()][fields[0]] = one["kind"]
            elif one["kind"] == "value":
                together[one["output"].lower()].append(set(fields))
        outputs = alone.keys() | together.keys() | {c for m, c in said if m == model}
        for output in outputs:
            values, decides = said.get((model, output), (set(), set()))
            of_values = {f for f, kind in alone[output].items() if kind == "value"}
            of_groups = together[output]
            for field in values:
                is_right = field in of_values or any(field in group for group in of_groups)
                (right if is_right else wrong).append(f"{model}.{output} <- {field[0]}.{field[1]}")
            missed += [f"{model}.{output} <- {f[0]}.{f[1]}" for f in of_values - values - decides]
            missed += [f"{model}.{output} <- {sorted(g)}" for g in of_groups if not g & (values | decides)]
            by_rows = {f for f, kind in alone[output].items() if f not in values and (kind == "rows" or f in decides)}
            rows_right += len(by_rows & decides)
            rows_missed += len(by_rows - decides)
    return right, wrong, missed, rows_right, rows_missed


if __name__ == "__main__":
    main()
