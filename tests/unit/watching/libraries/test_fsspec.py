from __future__ import annotations

import threading
import zipfile
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import fsspec
import pytest

from clew.watching import libraries, process
from clew.watching.libraries import fsspec as watched


def seen(watching) -> list[tuple[str, str]]:
    return [(thing.direction, thing.name) for thing in watching.things()]


@pytest.fixture
def local():
    return fsspec.filesystem("file")


@pytest.fixture
def orders(tmp_path):
    path = tmp_path / "orders.csv"
    path.write_text("id\n1\n")
    return path


@pytest.mark.parametrize(
    ("mode", "directions"), [("r", ["read"]), ("rb", ["read"]), ("w", ["write"]), ("ab", ["write"]), ("r+b", ["read", "write"])]
)
def test_a_file_is_read_or_written_as_it_is_opened(watching, local, orders, mode, directions):
    with local.open(orders, mode):
        pass
    assert seen(watching) == [(direction, str(orders)) for direction in directions]
    assert {thing.namespace for thing in watching.things()} == {"file"}


def test_an_open_file_is_what_it_was(watching, orders):
    with fsspec.open(orders, "rt") as file:
        assert file.read() == "id\n1\n"


def test_an_error_of_the_users_passes_and_nothing_is_seen(watching, local, tmp_path):
    with pytest.raises(FileNotFoundError):
        local.open(tmp_path / "missing.csv")
    assert seen(watching) == []


@pytest.mark.parametrize("call", ["cat", "cat_file", "read_text", "read_bytes", "head", "tail"])
def test_content_that_is_read_whole_is_read(watching, local, orders, call):
    getattr(local, call)(str(orders))
    assert seen(watching) == [("read", str(orders))]


@pytest.mark.parametrize(("call", "content"), [("pipe", b"id\n"), ("pipe_file", b"id\n"), ("write_text", "id\n"), ("write_bytes", b"id\n")])
def test_content_that_is_written_whole_is_written(watching, local, tmp_path, call, content):
    getattr(local, call)(str(tmp_path / "new.csv"), content)
    assert seen(watching) == [("write", str(tmp_path / "new.csv"))]


@pytest.mark.parametrize("call", ["copy", "cp", "cp_file", "mv", "move", "put", "put_file", "get", "get_file", "upload", "download"])
def test_of_a_copy_the_source_is_read_and_the_target_written(watching, local, orders, tmp_path, call):
    getattr(local, call)(str(orders), str(tmp_path / "copy.csv"))
    assert set(seen(watching)) == {("read", str(orders)), ("write", str(tmp_path / "copy.csv"))}


def test_what_is_written_and_removed_is_nothing(watching, local, tmp_path):
    local.makedirs(str(tmp_path / "folder"))
    local.pipe(str(tmp_path / "folder" / "a.csv"), b"id\n")
    local.pipe(str(tmp_path / "b.csv"), b"id\n")
    local.rm(str(tmp_path / "folder"), recursive=True)
    local.rm([str(tmp_path / "b.csv")])
    assert seen(watching) == []


def test_removing_what_was_there_before_tells_nothing(watching, local, orders):
    local.rm(str(orders))
    assert seen(watching) == []


def test_memory_is_no_place(watching):
    memory = fsspec.filesystem("memory")
    memory.pipe("/orders.csv", b"id\n")
    assert memory.cat("/orders.csv") == b"id\n"
    assert seen(watching) == []


def test_an_archive_is_the_file_that_it_is(watching, tmp_path):
    with zipfile.ZipFile(tmp_path / "orders.zip", "w") as archive:
        archive.writestr("orders.csv", "id\n")
    with fsspec.open(f"zip://orders.csv::file://{tmp_path}/orders.zip", "r") as file:
        assert file.read() == "id\n"
    assert seen(watching) == [("read", str(tmp_path / "orders.zip"))]


@pytest.fixture
def web(tmp_path):
    fsspec.get_filesystem_class("http").clear_instance_cache()  # one that another test made before watching tells nothing
    handler = partial(SimpleHTTPRequestHandler, directory=tmp_path)
    handler.log_message = lambda *_: None
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_file_system_that_a_dags_file_made_before_its_task_is_watched(web, orders):
    libraries.watch(["fsspec"])
    system = fsspec.filesystem("http", skip_instance_cache=True)
    recorder = process.begin(["fsspec"])
    system.cat(f"http://{web}/orders.csv")
    assert seen(recorder) == [("read", "orders.csv")]
    process.end()


def test_what_is_read_over_http_has_no_query_and_no_password(watching, orders, web):
    with fsspec.open(f"http://user:secret@{web}/orders.csv?token=secret", "rb") as file:
        assert file.read() == b"id\n1\n"
    [thing] = watching.things()
    assert (thing.direction, thing.namespace, thing.name) == ("read", f"http://{web}", "orders.csv")


def test_calls_of_asynchronous_file_systems_are_seen(watching, orders, web, tmp_path):
    system = fsspec.filesystem("http", skip_instance_cache=True)
    assert system.cat(f"http://{web}/orders.csv") == b"id\n1\n"
    system.get(f"http://{web}/orders.csv", str(tmp_path / "copy.csv"))
    assert seen(watching) == [("read", "orders.csv"), ("write", str(tmp_path / "copy.csv"))]


def test_a_cache_is_told_as_what_it_lies_over(watching, orders, web):
    with fsspec.open(f"simplecache::http://{web}/orders.csv", "rb") as file:
        file.read()
    assert seen(watching) == [("read", "orders.csv")]


class Store(fsspec.AbstractFileSystem):
    """A store of somebody's own, imported after watching began."""

    protocol = ("s3", "s3a")

    def _open(self, path, mode="rb", **options):
        return fsspec.filesystem("memory").open(path, mode, **options)


def test_file_systems_to_come_are_seen(watching):
    class Azure(Store):
        protocol = "abfs"
        account_name = "shop"

    Store(key="AKIA", secret="hidden").open("s3a://lake/orders/dt=2026-01-01/a.parquet", "wb").close()
    Azure().open("lake/orders.csv", "wb").close()
    assert [(t.namespace, t.name) for t in watching.things()] == [
        ("s3://lake", "orders"),
        ("abfss://lake@shop.dfs.core.windows.net", "orders.csv"),
    ]
    assert "hidden" not in repr(watching.things())


def test_a_version_without_a_call_that_is_known_costs_one_warning(caplog):
    class Changed:
        class AbstractFileSystem:
            pass

    libraries._watch("fsspec", Changed)
    libraries._watch("fsspec", Changed)
    assert len(caplog.records) == 1
    assert "does not know this version of fsspec" in caplog.text


def test_every_call_that_is_watched_is_there():
    from fsspec.asyn import AsyncFileSystem

    assert [name for name in watched._CALLS if not hasattr(AsyncFileSystem, name)] == []
