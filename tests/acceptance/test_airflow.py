"""A real Airflow, one URL, and a backend that hangs until every DAG run is over: tasks do not notice, and everything arrives.

One Airflow runs all DAGs; the tests look at what arrived.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from clew.demo.airflow import Airflow, Run
from clew.outbox import Outbox
from tests.backends import ACCEPTS, Backend, Hangs

pytestmark = pytest.mark.acceptance

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
DAY_ONE, DAY_TWO = (datetime(2026, 3, day, tzinfo=timezone.utc) for day in (4, 5))
SECRET = "geheim-4711"


@dataclass(frozen=True, kw_only=True)
class Ran:
    """What Airflow did, and what arrived after it had ended."""

    home: Path
    commit: str
    runs: dict[str, Run]
    events: list[dict[str, Any]]
    accepted_before: int

    def of(self, job: str, run: str | None = None) -> list[dict[str, Any]]:
        """Return the events of a job in order, maybe of one run alone."""
        return [e for e in self.events if e["job"]["name"] == job and (run is None or e["run"]["runId"] == run)]

    def first(self, job: str, kind: str = "START") -> dict[str, Any]:
        return next(e for e in self.of(job) if e["eventType"] == kind)


@pytest.fixture(scope="module")
def dags(tmp_path_factory) -> Path:
    """The example DAGs and ours in a git repository, as people have them."""
    folder = tmp_path_factory.mktemp("repository") / "dags"
    shutil.copytree(ROOT / "example_dags", folder)
    shutil.copytree(HERE / "dags", folder, dirs_exist_ok=True)
    git(folder, "init", "--quiet", "--initial-branch", "main")
    git(folder, "remote", "add", "origin", f"https://me:{SECRET}@github.com/shop/dags.git")
    git(folder, "add", ".")
    git(folder, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "--message", "c")
    return folder


def git(folder: Path, *command: str) -> str:
    return subprocess.run(["git", "-C", folder, *command], check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture(scope="module")
def ran(airflow_python, dags, tmp_path_factory):
    """Run every DAG while the backend hangs, then let it answer."""
    home = tmp_path_factory.mktemp("airflow")
    with Backend(lambda _: Hangs()) as backend:
        environ = {
            "CLEW_URL": backend.url,
            "CLEW_TIMEOUT": "2",
            "CLEW_DAGS": "!tag:private",
            "SHOP_DUCKDB": str(home / "shop.duckdb"),
            "AIRFLOW__CORE__PARALLELISM": "1",
            "AIRFLOW_CONN_TILL": f"postgres://me:{SECRET}@127.0.0.1:1/till",
        }
        runs = {}
        with Airflow(python=airflow_python, home=home, dags=dags, environ=environ) as airflow:
            runs["load"] = airflow.run("load_shop", logical_date=DAY_ONE, conf={"delimiter": ",", "password": SECRET})
            runs["bill"] = airflow.wait(airflow.started_run("bill_shop", seen=0))
            runs["load again"] = airflow.run("load_shop", logical_date=DAY_TWO)
            runs["bill again"] = airflow.wait(airflow.started_run("bill_shop", seen=1))
            runs["kinds"] = airflow.run("kinds_of_tasks", logical_date=DAY_ONE, conf={"token": SECRET})
            runs["triggered"] = airflow.wait(airflow.started_run("is_triggered", seen=0))
            runs["pythons"] = airflow.run("starts_pythons", logical_date=DAY_ONE)
            runs["files"] = airflow.run("reads_and_writes_files", logical_date=DAY_ONE)
            runs["left out"] = airflow.run("is_left_out", logical_date=DAY_ONE)
        accepted_before = len(backend.accepted)
        backend.stop()
        backend.answers = lambda _: ACCEPTS
        backend.start()
        try:
            assert Outbox(home / "clew").wait_until_empty(120)
        finally:
            stop_relay(home)
    return Ran(home=home, commit=git(dags, "rev-parse", "HEAD"), runs=runs, events=once(backend.accepted), accepted_before=accepted_before)


def once(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return each event once: a relay sends again what a slow machine answers after its two seconds."""
    return list({json.dumps(event): event for event in events}.values())


def stop_relay(home: Path) -> None:
    holder = json.loads((home / "clew" / "relay.lock").read_text() or "{}")
    if holder and not holder["ended"]:
        os.kill(holder["pid"], signal.SIGTERM)


def facets(event: dict[str, Any], of: str = "run") -> dict[str, Any]:
    return event[of]["facets"]


def parameters(event: dict[str, Any]) -> dict[str, str]:
    return {p["key"]: p["value"] for p in facets(event)["executionParameters"]["parameters"]}


def tags(event: dict[str, Any]) -> dict[str, str]:
    return {t["key"]: t["value"] for t in facets(event)["tags"]["tags"]}


def names(datasets: list[dict[str, Any]]) -> set[tuple[str, str]]:
    return {(d["namespace"], d["name"]) for d in datasets}


def test_runs_end_as_they_would_without_clew(ran):
    assert {name: run.state for name, run in ran.runs.items()} == {
        "load": "success",
        "bill": "success",
        "load again": "success",
        "bill again": "failed",
        "kinds": "success",
        "triggered": "success",
        "pythons": "success",
        "files": "failed",
        "left out": "success",
    }


def test_nothing_arrives_while_the_backend_hangs_and_everything_when_it_is_well(ran):
    assert ran.accepted_before == 0
    for job in ("load_shop", "load_shop.load_orders", "load_shop.load_payments", "bill_shop", "bill_shop.write_invoices"):
        assert [e["eventType"] for e in ran.of(job)].count("START") == 2
        assert sum(e["eventType"] in {"COMPLETE", "FAIL"} for e in ran.of(job)) == 2


def test_start_and_end_of_a_run_have_one_id(ran):
    for job in ("load_shop", "load_shop.load_orders"):
        ids = [e["run"]["runId"] for e in ran.of(job)]
        assert all(ids.count(i) == 2 for i in ids)


def test_a_task_is_part_of_its_dag_run(ran):
    dag_run, task = ran.first("load_shop"), ran.first("load_shop.load_orders")
    parent = facets(task)["parent"]
    assert parent["run"]["runId"] == dag_run["run"]["runId"]
    assert parent["job"]["name"] == "load_shop"
    assert parent["root"]["run"]["runId"] == dag_run["run"]["runId"]


def test_jobs_are_in_the_namespace_airflow(ran):
    assert {e["job"]["namespace"] for e in ran.events} == {"airflow"}


def test_nominal_time_is_that_of_the_dag_run(ran):
    for job in ("load_shop", "load_shop.load_orders"):
        assert facets(ran.first(job))["nominalTime"]["nominalStartTime"] == DAY_ONE.isoformat()


@pytest.mark.parametrize("job", ["load_shop", "load_shop.load_orders"])
def test_parameters_are_those_of_dag_and_conf(ran, job):
    assert parameters(ran.first(job)) == {"delimiter": ",", "password": "***"}


def test_params_without_conf_are_the_declared_ones(ran):
    assert parameters(ran.first("bill_shop")) == {"currency": "EUR"}


@pytest.mark.parametrize("job", ["load_shop", "load_shop.load_orders"])
def test_the_code_is_a_commit_in_git(ran, job):
    location = facets(ran.first(job), "job")["sourceCodeLocation"]
    assert location["type"] == "git"
    assert location["version"] == ran.commit
    assert location["repoUrl"] == "https://github.com/shop/dags.git"
    assert location["path"] == "load_shop.py"
    assert location["url"].startswith("https://github.com/shop/dags/blob/HEAD/load_shop.py#blob-")


def test_start_and_end_tell_the_same_code(ran):
    for job in ("load_shop", "load_shop.load_orders"):
        assert len({facets(e, "job")["sourceCodeLocation"]["url"] for e in ran.of(job)}) == 1


def test_versions_of_dag_and_bundle_are_tags_of_the_run(ran):
    dag_run, task = tags(ran.first("load_shop")), tags(ran.first("load_shop.load_orders"))
    assert dag_run["dag_version"] == "1"
    assert dag_run["dag_version_id"] == task["dag_version_id"]
    assert dag_run["dag_bundle"] == task["dag_bundle"] == "dags-folder"


def test_assets_are_datasets_as_dbt_names_them(ran):
    task = ran.first("load_shop.load_orders", "COMPLETE")
    namespace = f"duckdb://{ran.home / 'shop.duckdb'}"
    assert names(task["outputs"]) == {(namespace, "shop.raw.orders")}
    (source,) = names(task["inputs"])
    assert source[0] == "file"
    assert source[1].endswith("/till/orders")


def test_a_run_that_an_asset_triggered_names_what_it_depends_on(ran):
    upstream = facets(ran.first("bill_shop"))["jobDependencies"]["upstream"]
    assert "load_shop.load_payments" in {u["job"]["name"] for u in upstream}


def test_a_dag_run_that_a_task_triggered_is_part_of_that_task(ran):
    dag_run, trigger = ran.first("is_triggered"), ran.first("kinds_of_tasks.triggers")
    parent = facets(dag_run)["parent"]
    assert (parent["job"]["name"], parent["run"]["runId"]) == ("kinds_of_tasks.triggers", trigger["run"]["runId"])
    assert parent["root"]["run"]["runId"] == ran.first("kinds_of_tasks")["run"]["runId"]


def test_a_failed_task_says_why(ran):
    failed = ran.first("bill_shop.write_invoices", "FAIL")
    assert "amount_cents" in facets(failed)["errorMessage"]["message"]
    assert ran.first("bill_shop", "FAIL")


def test_owner_documentation_and_tags_come_along(ran):
    told = facets(ran.first("load_shop"), "job")
    assert told["ownership"]["owners"] == [{"name": "till-team"}]
    assert {t["key"] for t in told["tags"]["tags"]} == {"shop", "raw"}
    assert "till" in told["documentation"]["description"]


def test_no_secret_is_in_any_event(ran):
    assert [e["job"]["name"] for e in ran.events if SECRET in json.dumps(e)] == []


def test_no_secret_is_on_disk(ran):
    assert [f.name for f in (ran.home / "clew").iterdir() if f.is_file() and SECRET.encode() in f.read_bytes()] == []


@pytest.mark.parametrize("task", ["inherits", "appends", "in_python"])
def test_programs_that_a_task_starts_are_told_which_run_they_are_part_of(ran, task):
    told = json.loads((ran.home / f"{task}.json").read_text())
    start, dag_run = ran.first(f"kinds_of_tasks.{task}"), ran.first("kinds_of_tasks")
    assert told["CLEW_PARENT"] == f"airflow/kinds_of_tasks.{task}/{start['run']['runId']}"
    assert told["CLEW_ROOT"] == f"airflow/kinds_of_tasks/{dag_run['run']['runId']}"
    assert told["CLEW_HOME"] == str(ran.home / "clew")
    assert told["CLEW_URL"].startswith("http://127.0.0.1:")


def test_each_mapped_task_is_a_run_of_its_own(ran):
    starts = [e for e in ran.of("kinds_of_tasks.mapped") if e["eventType"] == "START"]
    assert len({e["run"]["runId"] for e in starts}) == len(starts) == 3


def test_a_try_that_failed_and_the_one_that_succeeded_are_two_runs(ran):
    kinds = {(e["run"]["runId"], e["eventType"]) for e in ran.of("kinds_of_tasks.second_try_works")}
    assert sorted(kind for _, kind in kinds) == ["COMPLETE", "FAIL", "START", "START"]
    assert len({run for run, _ in kinds}) == 2


def test_an_asset_that_an_alias_became_is_written(ran):
    end = ran.first("kinds_of_tasks.decides_what_it_writes", "COMPLETE")
    assert names(end["outputs"]) == {("duckdb:///data/shop.duckdb", "shop.billing.report")}


def test_a_file_that_a_task_opened_to_write_is_written(ran):
    end = ran.first("kinds_of_tasks.writes_a_file", "COMPLETE")
    assert names(end["outputs"]) == {("file", str(ran.home / "written.txt"))}


def of_airflow(event: dict[str, Any]) -> dict[str, Any]:
    return facets(event)["clew_airflow"]


def test_arguments_of_a_callable_are_parameters(ran):
    for kind in ("START", "COMPLETE"):
        told = parameters(ran.first("kinds_of_tasks.takes_arguments", kind))
        assert told == {
            "country": "de",
            "token": "***",
            "op_kwargs.day": "mon",
            "op_kwargs.limit": "10",
            "op_kwargs.till": '{"password":"***"}',
        }


def test_a_secret_argument_is_in_no_event(ran):
    assert [e["job"]["name"] for e in ran.events if "geheim-0815" in json.dumps(e)] == []


def test_where_and_how_a_task_ran(ran):
    told = of_airflow(ran.first("kinds_of_tasks.takes_arguments", "COMPLETE"))
    known = {
        "state": "success",
        "run_type": "manual",
        "try_number": 1,
        "tries": 3,
        "pool": "default_pool",
        "pool_slots": 2,
        "priority_weight": 7,
        "queue": "default",
        "trigger_rule": "all_done",
        "decorator": "@task",
        "operator": "airflow.providers.standard.decorators.python._PythonDecoratedOperator",
    }
    assert known.items() <= told.items()
    assert told["seconds"] > 0
    assert told["hostname"]


def test_a_task_has_an_owner_and_documentation_of_its_own(ran):
    told = facets(ran.first("kinds_of_tasks.takes_arguments"), "job")
    assert told["ownership"]["owners"] == [{"name": "ada"}]
    assert told["documentation"]["description"] == "Takes arguments."


def test_why_a_dag_run_came_to_be(ran):
    told = of_airflow(ran.first("bill_shop"))
    assert (told["run_type"], told["triggered_by"]) == ("asset_triggered", "asset")
    assert of_airflow(ran.first("kinds_of_tasks"))["triggered_by"] == "rest_api"


def test_a_task_that_skips_itself_says_so(ran):
    end = ran.first("kinds_of_tasks.skips", "COMPLETE")
    assert of_airflow(end)["state"] == "skipped"


def test_a_try_that_another_one_follows_says_so(ran):
    end = ran.first("kinds_of_tasks.second_try_works", "FAIL")
    assert of_airflow(end)["state"] == "up_for_retry"
    assert (of_airflow(end)["try_number"], of_airflow(end)["tries"]) == (1, 2)


@pytest.mark.parametrize(
    ("task", "language", "code"),
    [
        ("takes_arguments", "python", "def takes_arguments(day, limit=10"),
        ("chooses", "python", "def chooses():"),
        ("goes_on", "python", "def goes_on():"),
        ("inherits", "bash", "python3 -c"),
        ("in_a_group.in_an_image", "shell", "load --all"),
    ],
)
def test_source_code_is_told_of_all_that_have_it(ran, task, language, code):
    for kind in ("START", "COMPLETE"):
        told = facets(ran.first(f"kinds_of_tasks.{task}", kind), "job")["sourceCode"]
        assert told["language"] == language
        assert code in told["sourceCode"]


def test_assets_of_any_scheme_and_of_none_are_datasets(ran):
    end = ran.first("kinds_of_tasks.writes_assets", "COMPLETE")
    assert names(end["outputs"]) == {("s3://shop", "ledger"), ("asset", "stock"), ("wms://hall", "shelf/3")}


def test_an_asset_that_is_named_by_its_name_alone_is_looked_up(ran):
    assert names(ran.first("kinds_of_tasks.writes_assets")["inputs"]) == {("s3://shop", "ledger")}


def test_what_is_said_of_an_asset_and_of_its_change_comes_along(ran):
    (ledger,) = [d for d in ran.first("kinds_of_tasks.writes_assets", "COMPLETE")["outputs"] if d["name"] == "ledger"]
    told = ledger["facets"]["clew_asset"]
    assert (told["name"], told["group"], told["extra"]) == ("ledger", "books", {"team": "till"})
    assert ledger["outputFacets"]["clew_assetEvent"]["extra"] == {"row_count": 12, "late": True}
    assert ledger["outputFacets"]["outputStatistics"]["rowCount"] == 12


def test_a_mapped_task_tells_its_index_and_what_that_is_called(ran):
    told = of_airflow(ran.first("kinds_of_tasks.mapped_by_name", "COMPLETE"))
    assert (told["map_index"], told["rendered_map_index"]) == (0, "in at")


def test_a_container_tells_its_image_and_the_package_of_an_operator_its_version(ran):
    assert {"image": "shop/load:1", "image_digest": "sha256:abc"}.items() <= tags(
        ran.first("kinds_of_tasks.in_a_group.in_an_image")
    ).items()
    assert tags(ran.first("kinds_of_tasks.inherits"))["operator_package"] == "apache-airflow-providers-standard"


def test_a_task_in_a_group_tells_which(ran):
    assert of_airflow(ran.first("kinds_of_tasks.in_a_group.in_an_image"))["task_group"] == "in_a_group"


def test_the_end_of_a_dag_run_tells_how_long_each_task_waited_and_ran(ran):
    end = of_airflow(ran.first("kinds_of_tasks", "COMPLETE"))
    assert end["queued_seconds"] >= 0
    fared = {(task["task_id"], task.get("map_index")): task for task in end["tasks"]}
    assert {("mapped", 0), ("mapped", 1), ("mapped", 2), ("skips", None)} <= fared.keys()
    assert fared["second_try_works", None]["try_number"] == 2
    assert fared["skips", None]["state"] == "skipped"
    assert fared["skips", None]["queued_seconds"] > 0


@pytest.mark.parametrize("task", ["in_bash", "is_killed", "in_another_environment", "in_a_fork"])
def test_what_pythons_write_that_a_task_starts_is_written_by_the_task(ran, task):
    assert names(ran.first(f"starts_pythons.{task}", "COMPLETE")["outputs"]) == {("file", str(ran.home / f"{task}.csv"))}


def test_nothing_is_left_of_what_pythons_handed_over(ran):
    assert not list((ran.home / "clew" / "watching").iterdir())


def test_a_dag_that_is_left_out_is_in_no_event_and_what_its_tasks_start_is_told_so(ran):
    assert (ran.home / "left_out.csv").exists()
    assert [e["job"]["name"] for e in ran.events if "left_out" in json.dumps(e)] == []
    assert (ran.home / "left_out.txt").read_text() == "false\n"


def own(ran, *files: str) -> set[tuple[str, str]]:
    return {("file", str(ran.home / file)) for file in files}


@pytest.mark.parametrize(
    ("task", "end", "read", "written"),
    [
        ("with_object_storage", "COMPLETE", ["notes.csv"], ["notes.csv", "copied.csv"]),
        ("with_pandas", "COMPLETE", ["copied.csv"], ["cities.parquet"]),
        ("with_pyarrow", "COMPLETE", ["cities.parquet"], ["by_city"]),
        ("fails_after_reading", "FAIL", ["notes.csv"], []),
    ],
)
def test_files_that_a_tasks_own_code_reads_and_writes_are_its_datasets(ran, task, end, read, written):
    event = ran.first(f"reads_and_writes_files.{task}", end)
    assert (names(event["inputs"]), names(event["outputs"])) == (own(ran, *read), own(ran, *written))


def test_a_frame_tells_its_columns_and_rows(ran):
    event = ran.first("reads_and_writes_files.with_pandas", "COMPLETE")
    [read], [written] = event["inputs"], event["outputs"]
    assert [f["name"] for f in read["facets"]["schema"]["fields"]] == [f["name"] for f in written["facets"]["schema"]["fields"]]
    assert (read["inputFacets"]["inputStatistics"]["rowCount"], written["outputFacets"]["outputStatistics"]["rowCount"]) == (2, 2)


def test_what_a_tasks_own_code_does_makes_no_jobs_of_its_own(ran):
    jobs = {e["job"]["name"] for e in ran.events if e["job"]["name"].startswith("reads_and_writes_files")}
    tasks = {"with_object_storage", "with_pandas", "with_pyarrow", "fails_after_reading"}
    assert jobs == {"reads_and_writes_files", *(f"reads_and_writes_files.{task}" for task in tasks)}
