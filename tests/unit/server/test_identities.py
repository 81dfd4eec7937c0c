"""Identities are those that a real Marquez computed for the same names."""

from __future__ import annotations

import uuid

from clew.server.ingest import identities

DB = "postgres://db.example:5432"
FIELDS = [("id", "BIGINT", "primary key"), ("customer_id", "BIGINT", None), ("amount", "DECIMAL(10,2)", None)]


def test_versions_of_jobs():
    assert identities.job_version("etl", "daily", [], [], None) == "0d2e5547-b142-3de2-8ae3-6bbac18b3be4"
    io = [("s3://landing", "orders/raw.csv")], [(DB, "shop.raw.orders")]
    assert identities.job_version("etl", "daily.load", *io, None) == "89d9940b-1f91-3380-ac16-911bd6fa136a"


def test_versions_of_datasets():
    run = "12cdd645-75d4-533b-8e7d-9bca872b6919"
    version = identities.dataset_version(
        DB, DB, "shop.raw.orders", "shop.raw.orders", columns=identities.described(FIELDS), lifecycle="", run=run
    )
    assert version == "15329964-fd0d-34ed-8026-36c0101f4eb6"


def test_versions_of_schemas():
    version = identities.schema_version(DB, "shop.core.customers", identities.typed([("id", "BIGINT", None), ("name", "TEXT", None)]))
    assert version == "bff288e9-b448-359e-aade-140756561d8a"


def test_a_run_id_that_is_no_uuid_is_hashed_to_one():
    assert identities.run_id("manual__2026") == identities.run_id("manual__2026")
    assert identities.run_id("0176A8C2-FE01-7439-87E6-56A1A1B4029F") == "0176a8c2-fe01-7439-87e6-56a1a1b4029f"


def test_a_parent_run_without_a_uuid_is_that_of_its_dag():
    assert identities.parent_run_id("ns", "dag.task", "manual") == identities.parent_run_id("ns", "dag.other", "manual")
    assert identities.parent_run_id("ns", "dag.task", "manual") != identities.parent_run_id("ns", "other.task", "manual")


def test_the_id_of_a_row_is_a_uuid_of_its_kind_and_names():
    assert identities.row_id("job", "ns", "größer") == str(uuid.uuid5(uuid.NAMESPACE_URL, "clew\x1fjob\x1fns\x1fgrößer"))
