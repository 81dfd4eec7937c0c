from __future__ import annotations

import logging

import boto3
import pytest
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError
from moto.server import ThreadedMotoServer

from clew.watching import libraries

LAKE = "s3://lake"


@pytest.fixture(scope="module")
def endpoint():
    server = ThreadedMotoServer("127.0.0.1", 0)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server.start()
    yield "http://{}:{}".format(*server.get_host_and_port())
    server.stop()


@pytest.fixture
def store(endpoint, watching):
    def connected(kind):
        return kind("s3", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="AKIA", aws_secret_access_key="hidden")

    client = connected(boto3.client)
    client.create_bucket(Bucket="lake")
    client.resource = connected(boto3.resource)
    return client


def seen(watching) -> list[tuple[str, str, str]]:
    return [(t.direction, t.namespace, t.name) for t in watching.things()]


def test_an_object_is_written_and_read(watching, store):
    store.put_object(Bucket="lake", Key="raw/orders.csv", Body=b"id\n")
    assert store.get_object(Bucket="lake", Key="raw/orders.csv")["Body"].read() == b"id\n"
    assert seen(watching) == [("write", LAKE, "raw/orders.csv"), ("read", LAKE, "raw/orders.csv")]


def test_a_partition_is_its_table(watching, store):
    for day in ("2026-01-01", "2026-01-02"):
        store.put_object(Bucket="lake", Key=f"orders/dt={day}/a.parquet", Body=b"")
    assert seen(watching) == [("write", LAKE, "orders")]


def test_a_copy_reads_and_writes(watching, store):
    store.put_object(Bucket="lake", Key="a.csv", Body=b"id\n")
    watching.forget(LAKE, "a.csv")
    store.copy_object(Bucket="lake", Key="b.csv", CopySource="lake/a.csv")
    store.copy({"Bucket": "lake", "Key": "a.csv"}, "lake", "c.csv")
    assert seen(watching) == [("read", LAKE, "a.csv"), ("write", LAKE, "b.csv"), ("write", LAKE, "c.csv")]


def test_an_upload_reads_the_local_file_and_a_download_writes_it(watching, store, tmp_path):
    (tmp_path / "a.csv").write_text("id\n")
    store.upload_file(str(tmp_path / "a.csv"), "lake", "up.csv")
    store.resource.Bucket("lake").download_file("up.csv", str(tmp_path / "b.csv"))
    assert set(seen(watching)) == {
        ("read", "file", str(tmp_path / "a.csv")),
        ("write", LAKE, "up.csv"),
        ("read", LAKE, "up.csv"),
        ("write", "file", str(tmp_path / "b.csv")),
    }


def test_an_upload_in_parts_is_one_object(watching, store, tmp_path):
    large = 5 * 1024 * 1024
    (tmp_path / "large.bin").write_bytes(b"x" * (large + 1))
    store.upload_file(str(tmp_path / "large.bin"), "lake", "large.bin", Config=TransferConfig(multipart_threshold=large))
    assert set(seen(watching)) == {("read", "file", str(tmp_path / "large.bin")), ("write", LAKE, "large.bin")}


def test_what_was_written_and_deleted_is_nothing(watching, store):
    for key in ("a.tmp", "b.tmp"):
        store.put_object(Bucket="lake", Key=key, Body=b"")
    store.delete_object(Bucket="lake", Key="a.tmp")
    store.delete_objects(Bucket="lake", Delete={"Objects": [{"Key": "b.tmp"}]})
    assert seen(watching) == []


def test_asking_about_objects_reads_nothing(watching, store):
    store.list_objects_v2(Bucket="lake")
    store.list_buckets()
    assert seen(watching) == []


def test_an_error_of_the_users_passes_and_nothing_is_seen(watching, store):
    with pytest.raises(ClientError, match="NoSuchKey"):
        store.get_object(Bucket="lake", Key="missing.csv")
    assert seen(watching) == []


def test_nothing_of_the_credentials_is_seen(watching, store):
    store.put_object(Bucket="lake", Key="a.csv", Body=b"hidden")
    assert "hidden" not in repr(watching.things())
    assert "AKIA" not in repr(watching.things())


def test_a_version_without_the_call_costs_one_warning(caplog):
    libraries._watch("boto3", type("Changed", (), {"BaseClient": type("BaseClient", (), {})}))
    assert "does not know this version of boto3" in caplog.text
    assert len(caplog.records) == 1
