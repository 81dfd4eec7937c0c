"""The newest shapes of dbt's artifacts (manifest v12, run results v6, catalog v1), reduced to the fields that we use.

Whatever else stands in a file is skipped while decoding. Source: the JSON schemas on https://schemas.getdbt.com.
"""

from __future__ import annotations

from datetime import datetime  # noqa: TC003  msgspec reads the annotations
from typing import Any

import msgspec


class Shape(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Frozen and out of the collector's sight: a manifest has hundreds of thousands of them, none in a cycle."""


class Metadata(Shape, frozen=True):
    """Who wrote a file, and when."""

    dbt_schema_version: str
    dbt_version: str = ""
    generated_at: datetime | None = None
    invocation_id: str | None = None
    invocation_started_at: datetime | None = None
    project_name: str | None = None
    adapter_type: str | None = None


class Checksum(Shape, frozen=True):
    """What dbt tells a changed file by; `name` is `none` where it has none."""

    name: str = "none"
    checksum: str = ""


class Column(Shape, frozen=True):
    """A column as the project describes it."""

    name: str
    description: str | None = None
    data_type: str | None = None


class DependsOn(Shape, frozen=True):
    """What a node refers to, by unique_id."""

    nodes: tuple[str, ...] = ()


class Config(Shape, frozen=True):
    """A node's configuration."""

    materialized: str | None = None
    meta: dict[str, Any] | None = None
    group: str | None = None
    severity: str | None = None
    warn_if: str | None = None
    error_if: str | None = None


class TestMetadata(Shape, frozen=True):
    """What a generic test is and with which arguments."""

    name: str
    kwargs: dict[str, Any] = {}


class Node(Shape, frozen=True):
    """A model, seed, snapshot or test; other kinds are decoded too and left alone."""

    unique_id: str
    resource_type: str
    name: str
    package_name: str = ""
    database: str | None = None
    schema: str | None = None
    alias: str | None = None
    description: str | None = None
    columns: dict[str, Column] = {}
    tags: tuple[str, ...] = ()
    meta: dict[str, Any] | None = None
    group: str | None = None
    config: Config = msgspec.field(default_factory=Config)
    depends_on: DependsOn = msgspec.field(default_factory=DependsOn)
    original_file_path: str = ""
    root_path: str | None = None
    checksum: Checksum = msgspec.field(default_factory=Checksum)
    relation_name: str | None = None
    compiled_code: str | None = None
    compiled_sql: str | None = None  # until v6, see lift
    language: str | None = None
    column_name: str | None = None
    attached_node: str | None = None
    file_key_name: str | None = None
    test_metadata: TestMetadata | None = None


class Source(Shape, frozen=True):
    """A table that others load."""

    unique_id: str
    name: str
    identifier: str
    database: str | None = None
    schema: str | None = None
    description: str | None = None
    columns: dict[str, Column] = {}
    tags: tuple[str, ...] = ()
    meta: dict[str, Any] | None = None
    config: Config = msgspec.field(default_factory=Config)


class UnitTest(Shape, frozen=True):
    """A test of a model's logic on rows that stand in the project."""

    unique_id: str
    name: str
    model: str = ""
    description: str | None = None
    original_file_path: str = ""
    checksum: str | None = None


class Owner(Shape, frozen=True):
    """Who is responsible; people write one address or several."""

    name: str | None = None
    email: str | list[str] | None = None


class Group(Shape, frozen=True):
    """A group of nodes with an owner."""

    name: str
    owner: Owner = msgspec.field(default_factory=Owner)


class Manifest(Shape, frozen=True):
    """A project as dbt understood it."""

    metadata: Metadata
    nodes: dict[str, Node]
    sources: dict[str, Source] = {}
    groups: dict[str, Group] = {}
    unit_tests: dict[str, UnitTest] = {}


class Timing(Shape, frozen=True):
    """A phase of a node's execution."""

    name: str
    started_at: datetime | None = None
    completed_at: datetime | None = None


class Result(Shape, frozen=True):
    """What became of one node."""

    unique_id: str
    status: str
    timing: tuple[Timing, ...] = ()
    thread_id: str | None = None
    execution_time: float | None = None
    adapter_response: dict[str, Any] | None = None
    message: str | None = None
    failures: int | None = None
    compiled_code: str | None = None
    relation_name: str | None = None
    batch_results: dict[str, Any] | None = None


class RunResults(Shape, frozen=True):
    """What became of an invocation."""

    metadata: Metadata
    results: tuple[Result, ...]
    args: dict[str, Any] = {}
    elapsed_time: float | None = None


class CatalogColumn(Shape, frozen=True):
    """A column as the database has it."""

    name: str
    type: str | None = None
    index: int = 0


class CatalogTable(Shape, frozen=True):
    """A table as the database has it."""

    columns: dict[str, CatalogColumn] = {}


class Catalog(Shape, frozen=True):
    """The database as `dbt docs generate` saw it."""

    metadata: Metadata
    nodes: dict[str, CatalogTable] = {}
    sources: dict[str, CatalogTable] = {}
