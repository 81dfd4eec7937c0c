"""The teller: from the records of dbt's process to events, whatever comes and whatever is missing."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import datetime, timezone
from pathlib import Path

import msgspec
import pytest

from clew.settings import Settings
from dbt_clew.artifacts.read import read_manifest
from dbt_clew.artifacts.shapes import Result
from dbt_clew.connection import from_credentials
from dbt_clew.live import facts, records
from dbt_clew.live import teller as teller_process
from dbt_clew.live.teller import Teller

GOLDEN = Path(__file__).parent / "golden" / "built"
KINDS = GOLDEN.parent / "kinds"
AT = datetime(2026, 1, 1, tzinfo=timezone.utc)
ID = json.loads((GOLDEN / "manifest.json").read_bytes())["metadata"]["invocation_id"]
SEED = next(unique_id for unique_id in read_manifest(GOLDEN / "manifest.json")[0].nodes if unique_id.startswith("seed."))


def begun(target: Path, **other: object) -> records.Begun:
    made = records.Begun(
        invocation_id=ID,
        started_at=AT,
        dbt_version="1.11.0",
        command="build",
        args={},
        project="shop",
        project_dir=str(target.parent),
        target_path=str(target),
        profile="shop",
        target="duckdb",
        connection=from_credentials("duckdb", {"path": "shop.duckdb"}),
    )
    return msgspec.structs.replace(made, **other)


def kinds(told: list[dict]) -> list[tuple[str, str]]:
    return [(e["eventType"], e["job"]["name"]) for e in told if "run" in e]


@pytest.fixture
def target(tmp_path):
    (tmp_path / "target").mkdir()
    shutil.copy(GOLDEN / "manifest.json", tmp_path / "target")
    return tmp_path / "target"


@pytest.fixture
def teller(tmp_path):
    return Teller(Settings(home=tmp_path / "home", column_lineage=False), {})


BEGUN = records.NodeBegun(unique_id=SEED, at=AT)
COMPILED = records.NodeCompiled(unique_id=SEED, code=None)
ENDED = records.NodeEnded(result=Result(unique_id=SEED, status="success"))
OVER = records.Ended(at=AT, exit_code=0)


def test_each_step_is_told_when_it_happens(teller, target):
    assert kinds(teller.hear(begun(target))) == [("START", "dbt-run-shop")]
    assert teller.hear(records.Parsed(manifest=str(target / "manifest.json"))) == []
    assert kinds(teller.hear(BEGUN)) == []
    assert kinds(teller.hear(COMPILED)) == [("START", SEED)]
    assert kinds(teller.hear(ENDED)) == [("COMPLETE", SEED)]
    assert kinds(teller.hear(OVER)) == [("COMPLETE", "dbt-run-shop")]


def test_a_start_has_the_sql_and_the_columns_that_its_end_has_so_that_one_run_makes_one_version(tmp_path, target):
    teller = Teller(Settings(home=tmp_path / "home"), {})
    model, code = "model.shop.stg_orders", "select order_id, 1 as new from shop.raw.orders"
    teller.hear(begun(target))
    teller.hear(records.Parsed(manifest=str(target / "manifest.json")))
    teller.hear(records.NodeBegun(unique_id=model, at=AT))
    (start,) = teller.hear(records.NodeCompiled(unique_id=model, code=code))
    (end,) = teller.hear(records.NodeEnded(result=Result(unique_id=model, status="success", compiled_code=code)))
    assert (start["job"], start["inputs"], start["outputs"]) == (end["job"], end["inputs"], end["outputs"])
    assert start["job"]["facets"]["sql"]["query"] == code
    assert "new" in [field["name"] for field in start["outputs"][0]["facets"]["schema"]["fields"]]


def test_a_node_that_does_not_compile_began_when_dbt_said_so(teller, target):
    for record in (begun(target), records.Parsed(manifest=str(target / "manifest.json")), BEGUN):
        teller.hear(record)
    told = teller.hear(records.NodeEnded(result=Result(unique_id=SEED, status="error", message="Compilation Error")))
    assert kinds(told) == [("START", SEED), ("FAIL", SEED)]
    assert told[0]["eventTime"] == "2026-01-01T00:00:00+00:00"


def test_a_clone_reads_the_table_of_the_state_that_it_was_given(teller, tmp_path):
    shutil.copytree(KINDS.parent / "cloned", tmp_path / "target")
    shutil.copytree(KINDS, tmp_path / "state")
    invocation_id = read_manifest(tmp_path / "target" / "manifest.json")[0].metadata.invocation_id
    args = {"which": "clone", "state": "state"}
    teller.hear(begun(tmp_path / "target", invocation_id=invocation_id, command="clone", args=args))
    teller.hear(records.Parsed(manifest=str(tmp_path / "target" / "manifest.json")))
    teller.hear(records.NodeBegun(unique_id="model.kinds.orders", at=AT))
    (start,) = teller.hear(records.NodeCompiled(unique_id="model.kinds.orders", code=None))
    assert [d["name"] for d in (*start["inputs"], *start["outputs"])] == ["kinds.main.orders", "kinds.ci.orders"]


def test_a_saved_query_that_dbt_does_not_export_is_no_run(teller, tmp_path):
    manifest = KINDS / "manifest.json"
    query = "saved_query.kinds.revenue_by_day"
    teller.hear(begun(tmp_path, invocation_id=json.loads(manifest.read_bytes())["metadata"]["invocation_id"]))
    teller.hear(records.Parsed(manifest=str(manifest)))
    assert teller.hear(records.NodeBegun(unique_id=query, at=AT)) == []
    assert teller.hear(records.NodeCompiled(unique_id=query, code=None)) == []
    assert teller.hear(records.NodeEnded(result=Result(unique_id=query, status="no-op"))) == []
    assert kinds(teller.hear(OVER)) == [("COMPLETE", "dbt-run-shop")]


def test_what_was_open_when_dbt_was_killed_is_aborted(teller, target):
    for record in (begun(target), records.Parsed(manifest=str(target / "manifest.json")), BEGUN, COMPILED):
        teller.hear(record)
    assert kinds(teller.killed(AT)) == [("ABORT", SEED), ("ABORT", "dbt-run-shop")]


def test_what_was_being_compiled_when_dbt_was_killed_is_aborted(teller, target):
    for record in (begun(target), records.Parsed(manifest=str(target / "manifest.json")), BEGUN):
        teller.hear(record)
    assert kinds(teller.killed(AT)) == [("START", SEED), ("ABORT", SEED), ("ABORT", "dbt-run-shop")]


def test_once_somebody_waits_for_the_end_nodes_are_told_without_column_lineage_and_the_log_says_so(tmp_path, target, caplog):
    waits = []
    teller = Teller(Settings(home=tmp_path / "home"), {}, lambda: bool(waits))
    models = ["model.shop.stg_customers", "model.shop.stg_payments"]
    teller.hear(begun(target))
    teller.hear(records.Parsed(manifest=str(target / "manifest.json")))
    in_time = teller.hear(records.NodeEnded(result=Result(unique_id=models[0], status="success")))[-1]
    waits.append(True)
    too_late = teller.hear(records.NodeEnded(result=Result(unique_id=models[1], status="success")))[-1]
    assert ["columnLineage" in e["outputs"][0]["facets"] for e in (in_time, too_late)] == [True, False]
    teller.hear(OVER)
    assert "the columns of 1 tables" in caplog.text


def test_a_dbt_that_was_killed_before_it_knew_its_project_is_not_told(teller):
    assert teller.killed(AT) == []


def test_a_manifest_that_another_invocation_has_replaced_is_not_believed(teller, target):
    teller.hear(begun(target, invocation_id="ours"))
    teller.hear(records.Parsed(manifest=str(target / "manifest.json")))
    assert teller.hear(BEGUN) == []
    assert kinds(teller.hear(OVER)) == [("COMPLETE", "dbt-run-shop")]


def test_nodes_are_told_at_the_end_when_the_manifest_is_there_again(teller, target):
    theirs = (target / "manifest.json").read_bytes()
    (target / "manifest.json").write_bytes(theirs[: len(theirs) // 2])
    for record in (begun(target), records.Parsed(manifest=str(target / "manifest.json")), BEGUN, ENDED):
        teller.hear(record)
    (target / "manifest.json").write_bytes(theirs)
    assert kinds(teller.hear(OVER)) == [("START", SEED), ("COMPLETE", SEED), ("COMPLETE", "dbt-run-shop")]


def test_a_manifest_that_was_written_for_us_is_removed(teller, target):
    teller.hear(begun(target, invocation_id="ours"))
    teller.hear(records.Parsed(manifest=str(target / "manifest.json"), ours=True))
    assert not (target / "manifest.json").exists()
    teller.hear(BEGUN)
    assert kinds(teller.hear(COMPILED)) == [("START", SEED)]


def test_what_dbts_events_left_out_is_told_from_its_run_results(teller, target):
    results = json.loads((GOLDEN / "run_results.json").read_bytes())
    results["metadata"]["invocation_id"] = ID
    (target / "run_results.json").write_text(json.dumps(results))
    teller.hear(begun(target))
    teller.hear(records.Parsed(manifest=str(target / "manifest.json")))
    assert ("COMPLETE", SEED) in kinds(teller.hear(OVER))


def test_of_a_node_in_batches_only_the_whole_is_told(teller, target):
    teller.hear(begun(target))
    teller.hear(records.Parsed(manifest=str(target / "manifest.json")))
    teller.hear(BEGUN)
    teller.hear(COMPILED)
    batch = msgspec.structs.replace(ENDED, tentative=True)
    assert teller.hear(batch) == teller.hear(batch) == []
    assert kinds(teller.hear(OVER)) == [("COMPLETE", SEED), ("COMPLETE", "dbt-run-shop")]


def test_of_a_command_that_executes_nothing_the_invocation_alone_is_told(teller, target):
    teller.hear(begun(target, command="compile"))
    teller.hear(records.Parsed(manifest=str(target / "manifest.json")))
    assert teller.hear(BEGUN) == []
    assert kinds(teller.hear(OVER)) == [("COMPLETE", "dbt-run-shop")]


class TestProcess:
    def run(self, home: Path, file: Path, lines: bytes) -> int:
        """Run a teller over lines, with a file of facts."""
        held = facts.take(file)
        assert held is not None
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("CLEW_", "OPENLINEAGE_"))}
        environ = {"CLEW_HOME": str(home), "CLEW_URL": "http://127.0.0.1:9", "CLEW_RELAY": "false", "PYTHONPATH": os.pathsep.join(sys.path)}
        command = [sys.executable, "-m", "dbt_clew.live.teller", str(file.parent), str(held)]
        try:
            return subprocess.run(command, input=lines, env={**kept, **environ}, pass_fds=(held,), check=False, cwd="/").returncode
        finally:
            os.close(held)

    def test_it_leaves_what_it_knows_and_that_all_is_told(self, tmp_path, target):
        lines = b"".join(records.encode(record) + b"\n" for record in (begun(target), OVER))
        assert self.run(tmp_path / "home", tmp_path / "facts", lines) == 0
        left = facts.read(tmp_path / "facts")
        assert left is not None
        assert (left.invocation_id, left.told) == (ID, True)
        with closing(sqlite3.connect(tmp_path / "home" / "outbox.db")) as outbox:
            assert outbox.execute("SELECT count(*) FROM events").fetchone() == (2,)

    def test_an_outbox_that_cannot_be_written_is_not_called_told(self, tmp_path, target):
        (tmp_path / "home").write_text("a file where the folder should be")
        assert self.run(tmp_path / "home", tmp_path / "facts", records.encode(begun(target)) + b"\n") == 1
        left = facts.read(tmp_path / "facts")
        assert left is not None
        assert not left.told

    def test_a_line_that_is_no_record_is_said_in_its_log_and_the_rest_is_told(self, tmp_path, target):
        lines = records.encode(begun(target)) + b'\n{"type": "FromTheFuture"}\n' + records.encode(OVER) + b"\n"
        assert self.run(tmp_path / "home", tmp_path / "facts", lines) == 0
        assert "of another version" in (tmp_path / "home" / "dbt.log").read_text()


def test_the_wrapper_waits_until_no_teller_holds_the_facts(tmp_path):
    held = facts.take(tmp_path / "facts")
    assert held is not None
    assert facts.take(tmp_path / "facts") is None
    holder = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE, pass_fds=(held,))
    known = msgspec.convert(begun(tmp_path), facts.Facts, from_attributes=True)
    facts.write(held, known)
    os.close(held)
    assert facts.take(tmp_path / "facts") is None
    holder.communicate()
    assert facts.read(tmp_path / "facts", seconds=60) == known


def test_records_that_come_soon_are_told_together_and_at_dbts_end_nobody_waits_for_more(monkeypatch):
    monkeypatch.setattr(teller_process, "GATHER", 3600.0)
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as pipe, os.fdopen(writing, "wb", buffering=0) as dbt:
        told = teller_process.Lines(pipe).waiting()
        dbt.write(b"first\n")
        assert next(told) == b"first\n"
        dbt.write(b"second\n")
        dbt.close()
        assert list(told) == [b"second\n", b""]
