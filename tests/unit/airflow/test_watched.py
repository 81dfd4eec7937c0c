"""What a task's code read and wrote joins the event that ends its try."""

from __future__ import annotations

import sys
import types

import pytest

from clew.watching import process
from clew.watching.seen import Database, Seen, Statement
from clew_airflow import watched

RUN = "3f5e83fa-3480-44ff-99c5-ff943904e5e8"
FILE = {"namespace": "file", "name": "/data/in.csv", "facets": {}}


@pytest.fixture(autouse=True)
def nothing_is_ours(monkeypatch):
    monkeypatch.setattr(watched, "_of_others", list)
    yield
    process.end()


def event(kind: str, run: str = RUN, **more):
    return {"eventType": kind, "run": {"runId": run, "facets": {}}, "job": {}, "inputs": [], "outputs": [], **more}


def see_a_file():
    process.begin([], of=RUN)
    process.see(Seen(direction="read", namespace="file", name="/data/in.csv"))


@pytest.mark.parametrize("kind", ["COMPLETE", "FAIL"])
def test_the_end_of_the_try_tells_what_was_seen(kind):
    see_a_file()
    assert watched.with_seen(event(kind))["inputs"] == [FILE]
    assert not process.recording()


class TaskDeferred(BaseException):
    """As Airflow has it."""

    def __init__(self, *, trigger: object, method_name: str) -> None:
        super().__init__(trigger, method_name)


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("CLEW_HOME", str(tmp_path))
    return tmp_path


def defer(monkeypatch, kind: type[BaseException] = TaskDeferred):
    """Do what a task does that goes on in another process."""
    monkeypatch.setattr(kind, "__init__", kind.__init__)  # put back after the test
    watched._watch_deferral(types.SimpleNamespace(TaskDeferred=kind))
    return kind(trigger="in an hour", method_name="go_on")


def test_a_task_that_goes_on_in_another_process_tells_at_its_end_what_the_first_one_saw(home, monkeypatch):
    see_a_file()
    assert defer(monkeypatch).args == ("in an hour", "go_on")
    assert not process.recording()
    process.begin([], of=RUN)
    process.see(Seen(direction="write", namespace="s3://lake", name="out.csv"))
    end = watched.with_seen(event("COMPLETE"))
    assert (end["inputs"], [d["name"] for d in end["outputs"]]) == ([FILE], ["out.csv"])
    assert list((home / "watching").iterdir()) == []


def test_what_a_deferred_task_saw_is_told_when_it_does_not_go_on(home, monkeypatch):
    see_a_file()
    defer(monkeypatch)
    assert watched.with_seen(event("FAIL"))["inputs"] == [FILE]


def test_another_run_has_nothing_of_a_deferred_task(home, monkeypatch):
    see_a_file()
    defer(monkeypatch)
    assert watched.with_seen(event("COMPLETE", run="another"))["inputs"] == []
    assert watched.with_seen(event("COMPLETE"))["inputs"] == [FILE]


def test_what_a_deferred_task_saw_lies_there_for_its_user_alone_and_without_values(home, monkeypatch):
    process.begin([], of=RUN)
    process.see(Statement(database=Database(adapter="sqlite", path="/shop.db"), text="select * from a where name = 'secret'"))
    defer(monkeypatch)
    [folder] = (home / "watching").iterdir()
    [file] = folder.iterdir()
    assert (folder.stat().st_mode & 0o777, file.stat().st_mode & 0o777) == (0o700, 0o600)
    assert "secret" not in file.read_text()


def test_a_task_that_saw_nothing_leaves_nothing(home, monkeypatch):
    process.begin([], of=RUN)
    defer(monkeypatch)
    assert not (home / "watching").exists()


@pytest.mark.parametrize("other", [event("START"), event("RUNNING"), event("COMPLETE", run="another")])
def test_other_events_stay_as_they_are(other):
    see_a_file()
    assert watched.with_seen(other) == other
    assert process.recording()


def test_names_without_a_schema_are_looked_for_where_somebody_has_asked():
    shop = Database(adapter="postgres", host="db", port=5432, name="shop")
    process.begin([], of=RUN)
    process.see(Statement(database=shop, text="select * from a"))
    watched.note_schema(shop, "till")
    assert [d["name"] for d in watched.with_seen(event("COMPLETE"))["inputs"]] == ["shop.till.a"]


def test_an_error_of_the_providers_parser_is_left_out_where_the_driver_told_what_it_ran():
    process.begin([], of=RUN)
    process.see(Statement(database=Database(adapter="postgres", host="db"), text="select 1"))
    told = event("COMPLETE")
    told["run"]["facets"] = {"extractionError": {}, "airflow": {}}
    assert watched.with_seen(told)["run"]["facets"] == {"airflow": {}}


def test_where_nothing_is_to_be_watched_nothing_is():
    watched.begin(None, {})
    watched.begin(f"airflow/dag.task/{RUN}", {"CLEW_WATCH": "none"})
    assert not process.recording()


@pytest.mark.parametrize(("module", "reader"), watched._READERS.items())
def test_libraries_are_watched_before_a_dags_file_is_read_and_not_earlier(monkeypatch, module, reader):
    happened = []
    reads = types.ModuleType(module)
    setattr(reads, reader, lambda what: happened.append(("read", what)))
    monkeypatch.setenv("CLEW_WATCH", "pandas")
    monkeypatch.setattr(watched.libraries, "watch", lambda names: happened.append(("watch", names)))
    monkeypatch.setitem(sys.modules, module, reads)
    watched.watch_what_dags_import()
    assert happened == []
    getattr(reads, reader)("dag.py")
    assert happened == [("watch", ("pandas",)), ("read", "dag.py")]


@pytest.mark.parametrize(
    ("namespace", "name", "own"),
    [
        ("postgres://meta:5432", "airflow.public.dag_run", True),
        ("mysql://meta:3306", "airflow.dag_run", True),
        ("postgres://meta:5432", "airflow.public.orders", False),
        ("postgres://meta:5432", "shop.public.dag_run", False),
        ("postgres://db:5432", "airflow.public.dag_run", False),
    ],
)
def test_tables_of_the_metadata_database_are_airflows_own_and_others_beside_them_are_not(namespace, name, own):
    url = "postgresql+psycopg2://me:geheim@meta/airflow"
    assert watched.is_table_of({"namespace": namespace, "name": name}, url, {"dag_run"}) is own
