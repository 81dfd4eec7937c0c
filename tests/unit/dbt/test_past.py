"""Past runs of dbt, wherever their artifacts lie, are sent oldest first; one that cannot be read stops no other."""

from __future__ import annotations

import functools
import http.server
import json
import shutil
import sys
import threading
import zipfile
from contextlib import contextmanager

import fsspec
import pytest
from click.testing import CliRunner

from clew.cli import cli
from clew.errors import BadArtifact
from dbt_clew import past
from tests.unit.dbt import projects
from tests.unit.shaping._events import play

PROJECT = "{name: shop, profile: shop}"


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    for variable in ("CLEW_URL", "CLEW_NAMESPACE", "OPENLINEAGE_URL", "OPENLINEAGE_NAMESPACE"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("CLEW_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("CLEW_RELAY", "false")
    monkeypatch.setenv("CLEW_COLUMN_LINEAGE", "false")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "home"


def a_run(folder, day=1):
    """Write the artifacts of a run on a day of March."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    at = f"2026-03-{day:02}T08:00:00Z"
    said = {"invocation_id": f"00000000-0000-0000-0000-{day:012}", "generated_at": at, "invocation_started_at": at}
    result = projects.result("model.shop.a", timing=[{"name": "execute", "started_at": at, "completed_at": at.replace(":00Z", ":30Z")}])
    return projects.target(folder, [projects.node("model.shop.a")], [result], metadata=said)


def send(*words):
    return CliRunner().invoke(cli, ["send", *map(str, words)])


def days(sent):
    """Return the days whose runs were written to standard output, in their order."""
    events = map(json.loads, sent.stdout.splitlines())
    ids = [e["run"]["facets"]["clew_dbt"]["invocationId"] for e in events if "clew_dbt" in e["run"]["facets"]]
    return [int(day[-2:]) for day in dict.fromkeys(ids)]


class TestFolders:
    def test_all_runs_in_a_folder_are_sent_oldest_first(self, tmp_path):
        for name, day in (("a", 3), ("b/target", 1), ("c/d/e", 2)):
            a_run(tmp_path / "runs" / name, day)
        sent = send(tmp_path / "runs", "--output", "-")
        assert (sent.exit_code, days(sent)) == (0, [1, 2, 3])

    def test_what_dbt_compiled_into_a_target_directory_is_no_run_of_its_own(self, tmp_path):
        target = a_run(tmp_path / "target")
        a_run(target / "compiled" / "run_results.json" / "x")
        assert len(past.find(str(target))) == 1

    def test_several_sources_are_one_history(self, tmp_path):
        late, early = a_run(tmp_path / "late", 9), a_run(tmp_path / "early", 2)
        assert days(send(late, early, "-o", "-")) == [2, 9]

    def test_the_results_file_itself_is_its_run(self, tmp_path):
        target = a_run(tmp_path / "target")
        assert days(send(target / "run_results.json", "-o", "-")) == [1]

    @pytest.mark.parametrize("named", ["{}.json?step=3", "1234-{}.json", "{}_1234.json"])
    def test_files_are_together_that_are_named_alike_as_downloads_are(self, tmp_path, named):
        for day in (1, 2):
            target = a_run(tmp_path / "made", day)
            downloads = tmp_path / "downloads"
            downloads.mkdir(exist_ok=True)
            for kind in ("run_results", "manifest"):
                name = named.format(kind).replace("1234", f"123{day}").replace("step=3", f"step={day}")
                shutil.copy(target / f"{kind}.json", downloads / name)
        assert days(send(tmp_path / "downloads", "-o", "-")) == [1, 2]

    def test_one_manifest_may_be_shared_by_the_runs_below_it(self, tmp_path):
        for day in (1, 2):
            a_run(tmp_path / "runs" / f"day{day}", day)
            shutil.move(tmp_path / "runs" / f"day{day}" / "manifest.json", tmp_path / "runs" / "manifest.json")
        assert days(send(tmp_path / "runs", "-o", "-")) == [1, 2]

    def test_a_zip_is_read_as_the_folder_that_it_holds(self, tmp_path):
        with zipfile.ZipFile(tmp_path / "runs.zip", "w") as packed:
            for day in (2, 1):
                for file in a_run(tmp_path / f"day{day}", day).iterdir():
                    packed.write(file, f"runs/{day}/{file.name}")
        assert days(send(tmp_path / "runs.zip", "-o", "-")) == [1, 2]

    @pytest.mark.parametrize("source", ["nowhere", "empty", "broken.zip"])
    def test_where_there_is_no_run_it_says_so(self, tmp_path, source):
        (tmp_path / "empty").mkdir()
        (tmp_path / "broken.zip").write_bytes(b"PK")
        error = send(tmp_path / source).exception
        assert isinstance(error, BadArtifact)
        assert source in str(error)


class TestOneBadRun:
    def test_it_is_said_in_a_line_and_the_others_are_sent(self, tmp_path):
        for day in (1, 2, 3):
            a_run(tmp_path / "runs" / f"day{day}", day)
        (tmp_path / "runs" / "day2" / "manifest.json").write_text("{")
        sent = send(tmp_path / "runs", "-o", "-")
        assert (sent.exit_code, days(sent)) == (1, [1, 3])
        assert "Not sent: " in sent.stderr
        assert "day2" in sent.stderr
        assert "1 run of 3 could not be read" in sent.stderr

    def test_one_in_a_store_is_named_by_its_own_place(self, tmp_path):
        fs = fsspec.filesystem("memory")
        for day in (1, 2):
            fs.put(str(a_run(tmp_path / f"day{day}", day)) + "/", f"/bad/day{day}/", recursive=True)
        fs.pipe("/bad/day1/manifest.json", b"{")
        sent = send("memory://bad")
        assert "memory://bad/day1" in sent.stderr
        assert sent.exit_code == 1
        fs.rm("/bad", recursive=True)


class TestProgress:
    def test_each_run_is_a_line_while_it_goes_on_and_the_end_counts(self, tmp_path):
        for day in (1, 2):
            a_run(tmp_path / "runs" / f"day{day}", day)
        first, second, end = send(tmp_path / "runs").stdout.splitlines()
        assert first == f"1/2  2026-03-01 08:00  build  model: 1 ok  {tmp_path}/runs/day1"
        assert second.startswith("2/2  2026-03-02 08:00")
        assert end.startswith("2 runs, 8 events → http://127.0.0.1:5000 (in the outbox until")

    def test_as_json_each_run_is_an_object(self, tmp_path):
        for day in (1, 2):
            a_run(tmp_path / "runs" / f"day{day}", day)
        assert [json.loads(line)["nodes"] for line in send(tmp_path / "runs", "--json").stdout.splitlines()] == [{"model": {"ok": 1}}] * 2

    def test_what_is_odd_of_every_run_is_warned_of_once(self, tmp_path):
        for day in (1, 2, 3):
            a_run(tmp_path / "runs" / f"day{day}", day)
        assert send(tmp_path / "runs").stderr.count("no profiles.yml of the project was found") == 1


def test_a_run_that_is_sent_again_has_the_same_events(tmp_path):
    target = a_run(tmp_path / "target")
    assert send(target, "-o", "-").stdout == send(target, "-o", "-").stdout


def test_history_that_is_sent_late_leaves_the_newest_run_the_current_one(tmp_path):
    late, early = a_run(tmp_path / "late", 9), a_run(tmp_path / "early", 2)
    told = [json.loads(line) for target in (late, early) for line in send(target, "-o", "-").stdout.splitlines()]
    reached = play(*told)
    for job in {event["job"]["name"] for event in told}:
        last = [event for event in reached if event["job"]["name"] == job][-1]
        assert (last["eventType"], last["eventTime"][:10]) == ("COMPLETE", "2026-03-09")
        assert last["run"]["facets"]["clew_dbt"]["invocationId"].endswith("9")


class TestStores:
    @pytest.fixture
    def runs(self, tmp_path):
        for day in (2, 1):
            a_run(tmp_path / "runs" / f"day{day}", day)
        return tmp_path / "runs"

    def test_an_object_store(self, runs):
        fs = fsspec.filesystem("memory")
        fs.put(f"{runs}/", "/bucket/runs/", recursive=True)
        assert days(send("memory://bucket/runs", "-o", "-")) == [1, 2]
        assert days(send("memory://bucket/runs/day2/", "-o", "-")) == [2]
        fs.rm("/bucket", recursive=True)

    def test_a_file_url(self, runs):
        assert days(send(runs.as_uri(), "-o", "-")) == [1, 2]

    def test_a_web_server_that_lists_its_folders(self, runs):
        with served(runs) as url:
            assert days(send(f"{url}/day1/", "-o", "-")) == [1]

    def test_a_web_server_that_lists_nothing_by_the_results_file(self, runs):
        with served(runs) as url:
            assert days(send(f"{url}/day2/run_results.json", "-o", "-")) == [2]

    def test_what_cannot_be_reached_is_named_without_its_password(self):
        error = send("http://me:s3cret@127.0.0.1:1/runs").exception
        assert isinstance(error, BadArtifact)
        assert str(error).startswith("http://127.0.0.1:1/runs: ")
        assert "s3cret" not in str(error)

    def test_a_scheme_that_nobody_knows_is_an_error(self):
        error = send("nosuch://bucket/runs").exception
        assert isinstance(error, BadArtifact)
        assert "nosuch" in str(error)

    def test_a_store_whose_package_is_missing_says_which(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "s3fs", None)
        error = send("s3://bucket/runs").exception
        assert isinstance(error, BadArtifact)
        assert "s3fs" in str(error)

    def test_without_fsspec_it_says_what_to_install(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "fsspec", None)
        error = send("s3://bucket/runs").exception
        assert isinstance(error, BadArtifact)
        assert "needs fsspec" in str(error)

    def test_a_file_of_something_else_is_an_error_that_names_it(self, tmp_path):
        (tmp_path / "pyproject.toml").touch()
        error = send(str(tmp_path / "pyproject.toml")).exception
        assert isinstance(error, BadArtifact)
        assert str(error).startswith(f"{tmp_path}/pyproject.toml: neither")

    def test_a_sources_json_that_is_not_dbts_is_no_run(self, tmp_path):
        (tmp_path / "sources.json").write_text('{"docker": []}')
        error = send(str(tmp_path)).exception
        assert isinstance(error, BadArtifact)
        assert "no run of dbt" in str(error)

    def test_an_empty_place_is_an_error(self):
        assert isinstance(send("memory://nothing/here").exception, BadArtifact)


@contextmanager
def served(folder):
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
