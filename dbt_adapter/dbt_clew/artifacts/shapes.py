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
    tags: tuple[str, ...] = ()
    meta: dict[str, Any] | None = None


class DependsOn(Shape, frozen=True):
    """What a node refers to, by unique_id."""

    nodes: tuple[str, ...] = ()
    macros: tuple[str, ...] = ()


class Contract(Shape, frozen=True):
    """Whether dbt holds a model to the columns that the project describes."""

    enforced: bool = False


class Period(Shape, frozen=True):
    """So many minutes, hours or days."""

    count: int | None = None
    period: str | None = None


class Freshness(Shape, frozen=True):
    """How old the data of a source may be, or how often a model is to be built."""

    warn_after: Period | None = None
    error_after: Period | None = None
    filter: str | None = None
    build_after: Period | None = None


class Config(Shape, frozen=True):
    """A node's configuration."""

    materialized: str | None = None
    meta: dict[str, Any] | None = None
    group: str | None = None
    severity: str | None = None
    warn_if: str | None = None
    error_if: str | None = None
    incremental_strategy: str | None = None
    unique_key: Any = None
    on_schema_change: str | None = None
    event_time: str | None = None
    batch_size: str | None = None
    file_format: str | None = None
    table_format: str | None = None
    access: str | None = None
    contract: Contract | None = None
    freshness: Freshness | None = None
    pre_hook: Any = msgspec.field(default=None, name="pre-hook")
    post_hook: Any = msgspec.field(default=None, name="post-hook")


class TestMetadata(Shape, frozen=True):
    """What a generic test is and with which arguments."""

    name: str
    kwargs: dict[str, Any] = {}
    namespace: str | None = None


class Relation(Shape, frozen=True):
    """A table of another state of the project, which `--defer` reads where this one has not built it."""

    database: str | None = None
    schema: str | None = None
    alias: str | None = None
    relation_name: str | None = None


class Node(Shape, frozen=True):
    """A model, seed, snapshot, test, function or hook; other kinds are decoded too and left alone."""

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
    defer_relation: Relation | None = None
    version: str | int | float | None = None
    latest_version: str | int | float | None = None
    deprecation_date: str | None = None
    access: str | None = None
    contract: Contract | None = None


class Source(Shape, frozen=True):
    """A table that others load."""

    unique_id: str
    name: str
    identifier: str
    package_name: str = ""
    source_name: str = ""
    database: str | None = None
    schema: str | None = None
    description: str | None = None
    columns: dict[str, Column] = {}
    tags: tuple[str, ...] = ()
    meta: dict[str, Any] | None = None
    config: Config = msgspec.field(default_factory=Config)
    relation_name: str | None = None
    original_file_path: str = ""
    freshness: Freshness | None = None
    loaded_at_field: str | None = None
    loaded_at_query: str | None = None
    loader: str | None = None


class UnitTest(Shape, frozen=True):
    """A test of a model's logic on rows that stand in the project."""

    unique_id: str
    name: str
    model: str = ""
    package_name: str = ""
    description: str | None = None
    original_file_path: str = ""
    checksum: str | None = None
    config: Config = msgspec.field(default_factory=Config)


class Owner(Shape, frozen=True):
    """Who is responsible; people write one address or several."""

    name: str | None = None
    email: str | list[str] | None = None


class Group(Shape, frozen=True):
    """A group of nodes with an owner."""

    name: str
    owner: Owner = msgspec.field(default_factory=Owner)


class Exposure(Shape, frozen=True):
    """Something outside of dbt that reads: a dashboard, a notebook, an application."""

    unique_id: str
    name: str
    package_name: str = ""
    type: str | None = None
    label: str | None = None
    maturity: str | None = None
    url: str | None = None
    description: str | None = None
    owner: Owner = msgspec.field(default_factory=Owner)
    tags: tuple[str, ...] = ()
    meta: dict[str, Any] | None = None
    config: Config = msgspec.field(default_factory=Config)
    depends_on: DependsOn = msgspec.field(default_factory=DependsOn)
    original_file_path: str = ""


class ExportConfig(Shape, frozen=True):
    """Where an export goes."""

    export_as: str | None = None
    database: str | None = None
    schema_name: str | None = None
    alias: str | None = None


class Export(Shape, frozen=True):
    """A table or view that dbt writes the rows of a saved query to, where it is asked to."""

    name: str
    config: ExportConfig = msgspec.field(default_factory=ExportConfig)


class Measured(Shape, frozen=True):
    """A semantic model, metric or saved query."""

    unique_id: str
    name: str
    package_name: str = ""
    label: str | None = None
    type: str | None = None
    description: str | None = None
    group: str | None = None
    tags: tuple[str, ...] = ()
    meta: dict[str, Any] | None = None
    config: Config = msgspec.field(default_factory=Config)
    depends_on: DependsOn = msgspec.field(default_factory=DependsOn)
    original_file_path: str = ""
    exports: tuple[Export, ...] = ()


class Macro(Shape, frozen=True):
    """A macro: code that others call."""

    macro_sql: str = ""
    depends_on: DependsOn = msgspec.field(default_factory=DependsOn)


class Manifest(Shape, frozen=True):
    """A project as dbt understood it."""

    metadata: Metadata
    nodes: dict[str, Node]
    sources: dict[str, Source] = {}
    groups: dict[str, Group] = {}
    unit_tests: dict[str, UnitTest] = {}
    exposures: dict[str, Exposure] = {}
    semantic_models: dict[str, Measured] = {}
    metrics: dict[str, Measured] = {}
    saved_queries: dict[str, Measured] = {}
    functions: dict[str, Node] = {}
    macros: dict[str, Macro] = {}


class Timing(Shape, frozen=True):
    """A phase of a node's execution."""

    name: str
    started_at: datetime | None = None
    completed_at: datetime | None = None


class Batches(Shape, frozen=True):
    """What became of the batches of a microbatch model, each by the beginning and the end of its window."""

    successful: tuple[tuple[datetime, datetime], ...] = ()
    failed: tuple[tuple[datetime, datetime], ...] = ()


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
    batch_results: Batches | None = None
    error: str | None = None  # of a source whose freshness could not be told, see lift
    max_loaded_at: datetime | None = None
    snapshotted_at: datetime | None = None
    max_loaded_at_time_ago_in_s: float | None = None
    criteria: Freshness | None = None


class RunResults(Shape, frozen=True):
    """What became of an invocation: `run_results.json`, and `sources.json`, which has the results of freshness checks."""

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
