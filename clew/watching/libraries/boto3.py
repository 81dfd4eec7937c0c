"""boto3: objects of S3 that are read, written, copied or removed by clients, resources and transfers, with the local file of a transfer.

Seen where every call of a client goes through, so it does not matter who made the client; buckets that are reached through an access
point are not. Not seen: listings, metadata, other services. Removing tells nothing, but what a run wrote and removed was never there.
"""

from __future__ import annotations

from typing import Any

from clew.naming import from_uri
from clew.watching import files
from clew.watching.calls import after
from clew.watching.libraries import watch_part

_READS = frozenset({"GetObject", "SelectObjectContent"})
_WRITES = frozenset({"PutObject", "CompleteMultipartUpload"})
_COPIES = frozenset({"CopyObject", "UploadPartCopy"})


def watch(module: Any) -> None:
    """Have clients tell of calls to S3, and transfers of their local files."""
    watch_part("boto3", "boto3.s3.transfer", _watch_transfers)
    after(module, "BaseClient._make_api_call", _called)


def _watch_transfers(module: Any) -> None:
    after(module, "S3Transfer.upload_file", _uploaded)
    after(module, "S3Transfer.download_file", _downloaded)


def _called(_: Any, client: Any, operation: str, given: dict[str, Any]) -> None:
    if "Bucket" not in given or client.meta.service_model.service_name != "s3":
        return
    bucket = given["Bucket"]
    if operation in _READS:
        files.tell_named("read", _object(bucket, given["Key"]))
    elif operation in _WRITES:
        files.tell_named("write", _object(bucket, given["Key"]))
    elif operation in _COPIES:
        files.tell_copied(_source(given["CopySource"]), _object(bucket, given["Key"]))
    elif operation == "DeleteObject":
        files.tell_removed(_object(bucket, given["Key"]))
    elif operation == "DeleteObjects":
        for one in given["Delete"]["Objects"]:
            files.tell_removed(_object(bucket, one["Key"]))


def _uploaded(_: Any, __: Any, filename: Any, bucket: str, key: str, *___: Any, **____: Any) -> None:
    files.tell_copied(files.named(filename), _object(bucket, key))


def _downloaded(_: Any, __: Any, bucket: str, key: str, filename: Any, *___: Any, **____: Any) -> None:
    files.tell_copied(_object(bucket, key), files.named(filename))


def _source(given: Any) -> tuple[str, str] | None:
    """Return the object that a copy is made of: `bucket/key?versionId=…`, or a mapping."""
    if isinstance(given, str):
        bucket, _, key = given.lstrip("/").partition("?")[0].partition("/")
        return _object(bucket, key)
    return _object(given["Bucket"], given["Key"])


def _object(bucket: str, key: str) -> tuple[str, str] | None:
    return None if bucket.startswith("arn:") else from_uri(f"s3://{bucket}/{key}")
