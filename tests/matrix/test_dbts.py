"""Every dbt that we stand for, on one project: each way in tells the same. `make matrix` makes the environments and runs it."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from clew.demo.environments import Environment, ensure
from tests.acceptance import shop as shops
from tests.acceptance.conftest import ENVIRONMENTS
from tests.acceptance.shop import Shop
from tests.acceptance.test_dbt_live import CONFIGURED, of_artifacts, runs

PINS = Path(__file__).parent / "pins"
WITHOUT_PLUGINS = "1.5"
KNOWS_ARGUMENTS = ("1.10", "1.12")
"""Those that know `data_tests` and `arguments` in the way that the example project has them."""

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.skipif(not os.environ.get("CLEW_TEST_MATRIX"), reason="`make matrix` runs it"),
]


def environment(version: str) -> Environment:
    pins = PINS / f"dbt-{version}.txt"
    wanted = ("dbt-core", "dbt-duckdb", *(["dbt-core-experimental-parser"] if version == "1.12" else []))
    return Environment(name=f"dbt-{version}", requirements=wanted, pins=str(pins))


def in_older_words(described: Any) -> Any:
    """Say `tests` for `data_tests`, and write a test's arguments beside its name."""
    if isinstance(described, list):
        return [in_older_words(entry) for entry in described]
    if not isinstance(described, dict):
        return described
    arguments = described.get("arguments")
    flat = {**{k: v for k, v in described.items() if k != "arguments"}, **(arguments if isinstance(arguments, dict) else {})}
    return {"tests" if key == "data_tests" else key: in_older_words(value) for key, value in flat.items()}


def project_for(version: str, folder: Path) -> Path:
    """Copy the example project as this dbt understands it, with a test that fails."""
    shutil.copytree(shops.EXAMPLE, folder, ignore=shutil.ignore_patterns("target", "logs", "*.duckdb*", ".user.yml"))
    (folder / "tests" / "few_orders.sql").write_text("select * from {{ ref('orders') }}")
    if version not in KNOWS_ARGUMENTS:
        shutil.rmtree(folder / "snapshots")  # written in YAML, as dbt 1.9 and later have them
        for file in folder.rglob("*.yml"):
            file.write_text(yaml.safe_dump(in_older_words(yaml.safe_load(file.read_text()))))
    return folder


@pytest.mark.parametrize("version", [pins.stem.removeprefix("dbt-") for pins in sorted(PINS.glob("dbt-*.txt"))])
def test_every_way_in_tells_the_same(version, tmp_path):
    programs = ensure(environment(version), ENVIRONMENTS)
    project = project_for(version, tmp_path / "shop")
    for program in ("dbt", "dbt-clew"):
        shop = Shop(folder=project, home=tmp_path / program, programs=programs)
        shop.load()
        built = shop.run(program, "build", **CONFIGURED)
        assert built.returncode == 1, built.stdout
        told = runs(shop.told())
        if program == "dbt" and version == WITHOUT_PLUGINS:
            assert not told
            continue
        ends = {job: run["states"][-1] for (job, _), run in told.items()}
        assert (ends["shop.analytics.shop.orders"], ends["test.shop.few_orders"], ends["dbt-run-shop"]) == ("COMPLETE", "FAIL", "FAIL")
        assert told == of_artifacts(shop)
        assert json.loads((shop.folder / "target" / "manifest.json").read_text())["metadata"]["dbt_version"].startswith(f"{version}.")
