"""The project with each kind of node, built by the real dbt: what is told live is what artifacts tell, facts of tables and code included."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.acceptance.shop import Shop, events, of_runs
from tests.unit.dbt.golden import make

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.acceptance

CONFIGURED = {"CLEW_URL": "http://127.0.0.1:9"}
BATCHED = "kinds.main.kinds.batched"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, dbt: Path) -> Shop:
    """Build the project while it is told live."""
    folder = tmp_path_factory.mktemp("kinds")
    shutil.copytree(make.EVERY_KIND, folder / "kinds")
    (folder / "dbt_upstream_project.py").write_text(make.UPSTREAM)
    kinds = Shop(folder=folder / "kinds", home=folder / "home", programs=dbt.parent, variables={"PYTHONPATH": str(folder)})
    subprocess.run([dbt.parent / "python", "-c", make.LOAD_KINDS], cwd=kinds.folder, check=True)
    assert kinds.run("dbt", "deps").returncode == 0
    ended = kinds.run("dbt", "build", *make.WINDOW, **CONFIGURED)
    assert ended.returncode == 0, ended.stdout
    return kinds


@pytest.fixture(scope="module")
def live(built: Shop) -> list[dict[str, Any]]:
    return built.told()


@pytest.fixture(scope="module")
def sent(built: Shop, live: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what artifacts tell, read after `live`."""
    return events(replace(built, home=built.home.parent / "another").run("clew", "send", "target", "--output", "-").stdout)


def facts(event: dict[str, Any]) -> dict[str, Any]:
    """Return what an event tells of its job and tables; findings of tests are left out, since each tells those before it, too."""
    inputs = [{key: said for key, said in d.items() if key != "inputFacets"} for d in event["inputs"]]
    return {"job": event["job"], "inputs": inputs, "outputs": event["outputs"], "parent": event["run"]["facets"].get("parent")}


def told(of: list[dict[str, Any]], kind: str) -> dict[tuple[str, str], dict[str, Any]]:
    """Return the facts of each run's START, or of its end."""
    named = {(e["job"]["name"], e["run"]["runId"]): facts(e) for e in of_runs(of) if (e["eventType"] == "START") == (kind == "START")}
    assert named
    return named


def test_the_same_runs_end_in_the_same_states(live, sent):
    def states(of: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
        return sorted((e["run"]["runId"], e["eventType"], e["job"]["name"]) for e in of_runs(of))

    assert states(live) == states(sent)
    assert len(of_runs(live)) == 46


def test_ends_say_the_same_of_code_edges_and_tables(live, sent):
    assert told(live, "END") == told(sent, "END")


def test_starts_say_of_tables_what_their_ends_say_so_that_one_run_makes_one_version(live):
    started, ended = told(live, "START"), told(live, "END")
    differ = {job for job, run in started if _schemas(started[job, run]) != _schemas(ended[job, run])}
    assert differ == {BATCHED}  # whose SQL dbt compiles batch by batch


def test_a_microbatch_model_has_sql_and_columns(live):
    (end,) = (facts(e) for e in of_runs(live) if e["job"]["name"] == BATCHED and e["eventType"] == "COMPLETE")
    assert "2026-01-03" in end["job"]["facets"]["sql"]["query"]
    assert [field["name"] for field in end["outputs"][0]["facets"]["schema"]["fields"]] == ["order_id", "ordered_at", "n"]
    assert "columnLineage" in end["outputs"][0]["facets"]


def test_what_only_describes_is_told_as_a_job_and_not_as_a_run(live, sent):
    def described(of: list[dict[str, Any]]) -> list[str]:
        return sorted(e["job"]["name"] for e in of if "run" not in e)

    names = ["exposure.kinds.notes", "exposure.kinds.weekly_review", "saved_query.kinds.revenue_by_day"]
    assert described(live) == described(sent) == names


def _schemas(said: dict[str, Any]) -> list[Any]:
    return [(d["name"], d["facets"].get("schema")) for d in said["outputs"]]
